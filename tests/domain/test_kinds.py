"""The table of kinds: the same in the code and in the document, and sound in itself."""

from __future__ import annotations

from pathlib import Path

from pos_app.domain.commands import Kind
from pos_app.domain.kinds import KINDS, Absent, Refusal, WhenOffline

DOCUMENT = Path(__file__).parents[2] / "resources" / "docs" / "delivery.md"
HEAD = (
    "| kind | without Perx | a lost one is looked for in | found when | waits | not found means | patience "
    "| a refusal tells |"
)


def row(kind: Kind) -> str:
    """A kind as the document says it."""
    rule = KINDS[kind]
    offline = "waits" if rule.when_offline is WhenOffline.DEFER else "refused"
    wait = "not at all" if not rule.wait else f"{rule.wait:g} x"
    patience = "none is needed" if not rule.wait else f"{rule.patience:g} x"
    cells = (
        f"`{kind}`",
        offline,
        f"{rule.look} ({rule.source})",
        rule.found,
        wait,
        rule.absent,
        patience,
        rule.refusal,
    )
    return f"| {' | '.join(cells)} |"


def test_the_document_has_the_table_of_the_code():
    lines = DOCUMENT.read_text("utf-8").splitlines()
    assert HEAD in lines
    start = lines.index(HEAD) + 2
    assert lines[start : start + len(Kind)] == [row(kind) for kind in Kind]


def test_what_perx_could_hide_is_never_repeated():
    """A look-up that rests on an inference alone proves no absence; releasing names one hold, so it may be repeated."""
    resent = {kind for kind in Kind if KINDS[kind].absent is Absent.RESEND}
    assert {kind for kind in resent if KINDS[kind].grade == "C"} == {Kind.RELEASE_POINTS}
    assert {kind for kind in Kind if KINDS[kind].wait == 0} == {Kind.RELEASE_POINTS}


def test_a_look_up_is_given_up_only_after_what_it_waits_for():
    for kind in Kind:
        assert KINDS[kind].patience > 2 * KINDS[kind].wait


def test_a_refusal_after_the_value_was_given_always_finds_a_person():
    assert KINDS[Kind.REDEEM_VOUCHER].refusal is Refusal.PERSON
    deferred = {kind for kind in Kind if KINDS[kind].when_offline is WhenOffline.DEFER}
    told = {kind for kind in deferred if KINDS[kind].refusal is not Refusal.COUNTER}
    gives_back = {Kind.RELEASE_VOUCHER, Kind.RELEASE_POINTS, Kind.RELEASE_REWARD}
    assert deferred - told == gives_back, "only what gives back may end unseen"
