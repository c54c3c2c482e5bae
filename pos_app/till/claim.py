"""The rules of claiming a reward: seen, held, taken or let go, used at once or kept. Pure."""

from __future__ import annotations

from datetime import datetime

from msgspec.structs import replace

from pos_app.domain import codes
from pos_app.domain.codes import Ref
from pos_app.domain.commands import ConfirmReward, ReleaseReward, ReserveReward
from pos_app.domain.entries import Entry, EntryState
from pos_app.domain.rewards import affordable, may_claim
from pos_app.till import find
from pos_app.till.basket import is_refusal, moment_of
from pos_app.till.claiming import (
    Claim,
    ClaimState,
    Event,
    KeepTapped,
    LetGoTapped,
    PriceTapped,
    RewardsSeen,
    RewardTapped,
    SeeRewards,
    Shelf,
    ShelfLeft,
    ShelfTapped,
    TakeTapped,
    UseTapped,
)
from pos_app.till.effects import Effect, Note, Store
from pos_app.till.scans import begun, on_voucher
from pos_app.till.state import Moment, Panel, PanelKind, Phase, Sale, State

MAX_TITLE = 80

SaleStep = tuple[Sale, list[Effect]]
Step = tuple[State, list[Effect]]


def on_event(state: State, event: Event, moment: Moment) -> Step:
    """A tap on the shelf, or what Perx says of it."""
    sale = state.sale
    if sale.phase is not Phase.OPEN or sale.known is None:
        return state, []
    match event:
        case ShelfTapped():
            return _opened(state, moment)
        case RewardsSeen():
            return _seen(state, event), []
        case RewardTapped() | ShelfLeft():
            chosen = event.reward_id if isinstance(event, RewardTapped) else None
            panel = state.panel
            if panel is None or panel.shelf is None:
                return state, []
            return replace(state, panel=replace(panel, shelf=replace(panel.shelf, chosen=chosen))), []
        case PriceTapped():
            return _reserve(state, event, moment)
        case TakeTapped():
            sale, effects = take(sale, moment)
            return replace(state, sale=sale), effects
        case LetGoTapped():
            sale, effects = take_out(sale, moment)
            return replace(state, sale=sale, panel=None), effects
    return _issued(state, event, moment)


def _opened(state: State, moment: Moment) -> Step:
    known = state.sale.known
    if known is None:
        return state, []
    shelf = Shelf(moment.mint())
    claim = state.sale.claim
    if claim is not None and not claim.is_live and claim.state is not ClaimState.ISSUED:
        state = replace(state, sale=replace(state.sale, claim=None))
    if not state.link.online or not known.checked:
        return replace(state, panel=Panel(PanelKind.REWARDS, shelf=replace(shelf, problem="NET-01"))), []
    return replace(state, panel=Panel(PanelKind.REWARDS, shelf=shelf)), [SeeRewards(shelf.ask, known.identifier)]


def _seen(state: State, event: RewardsSeen) -> State:
    panel, known = state.panel, state.sale.known
    if panel is None or panel.shelf is None or panel.shelf.ask != event.ask or known is None:
        return state
    if event.balance is not None:
        state = replace(state, sale=replace(state.sale, known=replace(known, balance=event.balance)))
    shelf = replace(panel.shelf, rewards=event.rewards, problem=event.problem, said=event.said)
    return replace(state, panel=replace(panel, shelf=shelf))


def _reserve(state: State, event: PriceTapped, moment: Moment) -> Step:
    """Hold the chosen reward, unless something speaks against it, or one is being claimed already."""
    sale, panel = state.sale, state.panel
    reward = panel.shelf.reward if panel is not None and panel.shelf is not None else None
    known = sale.known
    if reward is None or known is None or not state.link.online or (sale.claim is not None and sale.claim.is_live):
        return state, []
    price = next((one for one in reward.prices if one.id == event.price_id), None)
    is_price = price is not None if reward.prices else event.price_id is None
    why_not = may_claim(reward, known.balance, moment.perx_now, may_redeem=known.customer.may_redeem)
    if why_not is not None or not is_price or (price is not None and not affordable(price, known.balance)):
        return state, []
    sale = begun(sale, moment)
    title = codes.shown(reward.name, MAX_TITLE)
    command = ReserveReward(
        ref=moment.mint(),
        identifier=known.identifier,
        reward_id=reward.id,
        sale=sale.id or Ref(""),
        price_id=event.price_id,
        points=int(price.points) if price else 0,
        title=title,
    )
    money = price.amount if price else None
    claim = Claim(
        reward.id,
        title,
        ClaimState.RESERVING,
        command.points,
        event.price_id,
        money.minor if money else 0,
        money.currency if money else "",
        command.ref,
    )
    note = Note("reward claimed", command.ref, {"reward": reward.id, "points": command.points})
    return replace(state, sale=replace(sale, claim=claim)), [Store(command), note]


def take(sale: Sale, moment: Moment) -> SaleStep:
    """Make the held reward a voucher: its points leave now. A second tap finds it under way."""
    claim, known = sale.claim, sale.known
    if claim is None or known is None or claim.state is not ClaimState.RESERVED or claim.reserve_ref is None:
        return sale, []
    command = ConfirmReward(
        ref=moment.mint(),
        identifier=known.identifier,
        voucher_id=claim.voucher_id,
        reserve_ref=claim.reserve_ref,
        sale=sale.id or Ref(""),
        points=claim.points,
        title=claim.title,
    )
    sale = replace(sale, claim=replace(claim, state=ClaimState.CONFIRMING, confirm_ref=command.ref, is_lost=False))
    return sale, [Store(command)]


def _issued(state: State, event: UseTapped | KeepTapped, moment: Moment) -> Step:
    claim = state.sale.claim
    if claim is None or claim.state is not ClaimState.ISSUED:
        return state, []
    state = replace(state, panel=None, sale=replace(state.sale, claim=None))
    if isinstance(event, KeepTapped):
        return state, []
    return on_voucher(state, claim.voucher_id, claim.title, moment)


# ---------------------------------------------------------------- the outbox's news


def on_reserve_entry(sale: Sale, entry: Entry, command: ReserveReward, moment: Moment) -> SaleStep:
    """What came of holding a reward. One that nobody waits for any more is let go."""
    claim = sale.claim
    is_mine = claim is not None and claim.reserve_ref == entry.ref
    if claim is None or not is_mine:
        return sale, [Store(one) for one in released(entry, moment)]
    if claim.state is not ClaimState.RESERVING:
        return sale, []
    match entry.state:
        case EntryState.DONE:
            until = moment_of(entry.answer.get("until"))
            claim = replace(claim, state=ClaimState.RESERVED, voucher_id=_voucher_id(entry), until=until)
            return replace(sale, claim=replace(claim, reserved_at=moment.now, is_lost=False)), []
        case EntryState.CHECKING:
            return replace(sale, claim=replace(claim, is_lost=True)), []
        case EntryState.REFUSED | EntryState.ATTENTION:
            return replace(sale, claim=_refused(claim, entry)), []
    return sale, []


def on_confirm_entry(sale: Sale, entry: Entry, command: ConfirmReward, moment: Moment) -> SaleStep:
    """What came of taking it: a voucher, and the customer is looked at anew; or nothing, and it is let go."""
    claim = sale.claim
    is_mine = claim is not None and claim.confirm_ref == entry.ref and claim.state is ClaimState.CONFIRMING
    let_go: list[Effect] = []
    if entry.state is EntryState.REFUSED:
        let_go = [Store(_release(command.identifier, command, moment))]
    if claim is None or not is_mine:
        return sale, let_go
    match entry.state:
        case EntryState.DONE:
            sale = replace(sale, claim=replace(claim, state=ClaimState.ISSUED, is_lost=False))
            return _seen_anew(sale)
        case EntryState.CHECKING:
            return replace(sale, claim=replace(claim, is_lost=True)), []
        case EntryState.REFUSED | EntryState.ATTENTION:
            return replace(sale, claim=_refused(claim, entry)), let_go
    return sale, []


def _refused(claim: Claim, entry: Entry) -> Claim:
    said_no = is_refusal(entry.problem) or entry.state is EntryState.ATTENTION
    state = ClaimState.REFUSED if said_no else ClaimState.NOT_NOW
    return replace(claim, state=state, problem=entry.problem, said=entry.said, is_lost=False)


def _seen_anew(sale: Sale) -> SaleStep:
    """Ask Perx about the customer again: points have left, and a voucher has come."""
    known = sale.known
    if known is None or sale.phase is not Phase.OPEN:
        return sale, []
    sale, effects = find.look_for(sale, known.identifier, codes.mask(known.identifier), raw=False)
    scanned = replace(sale.looking, scanned=known.scanned) if sale.looking is not None else None
    return replace(sale, looking=scanned), effects


# ---------------------------------------------------------------- let go


def give_back(sale: Sale, moment: Moment) -> list[Effect]:
    """Commands that let the held reward of this sale go. What is under way follows by itself, or is the customer's."""
    claim, known = sale.claim, sale.known
    if claim is None or known is None or claim.state is not ClaimState.RESERVED or claim.reserve_ref is None:
        return []
    return [Store(_release(known.identifier, claim, moment, sale.id or Ref("")))]


def take_out(sale: Sale, moment: Moment) -> SaleStep:
    """Let the reward go. While it is being taken nobody knows whether it still can be."""
    claim = sale.claim
    if claim is None or claim.state is ClaimState.CONFIRMING:
        return sale, []
    return replace(sale, claim=None), give_back(sale, moment)


def released(entry: Entry, moment: Moment) -> list[ReleaseReward]:
    """What lets go of the reward that this entry holds, when it does."""
    command = entry.command
    if entry.state is not EntryState.DONE or not isinstance(command, ReserveReward) or not _voucher_id(entry):
        return []
    return [
        ReleaseReward(
            ref=moment.mint(),
            identifier=command.identifier,
            voucher_id=_voucher_id(entry),
            reserve_ref=command.ref,
            sale=command.sale,
            points=command.points,
            title=command.title,
        )
    ]


def _release(identifier: str, of: Claim | ConfirmReward, moment: Moment, sale: Ref | None = None) -> ReleaseReward:
    return ReleaseReward(
        ref=moment.mint(),
        identifier=identifier,
        voucher_id=of.voucher_id,
        reserve_ref=of.reserve_ref or "",
        sale=sale if sale is not None else getattr(of, "sale", Ref("")),
        points=of.points,
        title=of.title,
    )


def _voucher_id(entry: Entry) -> int:
    number = entry.answer.get("voucher_id")
    return number if isinstance(number, int) else 0


def is_over(claim: Claim, now: datetime) -> bool:
    """Whether the reservation has ended by Perx's own word."""
    return claim.until is not None and claim.until <= now
