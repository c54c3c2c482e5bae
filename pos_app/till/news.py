"""What the outbox tells: an entry changed, and the part that asked for it hears of it. Pure."""

from __future__ import annotations

from msgspec.structs import replace

from pos_app.domain.commands import (
    Checkout,
    ConfirmReward,
    CreateCustomer,
    EarnPoints,
    HoldPoints,
    HoldVoucher,
    RecordSale,
    RedeemPin,
    RedeemVoucher,
    ReleaseVoucher,
    ReserveReward,
    ReversePoints,
    RevertVoucher,
    Spoilt,
    UpdateCustomer,
)
from pos_app.domain.entries import EntryState
from pos_app.till import basket, byhand, claim, commit, earlier, find, late, newcomers, pay, pin
from pos_app.till import events as ev
from pos_app.till.effects import Effect, PrintSlip
from pos_app.till.scans import with_sale
from pos_app.till.state import Moment, Phase, Printing, Sale, State

Step = tuple[State, list[Effect]]


def on_entry(state: State, event: ev.EntryChanged, moment: Moment) -> Step:
    """An entry changed: the part that asked for it hears of it."""
    entry = event.entry
    sale = state.sale
    match entry.command:
        case HoldVoucher() as command:
            return with_sale(state, basket.on_hold_entry(sale, entry, command, moment))
        case ReleaseVoucher() as command:
            return state, basket.on_release_entry(entry, command)
        case HoldPoints() as command:
            return with_sale(state, pay.on_hold_entry(sale, entry, command, moment))
        case RedeemPin() as command:
            return with_sale(state, pin.on_entry(sale, entry, command, moment))
        case ReserveReward() as command:
            return with_sale(state, claim.on_reserve_entry(sale, entry, command, moment))
        case ConfirmReward() as command:
            return with_sale(state, claim.on_confirm_entry(sale, entry, command, moment))
        case CreateCustomer():
            state, made = newcomers.on_entry(state, entry, moment)
            state, asked = with_sale(state, find.on_enrol_entry(state.sale, entry))
            return state, [*made, *asked]
        case UpdateCustomer():
            return newcomers.on_changed(state, entry), []
        case EarnPoints():
            return byhand.on_entry(state, entry)
        case Checkout() | RecordSale() | Spoilt():
            sale, effects = commit.on_entry(sale, entry, moment)
            sale = commit.saved_for_later(sale, entry, online=state.link.online)
            sale = pay.on_spoilt(basket.on_spoilt_hold(sale, entry), entry)
            if state.last is not None and state.last.ref == entry.ref:
                state = replace(state, last=state.last.settled(entry.state.value, entry.problem, entry.said))
            state, printed = moved(state, sale)
            return state, [*effects, *printed]
        case RedeemVoucher() as command:
            return late.voucher_settled(state, command, entry), commit.unused(sale, entry, moment)
        case ReversePoints() | RevertVoucher():
            return earlier.on_part(state, entry)
    return state, []


def moved(state: State, sale: Sale) -> Step:
    """The state with the sale as it stands now; once it is over, its slip is printed, unless it came to nothing."""
    is_over = sale.phase is Phase.DONE and state.sale.phase is not Phase.DONE
    state = replace(state, sale=sale)
    if sale.record is None or sale.record.state == EntryState.REFUSED or not is_over:
        return state, []
    return replace(state, printing=Printing(sale.record.ref, "printing")), [PrintSlip(sale.record)]
