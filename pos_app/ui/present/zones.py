"""The zones that many screens share: header, banner, frame, member card, till zone."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from msgspec.structs import replace

from pos_app.domain import codes
from pos_app.domain.customers import Balance
from pos_app.domain.money import Money
from pos_app.language import _, ngettext
from pos_app.till.claiming import ShelfTapped
from pos_app.till.commit import CLOCK_OFF, blocked, counted, counted_pay, due, estimate, taken_off
from pos_app.till.events import (
    CompleteTapped,
    CustomerRemoved,
    KeyTapped,
    PanelOpened,
    SalvageSeen,
)
from pos_app.till.guide import GuideOpened
from pos_app.till.newcomers import NOT_YET
from pos_app.till.pinning import PinTapped
from pos_app.till.staff import ShowTapped, SwitchTapped
from pos_app.till.state import Known, Link, PanelKind, Phase, Sale, Salvaged, State
from pos_app.till.totals import paid
from pos_app.ui.present.printer import printer_pill
from pos_app.ui.present.sentences import problem
from pos_app.ui.present.words import Words, short_name, span, tail
from pos_app.ui.screen import (
    Action,
    AmountLine,
    Banner,
    Frame,
    Header,
    Keypad,
    Main,
    Member,
    Pill,
    Till,
    TypedCard,
)

DRIFT_WARN_S = CLOCK_OFF.total_seconds()
STALE = timedelta(minutes=2)
GIVE_UP_S = 5
_METALS: dict[str, Literal["Member", "Silver", "Gold", "Platinum"]] = {
    "silver": "Silver",
    "gold": "Gold",
    "platinum": "Platinum",
}


def header(state: State, words: Words, title: str) -> Header:
    place = " · ".join(part for part in (state.shop.name, state.shop.till) if part)
    menu = Action("", PanelOpened(PanelKind.MENU), icon="menu", kind="quiet", name=_("Menu"))
    is_open = state.staff.gate is None
    pills = _pills(state)
    return Header(
        title=title,
        place=codes.shown(place, 60) if is_open else "",  # the sign-on screen says it itself
        place_short=codes.shown(state.shop.till, 20),
        pills=pills if is_open else tuple(replace(one, event=None) for one in pills),
        clock=words.clock(state.now),
        menu=menu if is_open else None,
        person=_person(state) if is_open else None,
        help=Action("", GuideOpened(), icon="circle-help", kind="quiet", name=_("Help with this screen")),
    )


def _person(state: State) -> Action | None:
    """Who is signed on; where people are known but nobody is, the way to sign on."""
    on = state.staff.on
    if on is not None:
        name = codes.shown(on.name, 24)
        return Action(name, PanelOpened(PanelKind.PERSON), icon="user-round", kind="quiet",
                      name=_("{name}, signed on").format(name=name))  # fmt: skip
    return Action(_("Sign on"), SwitchTapped(), icon="user-round", kind="quiet") if state.staff.people else None


def _pills(state: State) -> tuple[Pill, ...]:
    pills: list[Pill] = []
    backlog, link = state.backlog, state.link
    waiting = PanelOpened(PanelKind.WAITING)
    if state.staff.hidden and state.staff.gate is None:
        pills.append(Pill("super", _("Hidden: show"), _("Show"), ShowTapped()))
    if not link.online:
        pills.append(Pill("offline", *_offline_for(state), PanelOpened(PanelKind.WHAT_TO_DO)))
    if backlog.attention:
        text = ngettext("{n} needs you", "{n} need you", backlog.attention).format(n=backlog.attention)
        pills.append(Pill("bad", text, str(backlog.attention), waiting))
    if backlog.checking:
        text = _("{n} checking").format(n=backlog.checking)
        pills.append(Pill("unknown", text, str(backlog.checking), waiting))
    if backlog.waiting and not (link.online and state.sale.phase is Phase.COMMITTING):
        text = _("{n} waiting").format(n=backlog.waiting)
        pills.append(Pill("wait", text, str(backlog.waiting), waiting))
    if state.scanner.state == "searching":
        pills.append(Pill("notyet", _("No scanner found"), "", PanelOpened(PanelKind.SERVICE)))
    elif state.scanner.state in ("missing", "held", "denied", "failed"):
        pills.append(Pill("bad", _("No scanner"), "", PanelOpened(PanelKind.SERVICE)))
    printer = printer_pill(state.printer)
    if printer is not None:
        pills.append(printer)
    if link.drift_s is not None and abs(link.drift_s) >= DRIFT_WARN_S:
        off = span(timedelta(seconds=abs(link.drift_s)))
        pills.append(Pill("notyet", _("Clock off by {off}").format(off=off), "", PanelOpened(PanelKind.SERVICE)))
    return tuple(pills) or (Pill("ok", _("All ready"), _("All ready"), PanelOpened(PanelKind.SERVICE)),)


def _offline_for(state: State) -> tuple[str, str]:
    """How long the till has been offline, in full and in short; the first minute is not counted out."""
    since = state.link.since
    if since is None or state.now - since < timedelta(minutes=1):
        return _("Offline"), _("Offline")
    lasted = span(state.now - since)
    return _("Offline {since}").format(since=lasted), lasted


def banner(state: State) -> Banner | None:
    """The one banner: what most needs to be known."""
    if state.wrong:
        known = problem(state.wrong)
        text = f"{known.kept} {known.do_next} ({known.code})"
        return Banner("bad", known.happened, text)
    if state.salvaged is not None:
        return _salvage_banner(state.salvaged)
    if not state.link.online:
        return _offline_banner(state)
    if state.link.keys:
        known = problem(state.link.keys)
        return Banner("bad", known.happened, f"{known.kept} {known.do_next} ({known.code})")
    known_faults = {"missing": "SCAN-03", "held": "SCAN-04", "denied": "SCAN-05", "failed": "SCAN-05"}
    fault = known_faults.get(state.scanner.state)
    if fault:
        known = problem(fault)
        typing = Action(_("Type a code"), PanelOpened(PanelKind.TYPING), icon="keyboard")
        return Banner("bad", known.happened, f"{known.kept} {known.do_next}", typing)
    return None


def _salvage_banner(salvaged: Salvaged) -> Banner:
    """A damaged data file: how much of it is there, until a person has read it."""
    known = problem("DISK-07")
    back = ngettext("{n} row came back.", "{n} rows came back.", salvaged.came_back).format(n=salvaged.came_back)
    missing = _("Missing at most: {n}.").format(n=salvaged.may_be_missing)
    if salvaged.is_uncertain:
        missing = _("Some of the newest may be missing.")
    text = f"{back} {missing} {known.do_next} ({known.code})"
    return Banner("bad", known.happened, text, Action(_("IT is told"), SalvageSeen(), icon="check"))


def _offline_banner(state: State) -> Banner:
    title = _("{offline}: {cause}").format(
        offline=_offline_for(state)[0], cause=offline_cause(state.link).rstrip(".。")
    )
    action = Action(_("What to do"), PanelOpened(PanelKind.WHAT_TO_DO), icon="circle-help")
    text = _("Keep selling. Points are kept here and sent later.")
    if over_limits(state):
        text = _("The limit for waiting sales is reached. Call a supervisor before selling on.")
    return Banner("offline", title, text, action)


def offline_cause(link: Link) -> str:
    """Why the till works without Perx, as a sentence."""
    return _("A person took the till offline.") if link.manual else problem(link.problem or "NET-01").happened


def over_limits(state: State) -> bool:
    """Whether more waits for Perx, or for longer, than the offline policy allows."""
    backlog, limits = state.backlog, state.shop.limits
    age = state.now - backlog.oldest_at if backlog.oldest_at else timedelta(0)
    return (
        backlog.waiting + backlog.checking >= limits.max_count
        or backlog.value_minor >= limits.max_value_minor
        or age >= timedelta(hours=limits.max_age_h)
    )


def frame(state: State) -> Frame | None:
    """A tenant's staging and the sandbox cannot be mistaken for the real thing."""
    match state.shop.environment:
        case "production":
            return None
        case "staging":
            return Frame(_("Staging: no real points"), "plain")
    return Frame(_("Training: nothing here is real"), "train")


def member(state: State, words: Words, known: Known, *, fixed: bool = False) -> Member:
    """The member card."""
    if state.staff.hidden:
        return _nobody_sees()
    balance = known.balance
    today = state.now.astimezone().date()
    busy = _("Loading points and vouchers") if not known.detailed else ""
    is_old = known.as_of is not None and state.now - known.as_of > STALE
    stale = is_old or (known.checked and bool(known.problem))  # what Perx last said, which it cannot be asked now
    remove = None
    if not fixed and state.sale.phase is Phase.OPEN:
        name = _("Take the customer off this sale")
        remove = Action("", CustomerRemoved(), icon="x", kind="quiet", name=name)
    return Member(
        tier=balance.tier if balance and balance.tier else _("Member"),
        metal=_METALS.get(balance.tier.lower() if balance else "", "Member"),
        name=codes.shown(short_name(known.customer.name), 24) or _("Member"),
        tail=tail(known.scanned or known.identifier),
        points=words.points(balance.points) if balance else "–",
        unit=ngettext("point", "points", balance.points if balance else 0),
        as_of=_("as of {time}").format(time=words.clock(known.as_of)) if stale and known.as_of else "",
        ends=tuple(
            ngettext("{n} ends on {day}", "{n} end on {day}", one.points).format(
                n=words.points(one.points), day=words.day(one.on, today)
            )
            for one in (balance.expiring if balance else ())
        )[:3],
        note=_member_note(known),
        busy=busy,
        remove=remove,
        lines=_more_of_points(words, balance),
    )


def _more_of_points(words: Words, balance: Balance | None) -> tuple[str, ...]:
    """What is kept back of the points, and how far the next tier is."""
    lines: list[str] = []
    if balance is not None and balance.held:
        held, rest = words.points(balance.held), words.points(balance.spendable)
        lines.append(_("{held} kept back, {rest} to spend").format(held=held, rest=rest))
    if balance is not None and balance.next_tier and balance.to_next_tier:
        tier = codes.shown(balance.next_tier, 20)
        lines.append(_("{n} more to {tier}").format(n=words.points(balance.to_next_tier), tier=tier))
    return tuple(lines)


def _nobody_sees() -> Member:
    """The card while nobody is there."""
    show = Action("", ShowTapped(), icon="eye", kind="quiet", name=_("Show the customer"))
    note = _("Nobody was here for a while.")
    return Member(_("Hidden"), "Member", "••••", "••••", "", "", note=note, remove=show)


def _member_note(known: Known) -> str:
    if known.problem == NOT_YET:
        return _("No member yet: Perx is told later")
    if not known.checked:
        return _("Not checked: Perx cannot be asked")
    if not known.customer.may_redeem:
        return _("May earn points, but not use vouchers yet")
    if known.detailed and known.balance is None:
        return _("Points could not be read ({code})").format(code=known.problem or "NET-01")
    return ""


# ---------------------------------------------------------------- till zone


def sale_till(state: State, words: Words) -> Till:
    """Amount, keypad and main action of the open sale."""
    return Till(card=bill_card(state, words), keypad=Keypad(KeyTapped), main=main_action(state, words))


def bill_card(state: State, words: Words, *, caret: bool = True) -> TypedCard:
    sale, currency = state.sale, state.shop.currency
    lines = bill_lines(state, words)
    hint = guess = ""
    if not sale.bill_minor:
        hint = _("Type the bill from your cash register. Digits fill from the right.") if caret else ""
    elif not state.link.online:
        guess = _("Perx decides the points later")
    elif sale.known is not None:
        about = estimate(due(sale, state.terms))
        guess = ngettext("About {n} point", "About {n} points", about).format(n=words.points(about))
    clear = Action(_("Clear"), KeyTapped("clear"), kind="quiet") if caret and sale.bill_minor else None
    typed = words.money(sale.bill(currency))
    return TypedCard(_("Bill"), currency, typed, caret, lines, guess, hint, clear)


def bill_lines(state: State, words: Words) -> tuple[AmountLine, ...]:
    """Vouchers and what is left to collect; nothing when no voucher takes anything off."""
    sale, currency = state.sale, state.shop.currency
    off, points = taken_off(sale, state.terms), paid(sale, state.terms)
    if not off and not points:
        return ()
    total = Money(sum(amount.minor for amount in off.values()), currency)
    lines = [AmountLine(_("Vouchers"), words.off(total))] if off else []
    if points:
        lines.append(AmountLine(_("Points"), words.off(points)))
    return (*lines, AmountLine(_("To collect"), words.money(due(sale, state.terms)), strong=True))


def main_action(state: State, words: Words) -> Main:
    sale = state.sale
    if sale.phase is Phase.COMMITTING:
        amount = words.money(sale.record.due) if sale.record else ""
        return Main(_("Sending"), _("Perx is answering"), amount, busy="action", share=_share(state, sale))
    why = blocked(sale, state.terms)
    if why == "pin":
        return Main(_("Type the PIN"), _("of a voucher in this sale"), icon="lock", event=PinTapped())
    if why == "claim":
        return Main(_("Finish the claim"), _("a reward is held"), icon="gift", event=ShelfTapped())
    if why:
        return Main(_("Complete"), _why_not(why), enabled=False, event=CompleteTapped())
    rows = counted(sale, state.terms)
    amount = words.money(due(sale, state.terms))
    if not state.link.online:
        detail = _("{n} on trust, sent later").format(n=len(rows)) if rows else _("sent later")
        return Main(_("Save sale"), detail, amount, event=CompleteTapped())
    points = counted_pay(sale, state.terms)
    used = [count_vouchers(len(rows))] if rows else []
    if points is not None:
        used.append(ngettext("{n} point", "{n} points", points.points).format(n=words.points(points.points)))
    return Main(_("Complete"), ", ".join(used), amount, event=CompleteTapped())


def count_vouchers(count: int) -> str:
    """1 voucher, 3 vouchers."""
    return ngettext("{n} voucher", "{n} vouchers", count).format(n=count)


def _share(state: State, sale: Sale) -> float:
    if sale.completed_at is None:
        return 0.0
    return min(1.0, max(0.05, (state.now - sale.completed_at).total_seconds() / GIVE_UP_S))


def _why_not(why: str) -> str:
    return {
        "nothing": _("Scan a code or type the bill"),
        "customer": _("Scan the member's code"),
        "looking": _("Asking Perx who this is"),
        "asking": _("Asking Perx about a voucher"),
        "checking": _("A voucher has no answer yet"),
        "points": _("Asking Perx about the points"),
        "points_lost": _("The points have no answer yet"),
        "overpaid": _("The points are more than the bill"),
        "bill": _("Type the bill first"),
        "busy": _("One moment"),
    }[why]
