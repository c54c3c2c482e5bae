"""What a slip says. The same value goes to paper, to the PDF and to the screen."""

from __future__ import annotations

from msgspec.structs import replace

from pos_app.domain import codes
from pos_app.domain.money import Money
from pos_app.domain.receipt import Receipt, SlipLine
from pos_app.domain.reversal import Reversal
from pos_app.domain.sale import SaleRecord
from pos_app.language import _, named, speaking
from pos_app.till.state import Shop
from pos_app.ui.present import undone
from pos_app.ui.present.words import Words, tail

GAP = SlipLine()


def receipt(record: SaleRecord, shop: Shop, *, copy: bool = False) -> Receipt:
    """The slip of one sale, in the customer's language where Perx told it and the till speaks it, else the shop's."""
    code = named(record.language) or shop.language
    words = Words.of(shop.locale, code)
    with speaking(code):
        below = _member(record, words) if record.reversal is None else _reversal(record, record.reversal, words)
        lines = [*_head(record, shop, words), GAP, *_figures(record, words), GAP, *below]
        if record.cashier:
            lines.append(SlipLine(_("Served by {name}").format(name=codes.shown(record.cashier, 40))))
        lines += [SlipLine(codes.shown(line, 48), centre=True) for line in shop.footer_lines]
        lines = [replace(line, left=_solid(line.left), right=_solid(line.right)) for line in lines]
        mark, qr = _solid(_mark(record, shop, copy=copy)), shop.slip_qr.replace("{ref}", record.ref)
        return Receipt(tuple(lines), record.ref, codes.show_ref(record.ref), mark, qr)


def _solid(text: str) -> str:
    """Without the marks where a line of the screen may break: a printer would print them."""
    return text.replace("\u200b", "")


def _mark(record: SaleRecord, shop: Shop, *, copy: bool) -> str:
    """What makes the slip of a sale worth nothing, or less; "" for an ordinary one."""
    own = []
    if record.reversal is not None:
        own = [_("REVERSAL")]
    elif any(voucher.is_unconfirmed for voucher in record.vouchers):
        own = [_("ON TRUST")]
    return marks(shop, *own, copy=copy)


def marks(shop: Shop, *more: str, copy: bool) -> str:
    """The marks of any slip of this shop, with those of its own kind."""
    told = {"sandbox": _("TRAINING - VOID"), "staging": _("STAGING - VOID")}
    own = (told.get(shop.environment, ""), *more, _("COPY") if copy else "")
    return " - ".join(part for part in own if part)


def _reversal(record: SaleRecord, reversal: Reversal, words: Words) -> list[SlipLine]:
    """What was undone, each part as it stands; the reference below is the sale's own."""
    when = f"{words.clock(reversal.when)}  {words.day(reversal.when)}"
    lines = [SlipLine(_("Reversed"), when, bold=True)]
    for part in reversal.parts:
        figure = words.gained(part.points if part.moved is None else part.moved) if part.points else ""
        lines += [SlipLine(undone.title(part), figure), SlipLine(f"  {undone.look(part)[2]}")]
    lines.append(SlipLine(_("Member"), tail(record.identifier)))
    if reversal.points_after is not None:
        lines.append(SlipLine(_("Balance"), words.points(reversal.points_after)))
    if reversal.approved_by:
        lines.append(SlipLine(_("Approved by {name}").format(name=codes.shown(reversal.approved_by, 40))))
    return lines


def _head(record: SaleRecord, shop: Shop, words: Words) -> list[SlipLine]:
    lines = [SlipLine(codes.shown(shop.name, 48), bold=True, centre=True)]
    lines += [SlipLine(codes.shown(line, 48), centre=True) for line in shop.header_lines]
    when = f"{words.clock(record.sold)}  {words.day(record.sold)}"
    lines.append(SlipLine("  ".join(part for part in (when, codes.shown(record.till, 20)) if part), centre=True))
    return lines


def _figures(record: SaleRecord, words: Words) -> list[SlipLine]:
    if record.by_hand:
        return [SlipLine(_("Points by hand"), words.gained(record.points or 0), bold=True)]
    lines = [SlipLine(_("Bill"), words.money(record.bill))]
    for voucher in record.vouchers:
        title = codes.shown(voucher.title, 40)
        if voucher.tail:
            title = f"{title} …{voucher.tail}"
        off = Money(voucher.off_minor, record.currency) if voucher.off_minor is not None else None
        lines.append(SlipLine(title, words.off(off) if off else ""))
        if voucher.is_unconfirmed:
            lines.append(SlipLine(_("  not confirmed by Perx yet")))
    if record.paid_points:
        points = _("Points used, {n}").format(n=words.points(record.paid_points))
        lines.append(SlipLine(points, words.off(record.paid)))
    lines.append(SlipLine(_("To pay {currency}").format(currency=record.currency), words.money(record.due), bold=True))
    return lines


def _member(record: SaleRecord, words: Words) -> list[SlipLine]:
    lines = [SlipLine(_("Member"), tail(record.identifier))]
    if record.state == "refused":
        return [*lines, SlipLine(_("Refused by Perx: no points"), bold=True)]
    if record.points_error:
        return [*lines, SlipLine(_("Points"), _("none: ask the shop"))]
    if record.by_hand and record.state == "done":
        return lines
    if record.points is not None and not record.by_hand:
        lines.append(SlipLine(_("Points earned"), words.gained(record.points)))
        if record.points_after is not None:
            lines.append(SlipLine(_("Balance"), words.points(record.points_after)))
        return lines
    if record.state == "waiting":
        lines.append(SlipLine(_("Points are added later"), ""))
    elif record.state in ("checking", "sending", "attention"):
        lines.append(SlipLine(_("Being checked with Perx"), ""))
    elif record.estimate is not None:
        about = _("about {n}").format(n=words.gained(record.estimate))
        lines.append(SlipLine(_("Points, not final"), about))
    if record.points_before is not None:
        lines.append(SlipLine(_("Balance before"), words.points(record.points_before)))
    return lines
