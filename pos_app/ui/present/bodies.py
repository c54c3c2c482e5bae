"""The sale's own screens: open, no answer yet, done, and what must be read first."""

from __future__ import annotations

from datetime import timedelta

from msgspec.structs import replace

from pos_app.domain import codes
from pos_app.domain.money import Money
from pos_app.domain.vouchers import No, Voucher, may_hold
from pos_app.language import _, ngettext
from pos_app.till.commit import counted
from pos_app.till.events import (
    CancelTapped,
    EnrolTapped,
    NextTapped,
    NoticeClosed,
    PanelOpened,
    PrintTapped,
    UseAnywayTapped,
    VoucherTapped,
)
from pos_app.till.parking import ParkTapped, RecallTapped
from pos_app.till.state import Known, Offer, PanelKind, Phase, State, Trouble
from pos_app.ui.present import zones
from pos_app.ui.present.claiming import claim_row, shelf_action
from pos_app.ui.present.done import outcome_words
from pos_app.ui.present.paying import pay_action, pay_row
from pos_app.ui.present.reasons import MAX_TITLE, sale_rows
from pos_app.ui.present.sentences import problem
from pos_app.ui.present.words import Words, span, tail
from pos_app.ui.screen import (
    Action,
    CheckingBody,
    Main,
    Member,
    MeterLine,
    NoMember,
    NoticeBody,
    Ready,
    SaleBody,
    Say,
    Step,
    Till,
    VoucherLine,
    VoucherList,
    Works,
    WorksLine,
)


def type_action() -> Action:
    return Action(_("Type a code"), PanelOpened(PanelKind.TYPING), icon="keyboard")


# ---------------------------------------------------------------- the open sale


def sale_body(state: State, words: Words) -> SaleBody:
    """The sale as it is being made."""
    sale = state.sale
    vouchers = sale_rows(state, words)
    rows = (*vouchers, *pay_row(state, words), *claim_row(state, words))
    known = sale.known
    customer = zones.member(state, words, known) if known else _no_member(state, words)
    quiet = sale.phase is Phase.OPEN and not sale.lines and not known
    ready = _ready(state) if quiet and not sale.bill_minor and not sale.looking else None
    n = len(counted(sale, state.terms))
    count = (
        "" if not vouchers else ngettext("{n} of {all} counts", "{n} of {all} count", n).format(n=n, all=len(vouchers))
    )
    cancel = Action(
        _("Cancel sale"),
        CancelTapped(),
        icon="trash-2",
        kind="danger",
        enabled=sale.phase is Phase.OPEN,
        why=_("It is being sent"),
    )
    park = Action(_("Park"), ParkTapped(), icon="pause", enabled=sale.phase is Phase.OPEN, name=_("Park this sale"))
    more = [one for one in (pay_action(state), shelf_action(state)) if one is not None]
    actions = () if sale.is_empty else (cancel, type_action(), *more, park)
    return SaleBody(
        customer=customer,
        vouchers=_vouchers(state, words, known) if known else None,
        ready=ready,
        title=_("This sale"),
        count=count,
        rows=rows,
        hint=_hint(state, known),
        actions=actions,
        works=_works(state, words) if not state.link.online else None,
        till=zones.sale_till(state, words),
    )


def _hint(state: State, known: Known | None) -> str:
    sale = state.sale
    if sale.looking is not None:
        looking = sale.looking  # a bare code is shown as it stands on what was scanned, a member as everywhere else
        text = codes.shown(looking.text, 30) if looking.bare else tail(looking.scanned or looking.identifier)
        return _("Got it, asking Perx: {code}").format(code=text)
    if known is None:
        return _("Scan the member's code")
    return _("Scan more, or tap a voucher") if state.link.online else _("Points are added later")


def _ready(state: State) -> Ready:
    """The invitation to scan; beside typing, a way back to what was cancelled just now, or is parked."""
    back: tuple[Action, ...] = ()
    cancelled = next((one for one in state.parked if one.cancelled), None)
    parked = [one for one in state.parked if not one.cancelled]
    if cancelled is not None:
        back = (Action(_("Bring the cancelled sale back"), RecallTapped(cancelled.id), icon="undo-2"),)
    if parked:
        text = _("Parked sales: {n}").format(n=len(parked))
        back = (*back, Action(text, PanelOpened(PanelKind.PARKED), icon="pause"))
    kinds = (
        ("id-card", _("Member code")),
        ("ticket-percent", _("Voucher")),
        ("receipt-text", _("Our slip")),
    )
    return Ready(
        _("Ready to scan"), _("The till knows what it is. No need to tap first."), kinds, (type_action(), *back)
    )


def _no_member(state: State, words: Words) -> NoMember:
    last = state.last
    text = _("Scan their code first, then their vouchers.")
    find = Action(_("Find a customer"), PanelOpened(PanelKind.CUSTOMERS), icon="search")
    if last is None:
        return NoMember(_("No customer yet"), text, (find,))
    glyph, result = outcome_words(last)
    again = Action(_("Print again"), PrintTapped(last.ref), icon="printer")
    return NoMember(
        _("No customer yet"),
        text,
        (find,),
        last_title=_("Last sale, {time}").format(time=words.clock(last.sold)),
        last_amount=words.money(last.due),
        last_glyph=glyph,
        last_words=result,
        last_text=_("{member}, slip {ref}").format(member=tail(last.identifier), ref=codes.short_ref(last.ref)),
        last_action=again,
    )


def _vouchers(state: State, words: Words, known: Known) -> VoucherList:
    if state.staff.hidden:
        return VoucherList(_("Vouchers"), "", (), _("Hidden"))
    taken = {line.voucher_id for line in state.sale.lines if line.is_live}
    lines = tuple(_voucher(state, words, known, one, one.id in taken) for one in _soonest_first(state, known))
    usable = sum(1 for line in lines if line.event is not None or line.in_sale)
    count = _("{n} can be used now").format(n=usable)
    if not state.link.online:
        count = _("On trust") if state.shop.trust.signed else _("Not while offline")
    if not known.detailed:
        return VoucherList(_("Vouchers"), "", (), _("Asking Perx for vouchers"))
    if not known.checked:
        return VoucherList(_("Vouchers"), "", (), _("Not known while Perx cannot be asked"))
    return VoucherList(_("Vouchers"), count, lines, _("No vouchers that can be used"))


def _soonest_first(state: State, known: Known) -> list[Voucher]:
    """What can be used now, the one that ends soonest first; then the rest."""

    def rank(voucher: Voucher) -> tuple[bool, bool, float, str]:
        not_now = isinstance(may_hold(voucher, known.identifier, state.perx_now), No)
        ends = voucher.valid_to.timestamp() if voucher.valid_to else 0.0
        return not_now, voucher.valid_to is None, ends, voucher.name

    return sorted(known.vouchers, key=rank)


def _voucher(state: State, words: Words, known: Known, voucher: Voucher, in_sale: bool) -> VoucherLine:
    today = state.now.astimezone().date()
    title = codes.shown(voucher.name, MAX_TITLE) or _("Voucher {id}").format(id=voucher.id)
    detail = _("Until {day}").format(day=words.day(voucher.valid_to, today)) if voucher.valid_to else ""
    verdict = may_hold(voucher, known.identifier, state.perx_now)
    event = VoucherTapped(voucher.id)
    icon = "percent" if voucher.percent is not None or voucher.value is not None else "gift"
    if in_sale:
        detail = _("In this sale")
    if isinstance(verdict, No) and not in_sale:
        start = words.day(verdict.on, today) if verdict.on else ""
        detail = _("From {day}").format(day=start) if verdict.why == "not_yet" else _("Not now")
        return VoucherLine(title, detail, icon, name=f"{title}, {detail}")
    if not state.link.online and not state.shop.trust.signed:
        return VoucherLine(title, detail, icon, in_sale, name=f"{title}, {_('needs Perx')}")
    name = _("Add {title}, {detail}").format(title=title, detail=detail)
    return VoucherLine(title, detail, icon, in_sale, None if in_sale else event, name)


def _works(state: State, words: Words) -> Works:
    """While offline: what works and what waits, and the meters against the policy."""
    backlog, limits = state.backlog, state.shop.limits
    open_count = backlog.waiting + backlog.checking
    value = Money(backlog.value_minor, state.shop.currency)
    most = Money(limits.max_value_minor, state.shop.currency)
    age = state.now - backlog.oldest_at if backlog.oldest_at else timedelta(0)
    hours = age.total_seconds() / 3600
    meters: tuple[MeterLine, ...] = (
        MeterLine(_("Sales"), f"{open_count} / {limits.max_count}", open_count / limits.max_count),
        MeterLine(_("Amount"), f"{words.money(value)} / {words.money(most)}", value.minor / max(1, most.minor)),
        MeterLine(_("Oldest"), f"{span(age)} / {limits.max_age_h} h", hours / limits.max_age_h),
    )
    trust, unconfirmed = state.shop.trust, backlog.unconfirmed
    if trust.signed:
        on_trust = f"{unconfirmed.count} / {trust.max_count}"
        meters += (MeterLine(_("Vouchers on trust"), on_trust, unconfirmed.count / trust.max_count),)
    vouchers = WorksLine(True, _("Vouchers seen lately, on trust")) if trust.signed else None
    return Works(
        _("Works now"),
        _("Waits for Perx"),
        (
            WorksLine(True, _("Earn points, sent later")),
            WorksLine(True, _("Members seen before")),
            vouchers or WorksLine(False, _("Using vouchers")),
            WorksLine(True, _("Slips")),
            WorksLine(False, _("Paying with points, rewards")),
            WorksLine(True, _("New members, told to Perx later")),
        ),
        _("Waiting to send"),
        str(open_count),
        meters,
        meters_short=_("Waiting"),
    )


# ---------------------------------------------------------------- no answer yet


def checking_body(state: State, words: Words) -> CheckingBody:
    """No answer is a result of its own: what is known, what is being done, what to say."""
    sale = state.sale
    known = sale.known
    card = zones.bill_card(state, words, caret=False)
    since = sale.checking_at or state.now
    waited = max(0, int((state.now - since).total_seconds()))
    share = min(1.0, waited / max(1.0, state.shop.settle_after_s))
    clock = f"{waited // 60}:{waited % 60:02d}"
    text = _("Perx has not said whether this sale went through. We are finding out. The sale is safely written down.")
    vouchers = bool(sale.record and sale.record.vouchers)
    say = _("“The system is slow. I am checking your voucher. One moment, please.”")
    if not vouchers:
        say = _("“The system is slow. Your points will follow.”")
    next_customer = Action(
        _("Next customer"),
        NextTapped(),
        icon="arrow-right",
        name=_("Serve the next customer, checking goes on"),
    )
    return CheckingBody(
        customer=zones.member(state, words, known, fixed=True) if known else None,
        title=_("No answer yet"),
        text=text,
        rows=sale_rows(state, words),
        steps_title=_("What happened so far"),
        steps=_steps(state, words),
        say=Say(_("Say to the customer"), say),
        till=Till(
            card=card,
            main=Main(
                _("Checking"),
                _checking_for(state, waited),
                clock,
                enabled=False,
                busy="unknown",
                share=share,
            ),
            below_title=_("In a hurry?"),
            below_text=_("We go on checking. The answer will wait for you under the pill at the top."),
            below=(next_customer,),
        ),
    )


def _checking_for(state: State, waited: int) -> str:
    """How much longer it may take. Without Perx nobody can say; with it a person settles what stays unknown."""
    if not state.link.online:
        return _("until Perx is back")
    until = int(state.shop.settle_after_s)
    return _("up to {n} s").format(n=until) if waited <= until else _("longer than usual")


def _steps(state: State, words: Words) -> tuple[Step, ...]:
    sale, entry = state.sale, state.sale.entry
    made = words.clock_s(sale.completed_at) if sale.completed_at else ""
    sent = words.clock_s(entry.sent_at) if entry and entry.sent_at else made
    looked = entry.looks if entry else 0
    at = words.clock_s(sale.checking_at) if sale.checking_at else ""
    steps = [
        Step("ok", _("Written down on this till"), made),
        Step("ok", _("Sent to Perx"), sent),
        Step("unknown", _("No answer"), at),
    ]
    steps.append(Step("unknown", _("Looking it up, look {n}").format(n=looked + 1), _("now")))
    steps.append(Step("later", _("If unclear, a supervisor decides")))
    return tuple(steps)


# ---------------------------------------------------------------- what must be read first


def support(code: str) -> str:
    """A support code with the words that say what it is for."""
    return _("For support: {code}").format(code=code)


def notice_body(state: State, words: Words, notice: Offer | Trouble) -> NoticeBody:
    """An unknown member, or something that went wrong: what happened, what was kept, what to do."""
    known = state.sale.known
    member = zones.member(state, words, known) if known else None
    card = zones.bill_card(state, words, caret=False)
    back = Action(_("Back to the sale"), NoticeClosed(), icon="chevron-left")
    if isinstance(notice, Trouble):
        trouble = problem(notice.problem)
        said = codes.shown(notice.said, 120)
        text = (trouble.kept, trouble.do_next) + ((_("Perx says: {said}").format(said=said),) if said else ())
        main = Main(_("Back to the sale"), _("nothing is lost"), icon="chevron-left", event=NoticeClosed())
        till, code = Till(card, main), support(trouble.code)
        raw_title = _("What came back") if notice.raw else ""
        return NoticeBody(member, "bad", "bad", trouble.happened, text, code, (), till, notice.raw, raw_title)
    if notice.unasked:
        title = _("Is this the member's code?")
        text = (
            _("Perx cannot be asked now."),
            _("If it is the member's code, the points are kept here and sent later."),
        )
        main = Main(_("It is the member's code"), _("earn points later"), icon="user-round", event=UseAnywayTapped())
        till, code = Till(card, main), support("NET-01")
        return NoticeBody(
            member, "unknown", "unknown", title, text, code, (back,), till, notice.text, _("Scanned code")
        )
    return _unknown_member(state, notice, member, Till(card, _enrol(notice)), back)


def _enrol(offer: Offer) -> Main:
    busy = offer.enrolling is not None
    return Main(
        _("Making a member") if busy else _("New member"),
        _("Perx is answering") if busy else _("with this code"),
        busy="action" if busy else "",
        share=0.4 if busy else 0.0,
        icon="" if busy else "user-plus",
        event=EnrolTapped(),
    )


def _unknown_member(state: State, offer: Offer, member: Member | None, till: Till, back: Action) -> NoticeBody:
    """Perx does not know the code: somebody new, or a voucher that was scanned before its customer.

    A bare code may be either, so nobody becomes a member by the main action there.
    """
    title = _("Perx does not know this member")
    text: tuple[str, ...] = (_("If the customer wants to join, make a new member with it."),)
    actions: tuple[Action, ...] = (back,)
    if offer.bare and offer.enrolling is None:
        title = _("Perx knows no member with this code")
        main = Main(_("Scan the member"), _("the code waits"), icon="scan-barcode", event=NoticeClosed())
        till, actions = replace(till, main=main), (Action(_("New member"), EnrolTapped(), icon="user-plus"),)
        text = (_("Is it a voucher? Then scan the member's code next."), *text)
    return NoticeBody(
        member, "notyet", "wait", title, text, support("PX-001"), actions, till, offer.text, _("Scanned code")
    )
