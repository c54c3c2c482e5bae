"""What is shown while nobody is there: the same state without what names a customer or a voucher of theirs."""

from __future__ import annotations

from msgspec.structs import replace

from pos_app.domain.entries import Entry
from pos_app.domain.reversal import Reversal
from pos_app.domain.sale import SaleRecord
from pos_app.till.parking import Parked
from pos_app.till.state import DayView, HintKind, Known, Line, Panel, Sale, State

DOTS = "••••"
_NAMING = ("identifier", "title")
_NAMING_HINTS = (HintKind.ALREADY_IN, HintKind.TAKEN_OUT, HintKind.OTHER_CUSTOMER, HintKind.SALE_MISSING)


def veiled(state: State) -> State:
    """The state with names, identifiers, codes and Perx's words about them dotted out; amounts stay."""
    hint = state.hint
    if hint is not None and hint.kind in _NAMING_HINTS:
        hint = replace(hint, detail=DOTS)
    return replace(
        state,
        sale=_sale(state.sale),
        last=_record(state.last),
        panel=_panel(state.panel),
        day=_day(state.day),
        parked=tuple(map(_parked, state.parked)),
        recent=tuple(replace(one, identifier=DOTS, name="") for one in state.recent),
        hint=hint,
        service=replace(state.service, trace=()),
    )


def shown(state: State) -> State:
    """The state as it may be seen now. Where there is nothing to hide, nothing says that it is hidden."""
    if not (state.staff.hidden or state.staff.is_shut):
        return state
    veil = veiled(state)
    return veil if veil != state else replace(state, staff=replace(state.staff, hidden=False))


def _sale(sale: Sale) -> Sale:
    trouble = sale.trouble and replace(sale.trouble, said="", raw=DOTS if sale.trouble.raw else "")
    return replace(
        sale,
        known=sale.known and _known(sale.known),
        lines=tuple(_line(line) for line in sale.lines),
        looking=sale.looking and replace(sale.looking, text=DOTS),
        offer=sale.offer and replace(sale.offer, text=DOTS),
        trouble=trouble,
        record=_record(sale.record),
        pay=sale.pay and replace(sale.pay, said=""),
        claim=sale.claim and replace(sale.claim, title=DOTS, said=""),
    )


def _known(known: Known) -> Known:
    customer = replace(known.customer, identifier="", name="")
    return replace(known, customer=customer, scanned="", balance=None, vouchers=())


def _line(line: Line) -> Line:
    voucher = line.voucher and replace(line.voucher, name=DOTS, code=None)
    return replace(line, voucher=voucher, text=DOTS, said="")


def _record(record: SaleRecord | None) -> SaleRecord | None:
    if record is None:
        return None
    used = tuple(replace(one, title=DOTS, tail="") for one in record.vouchers)
    bare = replace(record, identifier="", name="", said="", vouchers=used)
    if bare.reversal is not None:
        bare = replace(bare, reversal=_reversal(bare.reversal))
    return replace(bare, points_before=None, points_after=None)


def _reversal(reversal: Reversal) -> Reversal:
    parts = tuple(replace(one, title=DOTS if one.title else "", said="") for one in reversal.parts)
    return replace(reversal, parts=parts, points_after=None)


def _panel(panel: Panel | None) -> Panel | None:
    if panel is None:
        return None
    records = None if panel.records is None else tuple(one for one in map(_record, panel.records) if one is not None)
    desk = panel.desk
    if desk is not None:
        entries = None if desk.entries is None else tuple(map(_entry, desk.entries))
        desk = replace(desk, entries=entries, entry=desk.entry and _entry(desk.entry))
    typed = DOTS if panel.typed else ""
    if panel.shelf is not None:
        panel = replace(panel, shelf=replace(panel.shelf, rewards=(), chosen=None, said=""))
    if panel.join is not None and panel.join.text:
        panel = replace(panel, join=replace(panel.join, text=DOTS))
    past = panel.history
    if past is not None:
        asked = past.query
        asked = replace(asked, identifier=DOTS if asked.identifier else "", text=DOTS if asked.text else "")
        panel = replace(panel, history=replace(past, query=asked, plan=None))
    return replace(panel, typed=typed, records=records, record=_record(panel.record), desk=desk)


def _parked(parked: Parked) -> Parked:
    vouchers = tuple((number, "") for number, _code in parked.vouchers)
    return replace(parked, identifier=DOTS if parked.identifier else "", name="", vouchers=vouchers)


def _entry(entry: Entry) -> Entry:
    named = {name: "" for name in entry.command.__struct_fields__ if name in _NAMING}
    return replace(entry, command=replace(entry.command, **named), said="")


def _day(day: DayView) -> DayView:
    report = day.report
    if report is None:
        return day
    found = replace(report.found, differences=tuple(replace(one, identifier="") for one in report.found.differences))
    return replace(day, report=replace(report, found=found, unread=tuple(("", code) for _, code in report.unread)))
