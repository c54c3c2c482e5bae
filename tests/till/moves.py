"""What may happen to a till on its service screen and in training, for the model of the step."""

from __future__ import annotations

from hypothesis import strategies as st
from till_bench import START

from pos_app.till import events as ev
from pos_app.till import servicing, training
from pos_app.till.state import PanelKind

SERVICE = st.one_of(
    st.just(ev.PanelOpened(PanelKind.SERVICE)),
    st.builds(servicing.PageTapped, st.sampled_from(servicing.Page)),
    st.builds(servicing.FieldTouched, st.integers(-1, servicing.FIELDS)),
    st.sampled_from(
        [
            servicing.SlipTestTapped(),
            servicing.CopyTapped(),
            servicing.ColourTouched(),
            servicing.TraceRead((servicing.Traced(START, "scan", b"]C1CODE1", "CODE128"),)),
            servicing.Examined((servicing.Found("bad", "It is broken.", "Mend it.", "DOC-001"),)),
            servicing.SlipTested("PRN-02"),
            servicing.SlipTested(saved="slips/test.pdf"),
            servicing.Copied("log/support.txt"),
        ]
    ),
)
TRAINING = st.sampled_from(
    [
        training.Supplied(training.Supplies((training.Code("Member", "Gold", "6591234821"),), (), "6591234821")),
        training.ProgressRead((training.Task.SIGN_ON,), saved="7"),
        training.BeginTapped(),
        training.LeaveTapped(),
        training.AgainTapped(),
        training.CardTapped(False),
        training.CardTapped(True),
    ]
)
