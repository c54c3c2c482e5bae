"""The rules of shifts: when one is asked for, opened and closed, and which report is shown. Pure."""

from __future__ import annotations

from datetime import timedelta

from msgspec.structs import replace

from pos_app.domain import codes
from pos_app.domain.day import today
from pos_app.domain.shift import Approval
from pos_app.till import approve, customers, parking, shifting
from pos_app.till import events as ev
from pos_app.till.approve import Ask
from pos_app.till.asking import asking, is_asked
from pos_app.till.effects import Effect
from pos_app.till.scans import routed
from pos_app.till.shifting import Page, Shifting
from pos_app.till.state import Moment, PanelKind, Phase, State

Step = tuple[State, list[Effect]]

FRESH = timedelta(seconds=10)
"""A report of the shift so far that is looked at is counted again when it is older than this."""


MOST_AGAIN = 5_000
"""Sales; a longer shift is counted only when it is opened, so that looking at it never slows the counter."""


def person(state: State) -> str:
    """Who opens and closes; "" is the till itself, where nobody is signed on."""
    return state.staff.name


def is_asked_for(state: State) -> bool:
    """Whether a shift has to be opened before the next sale. A sale that is under way is never stopped."""
    sale, shift = state.sale, state.shift
    between_sales = sale.phase is Phase.OPEN and sale.is_empty and sale.trouble is None
    return state.shop.shift_required and shift.known and shift.open is None and between_sales


def stops(state: State, event: ev.Event) -> bool:
    """Whether this would begin a sale that needs a shift first."""
    if not is_asked_for(state):
        return False
    match event:
        case ev.Scanned() if not event.fault:
            return _begins(state, event.text, event.symbology)
        case ev.TypedEntered() if state.panel is not None and state.panel.typed:
            return _begins(state, state.panel.typed)
        case ev.KeyTapped():
            return state.panel is None
        case parking.RecallTapped() | customers.RecentTapped():
            return True
    return False


def _begins(state: State, text: str, symbology: str = "") -> bool:
    """Members and vouchers begin a sale; a slip, a staff badge or a command does not."""
    code = routed(state, ev.Scanned(text, symbology))
    return isinstance(code, codes.CustomerCode | codes.VoucherCode | codes.BareCode | codes.RewardCode)


def on_opened(state: State, moment: Moment) -> Step:
    """The screen of the shift was opened."""
    shown = replace(state.shift, page=Page.NOW, report=None, past=None, problem="", saved=(), out="", approval=None)
    return replace(state, shift=shown), [shifting.SeeReport(today(moment.now))]


def on_shift(state: State, event: shifting.Event, moment: Moment) -> Step:
    """A tap of somebody, or an answer of the database."""
    match event:
        case (
            shifting.OpenTapped()
            | shifting.CloseTapped()
            | shifting.PageTapped()
            | shifting.PastTapped()
            | shifting.PrintReportTapped()
            | shifting.SaveTapped()
        ):
            return _tapped(state, event, moment)
        case shifting.ShiftKnown():
            return _known(state, event, moment)
        case shifting.ShiftClosed():
            shown = replace(state.shift, page=Page.PAST_ONE, report=None, busy="", problem="", out="closed")
            return replace(state, shift=shown), [shifting.SeePast(event.number)]
    return replace(state, shift=_answered(state.shift, event)), []


def _known(state: State, event: shifting.ShiftKnown, moment: Moment) -> Step:
    was_opening = state.shift.busy == "opening"
    busy = "" if was_opening else state.shift.busy
    state = replace(state, shift=replace(state.shift, known=True, open=event.open, busy=busy, problem=""))
    is_seen = state.panel is not None and state.panel.kind is PanelKind.SHIFT
    if not is_seen or state.shift.page not in (Page.NOW, Page.CLOSING) or state.shift.busy:
        return state, []
    return on_opened(state, moment)


def _tapped(state: State, event: shifting.Event, moment: Moment) -> Step:
    shift, by = state.shift, person(state)
    if shift.busy:
        return state, []
    state = replace(state, shift=replace(shift, problem="", saved=(), out=""))
    match event:
        case shifting.OpenTapped() if shift.open is None:
            return _busy(state, "opening"), [shifting.OpenShift(by)]
        case shifting.CloseTapped() if shift.open is not None:
            if shift.approval is None and not may_close(state):
                return asking(state, approve.CloseShift(shift.open.number)), []
            return _busy(state, "closing"), [shifting.CloseShift(shift.open.number, by, event.sure, shift.approval)]
        case shifting.PageTapped(Page.PAST):
            return replace(state, shift=replace(state.shift, page=Page.PAST, report=None)), [shifting.ListPast()]
        case shifting.PageTapped(Page.NOW):
            return on_opened(state, moment)
        case shifting.PastTapped():
            shown = replace(state.shift, page=Page.PAST_ONE, report=None, printed=0, is_sound=True)
            return replace(state, shift=shown), [shifting.SeePast(event.number)]
        case shifting.PrintReportTapped() if shift.report is not None and shift.is_sound:
            return _busy(state, "printing"), [shifting.PrintReport(shift.report, _is_copy(shift), by)]
        case shifting.SaveTapped() if shift.report is not None and shift.is_sound:
            return _busy(state, "saving"), [shifting.SaveReport(shift.report, _is_copy(shift))]
    return state, []


def may_close(state: State) -> bool:
    """Whether whoever is at the till closes a shift alone."""
    on = state.staff.on
    return not state.shop.shift_close_approval or (on is not None and on.role.may_approve)


def approved(state: State, ask: Ask, number: int, by: str) -> Step:
    """A supervisor agreed that the shift is closed, unless its screen was left or it is closed meanwhile."""
    panel, shift = state.panel, state.shift
    if panel is None or not is_asked(state, ask):
        return state, []
    state = replace(state, panel=replace(panel, ask=None))
    if shift.open is None or shift.open.number != number or shift.busy:
        return state, []
    approval = Approval(by, ask.reason)
    sure = shift.page is Page.CLOSING
    state = replace(state, shift=replace(shift, approval=approval))
    return _busy(state, "closing"), [shifting.CloseShift(number, person(state), sure, approval)]


def _is_copy(shift: Shifting) -> bool:
    return shift.page is Page.PAST_ONE and shift.printed > 0


def _busy(state: State, with_what: str) -> State:
    return replace(state, shift=replace(state.shift, busy=with_what))


def _answered(shift: Shifting, event: shifting.Event) -> Shifting:
    """What the screen shows after an answer; one to a question that is no longer asked changes nothing."""
    match event:
        case shifting.ReportSeen() if shift.page is Page.NOW:
            return replace(shift, report=event.report)
        case shifting.StillOpen() if shift.busy == "closing":
            return replace(shift, page=Page.CLOSING, report=event.report, busy="")
        case shifting.PastListed() if shift.page is Page.PAST:
            return replace(shift, past=event.past)
        case shifting.PastSeen() if shift.page is Page.PAST_ONE:
            problem = "SHF-01" if event.report is None or not event.is_sound else shift.problem
            shown = replace(shift, report=event.report, printed=event.printed)
            return replace(shown, is_sound=event.is_sound, problem=problem)
        case shifting.ReportOut():
            is_print = shift.busy == "printing"
            is_out = is_print and (event.is_begun or not event.problem)
            printed = shift.printed + (is_out and shift.page is Page.PAST_ONE)
            out = "" if event.problem else "printed" if is_print else "saved"
            return replace(shift, busy="", problem=event.problem, saved=event.saved, printed=printed, out=out)
        case shifting.ShiftFailed():
            return replace(shift, busy="", problem=event.problem)
    return shift


def on_tick(state: State, moment: Moment) -> list[Effect]:
    """A report that is looked at goes with the time."""
    shift, panel = state.shift, state.panel
    if panel is None or panel.kind is not PanelKind.SHIFT or shift.page is not Page.NOW or shift.busy:
        return []
    report = shift.report
    if report is None or report.sales.count > MOST_AGAIN or abs(moment.now - report.until) < FRESH:
        return []
    return [shifting.SeeReport(today(moment.now))]
