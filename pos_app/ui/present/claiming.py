"""Claiming rewards in words: the shelf, one reward with its prices, what is held, and the row in this sale."""

from __future__ import annotations

from pos_app.domain import codes
from pos_app.domain.customers import Balance
from pos_app.domain.money import Money
from pos_app.domain.rewards import Not, NotNow, Price, Reward, affordable, may_claim
from pos_app.language import _
from pos_app.till.claim import MAX_TITLE
from pos_app.till.claiming import (
    ROW,
    Claim,
    ClaimState,
    KeepTapped,
    LetGoTapped,
    PriceTapped,
    RewardTapped,
    Shelf,
    ShelfLeft,
    ShelfTapped,
    TakeTapped,
    UseTapped,
)
from pos_app.till.events import LineRemoved, PanelClosed
from pos_app.till.state import Phase, State
from pos_app.ui.present import zones
from pos_app.ui.present.paying import some_points
from pos_app.ui.present.sentences import problem
from pos_app.ui.present.words import Words
from pos_app.ui.screen import Action, Body, Glyph, ListBody, ListRow, Main, NoticeBody, Ring, SaleRow, Till, Tone

MAX_SAID = 100


def shelf_action(state: State) -> Action | None:
    """The way to the rewards, where a customer is known."""
    known = state.sale.known
    if known is None or state.staff.hidden:
        return None
    is_open = state.sale.phase is Phase.OPEN
    return Action(_("Rewards"), ShelfTapped(), icon="gift", enabled=is_open, why=_("It is being sent"))


def shelf_body(state: State, words: Words, shelf: Shelf) -> Body:
    """What is being claimed, else one reward, else all of them."""
    claim = state.sale.claim
    if claim is not None:
        return _claim_body(state, words, claim)
    reward = shelf.reward
    return _all(state, words, shelf) if reward is None else _one(state, words, reward)


def _back(state: State, words: Words, event: object, detail: str) -> Till:
    main = Main(_("Back"), detail, icon="chevron-left", event=event)
    return Till(card=zones.bill_card(state, words, caret=False), main=main)


# ---------------------------------------------------------------- the shelf


def _all(state: State, words: Words, shelf: Shelf) -> ListBody:
    till = _back(state, words, PanelClosed(), _("to the sale"))
    if shelf.problem:
        known = problem(shelf.problem)
        text = _("Rewards need Perx: what is left of them is known there only.")
        said = codes.shown(shelf.said, MAX_SAID)
        row = ListRow("notyet", known.happened, " ".join(p for p in (said, f"({known.code})") if p), _("Not now"),
                      "wait")  # fmt: skip
        return ListBody("", text, (row,), "", (), till)
    if shelf.rewards is None:
        return ListBody("", _("Asking Perx what this customer can have."), (), "", (), till)
    balance = _balance(state)
    has = _("{n} to spend.").format(n=some_points(words, int(balance.spendable))) if balance else ""
    rows = sorted(((_reason(state, one), one) for one in shelf.rewards), key=lambda pair: pair[0] is not None)
    text = " ".join(part for part in (_("What this customer can have now comes first."), has) if part)
    made = tuple(_reward_row(state, words, one, why) for why, one in rows)
    return ListBody("", text, made, _("There are no rewards for this customer."), (), till)


def _balance(state: State) -> Balance | None:
    return state.sale.known.balance if state.sale.known else None


def _reason(state: State, reward: Reward) -> Not | None:
    known = state.sale.known
    may_redeem = known is None or known.customer.may_redeem
    return may_claim(reward, _balance(state), state.perx_now, may_redeem=may_redeem)


def _reward_row(state: State, words: Words, reward: Reward, why: Not | None) -> ListRow:
    title = codes.shown(reward.name, MAX_TITLE) or _("Reward {id}").format(id=reward.id)
    cost = " / ".join(_cost(words, one) for one in reward.prices) or _("Free")
    if why is None:
        return ListRow("ok", title, cost, _("Can be claimed"), "ok", RewardTapped(reward.id), "gift")
    return ListRow("notyet", title, _why(state, words, why), cost, "wait")


def _cost(words: Words, price: Price) -> str:
    parts = [some_points(words, int(price.points))] if price.points or price.amount is None else []
    return " + ".join([*parts, *([words.money(price.amount)] if price.amount is not None else [])])


def _why(state: State, words: Words, why: Not) -> str:
    """Why it cannot be claimed now; Perx's own sentence where it gave one."""
    on = words.day(why.on, state.now.astimezone().date()) if why.on else ""
    if why.why is NotNow.LIMIT:
        said = codes.shown(why.said, MAX_SAID)
        return _("Perx says: {said}").format(said=said) if said else _("This customer has had it as often as allowed")
    return {
        NotNow.CUSTOMER: _("This member may earn, but not use rewards yet"),
        NotNow.SOON: _("From {day}").format(day=on),
        NotNow.ENDED: _("Ended on {day}").format(day=on),
        NotNow.TIER: _("For {tier} members").format(tier=codes.shown(why.said, 30)),
        NotNow.SOLD_OUT: _("Sold out"),
        NotNow.ONLINE: _("Only online, not at the counter"),
        NotNow.HOURS: _("Not at this hour"),
        NotNow.NOT_ELIGIBLE: _("Not for this customer"),
        NotNow.POINTS: _("{n} missing").format(n=some_points(words, why.short)),
    }[why.why]


# ---------------------------------------------------------------- one reward


def _one(state: State, words: Words, reward: Reward) -> ListBody:
    till = _back(state, words, ShelfLeft(), _("to all rewards"))
    title = codes.shown(reward.name, MAX_TITLE)
    text = _("{title}. Tap what the customer pays: it is held first, and no points leave yet.").format(title=title)
    why = _reason(state, reward)
    rows = tuple(_price_row(state, words, one, why) for one in reward.prices)
    if not rows:
        event = PriceTapped(None) if why is None else None
        rows = (ListRow("ok", _("Free"), _("No points leave."), _("Hold it"), "ok", event, "gift"),)
    return ListBody("", text, rows, "", (), till)


def _price_row(state: State, words: Words, price: Price, why: Not | None) -> ListRow:
    balance = _balance(state)
    points = int(price.points)
    if not affordable(price, balance) and balance is not None:
        short = some_points(words, points - int(balance.spendable))
        return ListRow("notyet", _cost(words, price), _("{n} missing").format(n=short), _("Not now"), "wait")
    if why is not None:
        return ListRow("notyet", _cost(words, price), _why(state, words, why), _("Not now"), "wait")
    after = ""
    if balance is not None and points:
        now, then = words.points(int(balance.points)), words.points(int(balance.points) - points)
        after = _("{now} points now, {then} after").format(now=now, then=then)
    if price.amount is not None:
        collect = _("Collect {amount} on your cash register.").format(amount=words.money(price.amount))
        after = ". ".join(part for part in (after, collect) if part)
    return ListRow("ok", _cost(words, price), after, _("Hold it"), "ok", PriceTapped(price.id), "gift")


# ---------------------------------------------------------------- what is being claimed


def _claim_body(state: State, words: Words, claim: Claim) -> NoticeBody:
    known = state.sale.known
    member = zones.member(state, words, known, fixed=True) if known else None
    card = zones.bill_card(state, words, caret=False)
    glyph, tone, title, text = _told(state, words, claim)
    code = _("For support: {code}").format(code=claim.problem) if claim.problem else ""
    to_sale = Action(_("Back to the sale"), PanelClosed(), icon="chevron-left")
    let_go = Action(_("Let it go"), LetGoTapped(), icon="undo-2")
    actions: tuple[Action, ...] = (to_sale,)
    main = Main(_("Back"), _("to the sale"), icon="chevron-left", event=PanelClosed())
    match claim.state:
        case ClaimState.RESERVING | ClaimState.CONFIRMING:
            busy = _("Looking it up") if claim.is_lost else _("Perx is answering")
            words_ = _("Holding it") if claim.state is ClaimState.RESERVING else _("Taking it")
            main = Main(words_, busy, busy="unknown" if claim.is_lost else "action", share=0.4)
        case ClaimState.RESERVED:
            actions = (to_sale, let_go)
            cost = _("{n} leave now").format(n=some_points(words, claim.points)) if claim.points else _("free")
            main = Main(_("Take it"), cost, enabled=state.link.online, icon="gift", event=TakeTapped())
            if not state.link.online:
                main = Main(_("Take it"), _("Needs Perx"), enabled=False, icon="gift", event=TakeTapped())
        case ClaimState.ISSUED:
            actions = (Action(_("The customer keeps it"), KeepTapped(), icon="chevron-left"),)
            main = Main(_("Use it now"), _("in this sale"), icon="ticket-percent", event=UseTapped())
        case _:
            actions = (Action(_("All rewards"), ShelfTapped(), icon="gift"), to_sale)
    return NoticeBody(member, glyph, tone, title, text, code, actions, Till(card, main))


def _told(state: State, words: Words, claim: Claim) -> tuple[Glyph, Tone, str, tuple[str, ...]]:
    name, points = claim.title, some_points(words, claim.points)
    collect: tuple[str, ...] = ()
    if claim.money_minor:
        amount = words.money(Money(claim.money_minor, claim.currency))
        collect = (_("Collect {amount} on your cash register.").format(amount=amount),)
    match claim.state:
        case ClaimState.RESERVING if claim.is_lost:
            text = (_("The till looks whether Perx holds it. No points have left."),)
            return "unknown", "unknown", _("No answer yet: {title}").format(title=name), text
        case ClaimState.RESERVING:
            return "looking", "plain", _("Holding: {title}").format(title=name), (_("No points leave by this."),)
        case ClaimState.RESERVED:
            price = _("{n} leave when it is taken.").format(n=points) if claim.points else _("It is free.")
            held = _held_until(state, words, claim)
            return "held", "wait", _("Held for the customer: {title}").format(title=name), (price, *held, *collect)
        case ClaimState.CONFIRMING if claim.is_lost:
            text = (_("The till looks whether the customer has it. Do not claim it again."),)
            return "unknown", "unknown", _("No answer yet: {title}").format(title=name), text
        case ClaimState.CONFIRMING:
            return "looking", "plain", _("Being taken: {title}").format(title=name), ()
        case ClaimState.ISSUED:
            gone = _("{n} have left.").format(n=points) if claim.points else _("It was free.")
            return "ok", "ok", _("It is the customer's: {title}").format(title=name), (gone, *collect)
        case ClaimState.REFUSED | ClaimState.NOT_NOW:
            pass
    known = problem(claim.problem or "PX-000")
    said = codes.shown(claim.said, MAX_SAID)
    told = (_("Perx says: {said}").format(said=said),) if said else ()
    is_refused = claim.state is ClaimState.REFUSED
    title = _("Not claimed: {title}").format(title=name)
    kept = _("No points have left.") if claim.problem != "NET-09" else known.kept
    return "bad" if is_refused else "notyet", "bad" if is_refused else "wait", title, (known.happened, kept, *told)


def _held_until(state: State, words: Words, claim: Claim) -> tuple[str, ...]:
    if claim.until is None:
        return ()
    left = int((claim.until - state.perx_now).total_seconds())
    if left <= 0:
        return (_("The hold has ended by now."),)
    return (_("Held until {time}.").format(time=words.clock(claim.until)),)


def claim_row(state: State, words: Words) -> tuple[SaleRow, ...]:
    """The row of a reward that is being claimed, if any."""
    claim = state.sale.claim
    if claim is None or state.sale.phase is not Phase.OPEN:
        return ()
    glyph, tone, _title, text = _told(state, words, claim)
    said = {
        ClaimState.RESERVING: _("No answer yet") if claim.is_lost else _("Holding it"),
        ClaimState.RESERVED: _("Held: take it, or let it go"),
        ClaimState.CONFIRMING: _("No answer yet") if claim.is_lost else _("Being taken"),
        ClaimState.ISSUED: _("The customer has it"),
        ClaimState.REFUSED: _("Not claimed"),
        ClaimState.NOT_NOW: _("Not now: needs Perx"),
    }[claim.state]
    ring = None
    if claim.state is ClaimState.RESERVED and claim.until is not None and claim.reserved_at is not None:
        total = max(1, int((claim.until - claim.reserved_at - state.link.drift).total_seconds()))
        ring = Ring(min(max(0, int((claim.until - state.perx_now).total_seconds())), total), total)
    may_go = claim.state is not ClaimState.CONFIRMING and not state.staff.hidden
    remove = Action("", LineRemoved(ROW), icon="x", kind="quiet", name=_("Remove {title}").format(title=claim.title))
    detail = text[0] if text else ""
    is_calm = claim.state not in (ClaimState.REFUSED, ClaimState.NOT_NOW) and not claim.is_lost
    row = SaleRow(ROW, glyph, tone, claim.title, said, detail, "", is_calm, ring, remove if may_go else None)
    return (row,)
