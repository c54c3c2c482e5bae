"""The customer's own display as a function of the till's state. Whatever names a customer is masked here."""

from __future__ import annotations

from msgspec.structs import replace

from pos_app.domain import codes
from pos_app.domain.money import Money
from pos_app.domain.sale import SaleRecord
from pos_app.language import _, named, speaking
from pos_app.till.commit import due
from pos_app.till.state import Phase, State
from pos_app.ui.facing import FacingScreen
from pos_app.ui.present import zones
from pos_app.ui.present.words import Words, short_name


def facing(state: State) -> FacingScreen:
    """What the customer sees. It is hidden and locked with the till; the cashier's side screens change nothing."""
    sale, shop = state.sale, state.shop
    hidden = state.staff.hidden or state.staff.is_shut
    record = sale.record if sale.phase is not Phase.OPEN else None
    known = sale.known
    told = "" if hidden else record.language if record is not None else known.customer.language if known else ""
    code = named(told) or shop.language
    words = Words.of(shop.locale, code)
    with speaking(code):
        made = FacingScreen(codes.shown(shop.name, 60), _("Welcome"), frame=zones.frame(state), language=code)
        if hidden or sale.is_empty:
            return made
        if record is not None:
            return _result(made, record, words)
        if known is not None:
            made = replace(made, title=_("Hello"), name=_masked(known.customer.name))
            if known.balance is not None:
                made = replace(made, points_label=_("Your points"), points=words.points(known.balance.points))
        if sale.bill_minor:
            label = _total_label(shop.currency)
            made = replace(made, total_label=label, total=words.money(due(sale, state.terms)))
        return made


def _masked(name: str) -> str:
    return codes.shown(short_name(name), 24)


def _total_label(currency: str) -> str:
    return _("To pay {currency}").format(currency=currency)


def _result(made: FacingScreen, record: SaleRecord, words: Words) -> FacingScreen:
    total = words.money(Money(record.due_minor, record.currency))
    made = replace(
        made, name=_masked(record.name), total_label=_total_label(record.currency), total=total, title=_("One moment")
    )
    match record.state:
        case "refused":
            text = _("It did not work. Please ask at the counter.")
            return replace(made, title=_("Sorry"), text=text, glyph="bad", tone="bad")
        case "done":
            made = replace(made, title=_("Thank you"), glyph="ok", tone="ok")
            if record.points_error:
                return replace(made, text=_("No points this time. Please ask at the counter."))
            if record.points is None:
                return replace(made, text=_("Your points follow."))
            return replace(made, points_label=_("Points earned"), points=words.gained(record.points))
        case "waiting":
            return replace(made, title=_("Thank you"), text=_("Your points follow."), glyph="wait", tone="wait")
        case "checking" | "attention":
            return replace(made, text=_("We are finding out."), glyph="unknown", tone="unknown")
    return made
