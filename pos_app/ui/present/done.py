"""What came of a sale: the result in words, the points, the slip; now or when its slip is scanned."""

from __future__ import annotations

from pos_app.domain import codes
from pos_app.domain.money import Money
from pos_app.domain.problems import BY_HAND
from pos_app.domain.sale import SaleRecord, UsedVoucher
from pos_app.language import _, ngettext
from pos_app.till.events import NextTapped, PanelClosed, PanelOpened, PrintTapped
from pos_app.till.history import History
from pos_app.till.state import PanelKind, State
from pos_app.ui.present import undone
from pos_app.ui.present.reasons import MAX_TITLE
from pos_app.ui.present.sentences import problem
from pos_app.ui.present.slip import receipt
from pos_app.ui.present.words import Words
from pos_app.ui.screen import (
    Action,
    AmountLine,
    DoneBody,
    Glyph,
    Main,
    Points,
    SaleRow,
    Till,
    Tone,
    TypedCard,
)


def outcome_words(record: SaleRecord) -> tuple[Glyph, str]:
    """The state of a finished sale, or of its reversal: a glyph and a word."""
    undone_now = undone.whole(record)
    if undone_now is not None:
        return undone_now[0], undone_now[2]
    table: dict[str, tuple[Glyph, str]] = {
        "done": ("ok", _("Done")),
        "refused": ("bad", _("Refused")),
        "checking": ("unknown", _("No answer yet")),
        "sending": ("unknown", _("Sending")),
        "attention": ("unknown", _("Needs attention")),
    }
    return table.get(record.state, ("wait", _("Waiting to send")))


def done_body(state: State, words: Words, record: SaleRecord, found: History | None = None) -> DoneBody:
    """What came of a sale; also for an earlier one that is looked at."""
    glyph, tone, title, text = undone.whole(record) or _sale_result(record)
    printed, printed_glyph = _printed(state, record)
    today = state.now.astimezone().date()
    actions: tuple[Action, ...] = (Action(_("Type a code"), PanelOpened(PanelKind.TYPING), icon="keyboard"),)
    if found is not None:
        told = _("Points by hand, {time}, {day}") if record.by_hand else _("Sale of {time}, {day}")
        when = told.format(time=words.clock(record.sold), day=words.day(record.sold, today))
        title, text = (when, text) if record.reversal is None else (title, "\n".join((when, text)))
        actions = undone.actions(state, record, found)
        main = Main(_("Back"), _("to the sale"), icon="arrow-right", event=PanelClosed())
    else:
        main = Main(_("Next customer"), _("or just scan"), icon="arrow-right", event=NextTapped())
    trouble = undone.trouble_rows(found) if found is not None else ()
    lines: tuple[AmountLine, ...] = ()
    if record.vouchers or record.paid_points:
        lines = (AmountLine(_("Bill"), words.money(record.bill)),)
    if record.vouchers:
        lines = (*lines, AmountLine(_("Vouchers"), words.off(record.off)))
    if record.paid_points:
        lines = (*lines, AmountLine(_("Points"), words.off(record.paid)))
    where = _("on your cash register") if record.reversal is None else _("money back: on your cash register")
    label = _("To collect") if record.reversal is None else _("Was to collect")
    card = TypedCard(label, record.currency, words.money(record.due), caret=False, lines=lines, hint=where)
    if record.by_hand:
        card = TypedCard(
            _("Points by hand"), "", words.gained(record.points or 0), caret=False, hint=_("nothing to pay")
        )
    return DoneBody(
        glyph=glyph,
        tone=tone,
        title=title,
        text=text,
        rows=(*trouble, *undone.part_rows(record, words), *_used_rows(record, words), *_paid_row(record, words)),
        points=undone.points_card(record, words) or _points(record, words),
        slip=receipt(record, state.shop, copy=record.printed > 0),
        printed=printed,
        printed_glyph=printed_glyph,
        actions=actions,
        print_again=Action(_("Print again"), PrintTapped(record.ref), icon="printer"),
        till=Till(card=card, main=main),
    )


def _used_rows(record: SaleRecord, words: Words) -> tuple[SaleRow, ...]:
    """The vouchers of the sale, as it used them; those of a reversal have rows of their own."""
    glyph, tone, _title, _text = _sale_result(record)
    undone_now = {one.voucher_id for one in record.reversal.parts} if record.reversal is not None else set()
    return tuple(
        SaleRow(
            f"used{one.voucher_id}",
            *_used(one, glyph, tone)[:2],
            codes.shown(one.title, MAX_TITLE),
            _used(one, glyph, tone)[2],
            amount=words.off(Money(one.off_minor, record.currency)) if one.off_minor is not None else "",
        )
        for one in record.vouchers
        if one.voucher_id not in undone_now
    )


def _paid_row(record: SaleRecord, words: Words) -> tuple[SaleRow, ...]:
    """The points that paid, as the sale took them; those of a reversal have a row of their own."""
    if not record.paid_points or record.reversal is not None:
        return ()
    glyph, tone, _title, _text = _sale_result(record)
    title = ngettext("{n} point", "{n} points", record.paid_points).format(n=words.points(record.paid_points))
    said = {"ok": _("Taken for this sale"), "bad": _("Not taken")}.get(glyph, _("Not settled yet"))
    return (SaleRow("paid", glyph if glyph != "wait" else "notyet", tone, title, said, amount=words.off(record.paid)),)


def _used(voucher: UsedVoucher, glyph: Glyph, tone: Tone) -> tuple[Glyph, Tone, str]:
    """How a voucher of the sale stands: as the sale does, or, used on trust, as its own entry says."""
    if not voucher.on_trust:
        return glyph if glyph != "wait" else "notyet", tone, _used_words(glyph, voucher.tail)
    table: dict[str, tuple[Glyph, Tone, str]] = {
        "done": ("ok", "ok", _("Used on trust, confirmed by Perx")),
        "attention": ("bad", "bad", _("Used on trust, refused by Perx: a supervisor settles it")),
        "refused": ("bad", "bad", _("Used on trust, settled: not counted by Perx")),
    }
    return table.get(voucher.state, ("wait", "wait", _("Used on trust, not confirmed yet")))


def _used_words(glyph: Glyph, code_tail: str) -> str:
    if glyph == "bad":
        return _("Not used")
    if glyph != "ok":
        return _("Not settled yet")
    return _("Used, …{tail}").format(tail=code_tail) if code_tail else _("Used")


def _sale_result(record: SaleRecord) -> tuple[Glyph, Tone, str, str]:
    """What came of the sale itself, whatever was undone of it since."""
    count = len(record.vouchers)
    match record.state:
        case "done" if record.problem == BY_HAND["done"]:
            text = _("A supervisor marked it as done. Perx itself did not say so.")
            return "ok", "ok", _("Marked as done"), text
        case "done" if count == 0 and record.paid_points:
            return "ok", "ok", _("Done"), _("The points were taken. Perx confirmed it.")
        case "done" if record.by_hand:
            return "ok", "ok", _("Done"), _("Perx has given the points.")
        case "done" if count:
            used = ngettext("{n} voucher used.", "{n} vouchers used.", count).format(n=count)
            return "ok", "ok", _("Done"), _("{used} Perx confirmed it.").format(used=used)
        case "done":
            return "ok", "ok", _("Done"), _("Perx has the sale.")
        case "refused":
            known = problem(record.problem)
            said = codes.shown(record.said, 120)
            return "bad", "bad", _("Refused"), " ".join(p for p in (known.happened, said, f"({known.code})") if p)
        case "attention":
            text = _("Perx never said what became of it. A supervisor decides.")
            return "unknown", "unknown", _("Needs attention"), text
        case "checking" | "sending":
            return "unknown", "unknown", _("No answer yet"), _("The till goes on checking.")
    return "wait", "wait", _("Saved"), _("Written down on this till. It is sent when Perx can be reached.")


def _printed(state: State, record: SaleRecord) -> tuple[str, Glyph]:
    printing = state.printing
    if printing.ref != record.ref:
        return (_("Printed before"), "ok") if record.printed else (_("Not printed yet"), "notyet")
    if printing.state == "failed":
        known = problem(printing.problem)
        return f"{known.happened} {known.kept} ({known.code})", "bad"
    if printing.state == "printing":
        return _("Printing"), "looking"
    if state.printer.state == "off":
        return _("Slip ready"), "ok"
    return (_("Sent to the printer"), "ok") if state.printer.state == "unknown" else (_("Slip printed"), "ok")


def _points(record: SaleRecord, words: Words) -> Points | None:
    if record.state == "refused":
        return None
    if record.points_error:
        said = codes.shown(record.points_error, 120)
        text = _("Perx took the sale but gave no points: {said}").format(said=said)
        return Points(_("Points"), _("None"), "bad", _("Perx gave"), words.gained(0), final=True, text=text)
    if record.points is not None and (record.state == "done" or not record.by_hand):
        lines = []
        if record.estimate is not None and record.estimate != record.points:
            lines.append(AmountLine(_("We estimated"), words.gained(record.estimate)))
        if record.points_after is not None:
            lines.append(AmountLine(_("New balance"), words.points(record.points_after)))
        figure = words.gained(record.points)
        return Points(_("Points"), _("Final"), "ok", _("Perx gave"), figure, final=True, lines=tuple(lines))
    before: tuple[AmountLine, ...] = ()
    if record.points_before is not None:
        before = (AmountLine(_("Balance before"), words.points(record.points_before)),)
    text = _("Perx adds the points within a few minutes. The slip says so too.")
    if record.state == "waiting":
        text = _("Points are added once the sale is sent. The slip says so too.")
    figure = words.gained(record.points or 0 if record.by_hand else record.estimate or 0)
    return Points(_("Points"), _("Not final"), "estimate", _("About"), figure, final=False, text=text, lines=before)
