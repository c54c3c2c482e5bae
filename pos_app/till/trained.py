"""The rules of training: what ticks a task, and how the training shop is entered and left. Pure."""

from __future__ import annotations

from msgspec.structs import replace

from pos_app.domain.entries import EntryState
from pos_app.till import events as ev
from pos_app.till import history, leaving, panels, parking, shifting
from pos_app.till.effects import Effect, Note
from pos_app.till.scans import hint
from pos_app.till.state import HintKind, LineState, Phase, State
from pos_app.till.training import (
    AgainTapped,
    BeginTapped,
    CardTapped,
    Event,
    KeepProgress,
    LeaveTapped,
    ProgressRead,
    Supplied,
    Task,
    Training,
    to_kept,
)

Step = tuple[State, list[Effect]]


def on_event(state: State, event: Event) -> Step:
    """The training shop is entered, left, or begun anew; the card is shown or put away."""
    training = state.training
    match event:
        case Supplied():
            return _with(state, supplies=event.supplies), []
        case ProgressRead():
            return _with(state, done=event.done, saved=event.saved, is_shown=event.is_shown), []
        case BeginTapped() if not training.is_on:
            return _begin(state)
        case LeaveTapped() if training.is_on:
            back = training.supplies is not None and training.supplies.from_till
            if not back:  # the program ends: a kiosk asks for an approval first
                return panels.on_leaving(state, leaving.CloseTapped())
            return _with(replace(state, left=True), goes_to="till"), [Note("training left")]
        case AgainTapped() if training.is_on:
            return _with(replace(state, left=True), goes_to="again", done=(), saved=""), []
        case CardTapped() if training.is_on:
            return _with(replace(state, panel=None), is_shown=event.shown), []
    return state, []


def _begin(state: State) -> Step:
    """Nothing of the real till may wait for somebody who trains: its sale, or what is on its way to Perx."""
    sale, backlog = state.sale, state.backlog
    if not sale.is_empty and sale.phase is not Phase.DONE:
        return hint(state, HintKind.TRAIN_LATER, "sale"), []
    if backlog.waiting + backlog.checking:
        return hint(state, HintKind.TRAIN_LATER, "queue"), []
    return _with(replace(state, left=True), goes_to="training"), [Note("training begun")]


def after(old: State, new: State, event: ev.Event) -> Step:
    """Tick off what has just happened; what changed of the guided shift is kept."""
    training = new.training
    if not training.is_on or not new.is_begun:
        return new, []
    saved = _saved_offline(old, new) or training.saved
    ticked = tuple(one for one in Task if one not in training.done and happened(one, old, new, event))
    new = _with(new, done=(*training.done, *ticked), saved=saved)
    same = to_kept(new.training) == to_kept(old.training)
    return new, [] if same or isinstance(event, ProgressRead) else [KeepProgress(to_kept(new.training))]


def happened(task: Task, old: State, new: State, event: ev.Event) -> bool:
    """Whether this step did what the task asks for."""
    sale = new.sale
    match task:
        case Task.SIGN_ON:
            return new.staff.on is not None
        case Task.OPEN_SHIFT:
            return new.shift.open is not None
        case Task.MEMBER:
            return sale.known is not None and sale.known.checked and sale.known.detailed
        case Task.VOUCHER:
            return any(line.state is LineState.HELD for line in sale.lines)
        case Task.PAY:
            is_over = sale.phase is Phase.DONE and old.sale.phase is not Phase.DONE
            return is_over and sale.record is not None and sale.record.state == EntryState.DONE
        case Task.OFFLINE:
            entry = event.entry if isinstance(event, ev.EntryChanged) else None
            is_it = entry is not None and entry.ref == old.training.saved
            return is_it and entry is not None and entry.state is EntryState.DONE
        case Task.PARK:
            gone = {one.id for one in old.parked if not one.cancelled} - {one.id for one in new.parked}
            return isinstance(event, parking.RecallTapped) and event.id in gone
        case Task.REVERSE:
            return isinstance(event, history.Reversed) and event.record is not None and not event.problem
        case Task.COPY:
            return isinstance(event, ev.SlipPrinted) and not event.problem and old.printing.is_copy
        case Task.CLOSE_SHIFT:
            return isinstance(event, shifting.ShiftClosed)


def _saved_offline(old: State, new: State) -> str:
    """The reference of a sale that was just finished without Perx."""
    record = new.sale.record
    is_over = new.sale.phase is Phase.DONE and old.sale.phase is not Phase.DONE
    return record.ref if is_over and record is not None and not new.link.online and record.state == "waiting" else ""


def _with(state: State, **changes: object) -> State:
    made: Training = replace(state.training, **changes)
    return replace(state, training=made)
