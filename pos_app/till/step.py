"""One step of the till: a state and an event give the next state and what is to be done. Pure.

The root only routes; the rules of each part stand in their own file. What a second tap, a late answer or a
scan during a payment means is decided here, and nowhere else.
"""

from __future__ import annotations

from msgspec.structs import replace

from pos_app.domain import codes
from pos_app.domain.people import Denied, Person
from pos_app.domain.phone import PHONE
from pos_app.till import (
    approve,
    basket,
    byhand,
    claim,
    claiming,
    commit,
    customers,
    day,
    desk,
    earlier,
    find,
    guide,
    guided,
    history,
    late,
    leaving,
    link,
    newcomers,
    news,
    panels,
    parked,
    parking,
    pay,
    paying,
    pin,
    pinning,
    serviced,
    servicing,
    shift,
    shifting,
    signon,
    slips,
    speech,
    staff,
    taps,
    trained,
    training,
)
from pos_app.till import events as ev
from pos_app.till.chimes import chime, with_warnings
from pos_app.till.draft import to_draft
from pos_app.till.effects import (
    CountBacklog,
    Effect,
    FindCustomer,
    FindSale,
    ForgetSalvage,
    KeepDraft,
    Note,
    Probe,
    Ring,
    Store,
)
from pos_app.till.restore import on_restored
from pos_app.till.scans import hint, may_be_member, on_code, on_voucher, routed, with_sale
from pos_app.till.state import (
    HintKind,
    Link,
    Moment,
    PanelKind,
    Phase,
    PrinterLink,
    Sale,
    Salvaged,
    ScannerLink,
    State,
    Terms,
    Trouble,
)

Step = tuple[State, list[Effect]]


def step(state: State, event: ev.Event, moment: Moment) -> Step:
    """The next state, and what is to be done about it. Never raises for any event in any state."""
    old = (to_draft(state.sale) if state.is_begun else None, state.parked)
    moment = replace(moment, drift=state.link.drift, given_back=state.given_back, holding=state.holding)
    there, event = guided.read(replace(state, now=moment.now), event)
    there, effects, goes_on = signon.door(there, event)
    if goes_on and shift.stops(there, event):
        new = hint(there, HintKind.SHIFT_FIRST)
    elif goes_on:
        new, asked = _route(there, event, moment)
        effects = [*effects, *asked]
    else:
        new = there
    met = guided.after(state, signon.after(there, pin.after(there, new), event))
    new, kept = trained.after(there, met, event)
    new, spoken = speech.followed(state, new, event)
    effects = [_signed(one, state.staff.name) for one in (*effects, *spoken, *kept)]
    if new.sale.record is not None and new.sale.phase is Phase.DONE:
        new = replace(new, last=new.sale.record, sale=replace(new.sale, told=True))
    if new.link.manual:
        effects = [replace(one, ask=False) if isinstance(one, FindCustomer) else one for one in effects]
    new, kept = newcomers.noted(state, new)
    effects = [*effects, *kept]
    new = basket.remembered(new, event, [one.command for one in effects if isinstance(one, Store)])
    rung = chime(state, new)
    if rung is not None and not isinstance(event, ev.Restored):
        effects = [*effects, Ring(rung)]
    draft = to_draft(new.sale)
    if (draft, new.parked) != old and new.is_begun:  # else the file holds the last run's, which nobody has read yet
        # First, so that no sale is stored whose reference the next start could not find in the draft.
        effects = [KeepDraft(draft, new.parked), *effects]
    return new, effects


def _signed(effect: Effect, name: str) -> Effect:
    """What is written in the journal names whoever was signed on when it was done."""
    return replace(effect, person=name) if isinstance(effect, Note) and not effect.person else effect


def _route(state: State, event: ev.Event, moment: Moment) -> Step:
    match event:
        case ev.Scanned():
            return on_scanned(state, event, moment)
        case ev.EntryChanged():
            state, effects = news.on_entry(state, event, moment)
            state, asked = panels.on_desk(state, event)
            return state, [*effects, *asked, CountBacklog()]
        case ev.Started():
            return state, [Probe()]
        case ev.Ticked():
            after, effects = link.on_tick(state.link, moment)
            state, gone = parked.on_tick(replace(state, link=after), moment)
            state, printed = news.moved(state, with_warnings(commit.on_tick(state.sale, moment), moment.perx_now))
            state, read = serviced.on_tick(state)
            state, notes = signon.on_tick(pin.aged(panels.on_tick(state)))
            return state, [*effects, *gone, *printed, *read, *notes, *shift.on_tick(state, moment)]
        case ev.ExchangeSeen():
            state = serviced.on_exchange(state, event)
            return _linked(state, link.on_exchange(state.link, event, moment), moment)
        case ev.OfflineChosen():
            return _linked(state, link.on_chosen(state.link, event, moment), moment)
        case ev.ScannerSeen():
            return replace(state, scanner=ScannerLink(event.state, event.port, event.detail)), []
        case ev.PrinterSeen():
            return replace(state, printer=PrinterLink(event.state, event.port, event.detail)), []
        case ev.BacklogSeen():
            return panels.on_desk(replace(state, backlog=event.backlog), event)
        case ev.Restored():
            return on_restored(replace(state, given_back=tuple(event.releasing), is_begun=True), event, moment)
        case ev.WentWrong():
            return replace(state, wrong=event.where), []
        case ev.SalvageTold():
            told = Salvaged(event.came_back, event.may_be_missing, event.is_uncertain)
            return replace(state, salvaged=told), []
        case ev.SalvageSeen():
            return replace(state, salvaged=None), [ForgetSalvage(), Note("salvage read")] if state.salvaged else []
        case ev.PanelOpened() | ev.PanelClosed() | ev.SaleTapped():
            return panels.on_panel(state, event, moment)
        case ev.CompareTapped() | ev.DaySeen() | ev.DayCompared():
            return day.on_day(state, event, moment)
        case ev.TypedEntered():
            return _typed(state, moment)
        case ev.ChimeTapped():
            return state, [Ring(event.chime)]
        case ev.PrintTapped() | ev.SlipPrinted():
            return slips.on_slip(state, event)
        case ev.PointsSeen():
            return late.points_seen(state, event)
        case parking.ParkTapped() | parking.RecallTapped() | parking.ParkedRead():
            return parked.on_event(state, event, moment)
        case ev.StoreFailed():
            state = byhand.on_store_failed(newcomers.on_store_failed(state, event), event)
            return replace(state, sale=commit.on_store_failed(state.sale, event)), []
    return _sides(state, event, moment)


def _sides(state: State, event: ev.Event, moment: Moment) -> Step:
    """What belongs to a side screen; the rest is the counter's."""
    if isinstance(event, desk.Event):
        return panels.on_desk(state, event)
    if isinstance(event, leaving.Event):
        return panels.on_leaving(state, event)
    if isinstance(event, shifting.Event):
        return shift.on_shift(state, event, moment)
    if isinstance(event, paying.Event):
        return pay.on_event(state, event, moment)
    if isinstance(event, claiming.Event):
        return claim.on_event(state, event, moment)
    if isinstance(event, pinning.Event):
        return pin.on_event(state, event, moment)
    if isinstance(event, history.Event | ev.SaleFound | ev.SaleMissing):
        return earlier.on_history(state, event, moment)
    if isinstance(event, servicing.Event):
        return serviced.on_event(state, event)
    if isinstance(event, training.Event):
        return trained.on_event(state, event)
    if isinstance(event, guide.Event):
        return guided.on_event(state, event), []
    if isinstance(event, customers.Event):
        return newcomers.on_event(state, event, moment)
    if isinstance(event, staff.Event):
        return _people(state, event, moment)
    return _counter(state, event, moment)


def _people(state: State, event: staff.Event, moment: Moment) -> Step:
    """What concerns who is at the till, and what a second person approves."""
    if isinstance(event, approve.Tapped):
        return panels.on_ask(state, event)
    if isinstance(event, staff.Closing):
        return parked.on_cancel(state, moment)
    if not isinstance(event, approve.Proved):
        return signon.on_staff(state, event)
    if event.ask is None:
        return signon.on_proved(state, event)
    if isinstance(event.verdict, Denied):
        return panels.on_denied(state, event.number, event.verdict), []
    return _approved(state, event.ask, event.verdict, moment)


def _approved(state: State, ask: approve.Ask, by: Person, moment: Moment) -> Step:
    """What a second person approved is carried out."""
    match ask.subject:
        case approve.SettleEntry(ref, act):  # also when its screen was left meanwhile: it was decided
            return state, [desk.Decide(ask.number, ref, act, ask.reason, by.name, state.staff.name)]
        case approve.ReverseSale(plan):
            return earlier.approved(state, ask, plan, by, moment)
        case approve.GivePoints() as asked:
            return byhand.approved(state, ask, asked, by, moment)
        case approve.RecentMember(identifier):
            return newcomers.approved(state, ask, identifier, by, moment)
        case approve.CloseShift(number):
            return shift.approved(state, ask, number, by.name)
        case approve.CloseTill():
            return panels.let_out(state, ask, by.name)
        case approve.OpenService(page):
            return serviced.approved(state, page, ask.number, {"why": ask.reason, "approved_by": by.name})
        case approve.TypedMember(text):
            if state.panel is None or state.panel.ask is None or state.panel.ask.number != ask.number:
                return state, []
            facts = {"code": codes.mask(text), "why": ask.reason, "approved_by": by.name}
            note = Note("typed member approved", state.sale.id or "", facts)
            state, effects = on_scanned(replace(state, panel=None), ev.Scanned(text, typed=True), moment)
            return state, [note, *effects]


def _linked(state: State, made: tuple[Link, list[Effect]], moment: Moment) -> Step:
    """The link as it is now. When Perx is back, what the open sale took on trust is held properly."""
    was_online = state.link.online
    state = replace(state, link=made[0])
    if was_online or not state.link.online:
        return state, made[1]
    sale, effects = basket.back_online(state.sale, moment, state.terms)
    return replace(state, sale=sale), [*made[1], *effects]


def _counter(state: State, event: ev.Event, moment: Moment) -> Step:
    """Taps of the cashier, and answers about the customer and the vouchers."""
    sale = state.sale
    match event:
        case speech.LanguageChosen() | speech.LanguagesRead():
            state, asked = speech.on_event(state, event, state.staff.name)
            return state, [*asked]
        case ev.KeyTapped():
            return taps.on_key(state, event, moment)
        case ev.CompleteTapped():
            return with_sale(state, commit.complete(sale, state.shop, moment, state.terms, state.staff.name))
        case ev.CancelTapped():
            return parked.on_cancel(state, moment)
        case ev.NextTapped():
            return taps.on_next(state)
        case ev.CustomerRemoved():
            return taps.on_customer_removed(state, moment)
        case ev.NoticeClosed():
            sale = find.with_pending(sale) if sale.offer and not sale.offer.unasked else sale
            return replace(state, sale=replace(sale, trouble=None, offer=None), wrong=""), []
        case ev.EnrolTapped() if state.shop.members.has_form:
            return newcomers.opened(state), []
        case ev.EnrolTapped():
            return with_sale(state, find.on_enrol(sale, moment))
        case ev.UseAnywayTapped():
            if sale.offer is None or not sale.offer.unasked:
                return state, []
            return replace(state, sale=find.take_on_trust(sale, sale.offer.identifier, sale.offer.scanned)), []
        case ev.VoucherTapped():
            return on_voucher(state, event.voucher_id, "", moment)
        case ev.LineRemoved():
            return with_sale(state, _taken_out(sale, event.key, moment)) if sale.phase is Phase.OPEN else (state, [])
    answered, found = _answer(sale, event, moment, state.terms)
    state, more = pay.customer_known(replace(state, sale=answered), moment)
    return state, [*found, *more]


def _taken_out(sale: Sale, key: str, moment: Moment) -> tuple[Sale, list[Effect]]:
    """A row of this sale was removed: a voucher, the points that pay, or the reward that is held."""
    if key == paying.ROW:
        return pay.take_out(sale, moment)
    if key == claiming.ROW:
        return claim.take_out(sale, moment)
    line = next((one for one in sale.lines if one.key == key), None)
    return pin.take_out(sale, line, moment) if line and line.is_spent else basket.take_out(sale, key, moment)


def _answer(sale: Sale, event: ev.Event, moment: Moment, terms: Terms) -> tuple[Sale, list[Effect]]:
    match event:
        case ev.CustomerFound():
            return find.on_found(sale, event, moment)
        case ev.CustomerDetailed():
            return find.on_detailed(sale, event, moment, terms)
        case ev.CustomerRemembered():
            return find.on_remembered(sale, event, moment, terms)
        case ev.CustomerUnknown():
            return find.on_unknown(sale, event)
        case ev.CustomerFailed():
            return find.on_failed(sale, event, moment, terms)
        case ev.VoucherSeen():
            return basket.on_seen(sale, event, moment)
        case ev.VoucherMissing():
            return basket.on_missing(sale, event)
        case ev.BareUnknown():
            return basket.on_bare_unknown(sale, event), []
        case ev.BareIsMember():
            return find.on_bare_member(sale, event)
    return sale, []


# ---------------------------------------------------------------- scans


def on_scanned(state: State, event: ev.Scanned, moment: Moment) -> Step:
    """A scan is taken on every screen; it closes whatever lies over the sale."""
    if serviced.takes_scans(state):
        return state, [servicing.ReadTrace()]
    if event.fault:
        raw = codes.shown(event.text)
        too_long = event.fault == "too_long"
        trouble = Trouble("SCAN-02" if too_long else "SCAN-01", "", raw)
        return replace(state, panel=None, sale=replace(state.sale, trouble=trouble)), []
    code = routed(state, event)
    if isinstance(code, codes.StaffCode):
        return panels.on_badge(state, code.badge) if panels.takes_badges(state) else signon.on_badge(state, code.badge)
    if newcomers.takes(state, code):
        return newcomers.on_scan(state, code), []
    if earlier.takes(state, code):
        return earlier.on_scan(state, code, event.text)
    state = replace(state, panel=None)
    match code:
        case codes.Unreadable():
            problem = "SCAN-02" if code.reason == "too_long" else "SCAN-01"
            return replace(state, sale=replace(state.sale, trouble=Trouble(problem, "", code.shown))), []
        case codes.CommandCode():
            return _command(state, code.command, moment)
        case codes.ReceiptCode():
            if basket.by_code(state.sale, event.text) is not None:
                return on_code(state, codes.BareCode(event.text), event.text, moment)
            return state, [FindSale(code.ref, event.text)]
    return on_code(state, code, event.text, moment)


COMMANDS: dict[str, ev.Event] = {
    "complete": ev.CompleteTapped(),
    "cancel": ev.CancelTapped(),
    "next": ev.NextTapped(),
    "park": parking.ParkTapped(),
}
"""What a scanned command does: the same as the tap. `pos-app codes` prints a code for each."""


def _command(state: State, command: str, moment: Moment) -> Step:
    if command not in COMMANDS:
        return hint(state, HintKind.NOTHING_TO_DO), []
    return _route(state, COMMANDS[command], moment)


# ---------------------------------------------------------------- taps


def _typed(state: State, moment: Moment) -> Step:
    panel = state.panel
    if panel is not None and panel.history is not None and panel.history.typing and panel.typed:
        return earlier.on_typed(state, panel.typed)
    kinds = (PanelKind.TYPING, PanelKind.PHONE)
    if panel is None or panel.kind not in kinds or not panel.typed or panel.ask is not None:
        return state, []
    typed = ev.Scanned((PHONE if panel.kind is PanelKind.PHONE else "") + panel.typed, typed=True)
    if state.shop.people.approve_typed_customer and may_be_member(state, routed(state, typed), typed.text):
        return panels.asking(state, approve.TypedMember(typed.text)), []
    return on_scanned(state, typed, moment)
