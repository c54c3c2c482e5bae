"""The vouchers of a sale: looked for, held at Perx, refused with the reason, given back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from msgspec.structs import replace

from pos_app.domain.codes import Ref
from pos_app.domain.commands import Command, HoldVoucher, ReleaseVoucher
from pos_app.domain.entries import Entry, EntryState
from pos_app.domain.offline import Unconfirmed, distrust
from pos_app.domain.vouchers import No, Voucher, VoucherState, Why, may_hold
from pos_app.till.effects import Effect, FindBare, ForgetHold, Note, SeeVoucher, Store
from pos_app.till.events import BareUnknown, EntryChanged, Event, Restored, StoreFailed, VoucherMissing, VoucherSeen
from pos_app.till.state import Line, LineState, Moment, OpenHold, Phase, Sale, State, Terms

Step = tuple[Sale, list[Effect]]

REMEMBERED = 50
"""How many of the vouchers that were given back, or asked for, lately are remembered."""

_NOT_THEIRS = ("PX-001", "PX-002", "PX-009")


def is_refusal(problem: str) -> bool:
    """Whether it was Perx that said no. The line's faults and our credentials' say nothing of a voucher."""
    return not problem.startswith(("NET-", "KEY-"))


def line_of(sale: Sale, voucher_id: int) -> Line | None:
    return next((line for line in sale.lines if line.voucher_id == voucher_id), None)


def voucher_of(sale: Sale, voucher_id: int) -> Voucher | None:
    if sale.known is None:
        return None
    return next((one for one in sale.known.vouchers if one.id == voucher_id), None)


def by_code(sale: Sale, text: str) -> Voucher | None:
    """The customer's voucher that carries this code. Codes are compared without case."""
    if sale.known is None:
        return None
    wanted = text.strip().casefold()
    return next((one for one in sale.known.vouchers if one.code and one.code.casefold() == wanted), None)


def change(sale: Sale, key: str, **values: object) -> Sale:
    """The sale with one row changed."""
    lines = tuple(replace(line, **values) if line.key == key else line for line in sale.lines)
    return replace(sale, lines=lines)


def drop(sale: Sale, key: str) -> Sale:
    return replace(sale, lines=tuple(line for line in sale.lines if line.key != key))


def add(sale: Sale, voucher_id: int, text: str, moment: Moment, terms: Terms) -> Step:
    """Take a voucher into the sale: hold it when it may be held, else say why not; offline perhaps on trust.

    An earlier row of the same voucher that came to nothing is replaced.
    """
    old = line_of(sale, voucher_id)
    if old is not None:
        sale = drop(sale, old.key)
    row = sale.row + 1
    voucher = voucher_of(sale, voucher_id)
    line = Line(f"row{row}", LineState.LOOKING, text, voucher_id, voucher)
    sale = replace(sale, row=row, lines=(*sale.lines, line))
    if sale.known is None:
        return sale, []
    if not terms.online or not sale.known.checked:
        return _unasked(sale, line, moment, terms), []
    if voucher is None:
        return sale, [SeeVoucher(sale.known.look, sale.known.identifier, voucher_id)]
    return _hold(sale, line.key, voucher, moment)


def _unasked(sale: Sale, line: Line, moment: Moment, terms: Terms) -> Sale:
    """The sale with a voucher that Perx cannot be asked about: on trust when the policy allows it, else not now."""
    known, voucher = sale.known, line.voucher
    if known is None:
        return sale
    verdict = may_hold(voucher, known.identifier, moment.now) if voucher is not None else None
    if isinstance(verdict, No) and verdict.why is Why.USED:
        return change(sale, line.key, state=LineState.REFUSED, no=verdict)
    why = distrust(terms.trust, voucher, known.as_of if known.checked else None, unconfirmed(sale, terms), moment.now)
    if why is None and voucher is not None and known.customer.may_redeem and not voucher.needs_pin:
        if isinstance(verdict, No):
            return change(sale, line.key, state=LineState.REFUSED, no=verdict)
        return change(sale, line.key, state=LineState.ON_TRUST)
    return change(sale, line.key, state=LineState.NOT_NOW, problem="SALE-01", distrust=why)


def unconfirmed(sale: Sale, terms: Terms) -> Unconfirmed:
    """What is used on trust and not confirmed: by earlier sales, and by this one so far."""
    own = [line.voucher for line in sale.lines if line.state is LineState.ON_TRUST and line.voucher]
    minor = sum(voucher.value.minor for voucher in own if voucher.value)
    return Unconfirmed(terms.unconfirmed.count + len(own), terms.unconfirmed.minor + minor)


def back_online(sale: Sale, moment: Moment, terms: Terms) -> Step:
    """Perx answers again before the sale was saved: what was taken on trust is held properly now."""
    effects: list[Effect] = []
    if sale.phase is not Phase.OPEN:
        return sale, effects
    for line in sale.lines:
        if line.state is LineState.ON_TRUST and line.voucher_id is not None:
            sale, more = add(sale, line.voucher_id, line.text, moment, terms)
            effects += more
    return sale, effects


def _hold(sale: Sale, key: str, voucher: Voucher, moment: Moment) -> Step:
    known = sale.known
    if known is None or sale.id is None:
        return sale, []
    sale_id = sale.id
    if not known.customer.may_redeem:
        return change(sale, key, state=LineState.REFUSED, voucher=voucher, no=No(Why.CUSTOMER)), []
    verdict = may_hold(voucher, known.identifier, moment.perx_now)
    # What this till gave back a moment ago is free once that has been sent, and the hold is sent after it.
    mine = [one for one in moment.holding if (one.voucher_id, one.identifier) == (voucher.id, known.identifier)]
    ours = mine[-1] if mine else None
    is_ours = ours is not None or voucher.id in moment.given_back
    if isinstance(verdict, No) and not (is_ours and verdict.why is Why.HELD_ELSEWHERE):
        return change(sale, key, state=LineState.REFUSED, voucher=voucher, no=verdict), []
    if ours is not None:  # an earlier row's hold is on its way: a second one would be refused because of it
        state = LineState.NO_ANSWER if ours.is_lost else LineState.HOLDING
        return change(sale, key, state=state, voucher=voucher, hold_ref=ours.ref), []
    if voucher.needs_pin:
        return change(sale, key, state=LineState.NEEDS_PIN, voucher=voucher), []
    ref = moment.mint()
    sale = change(sale, key, state=LineState.HOLDING, voucher=voucher, hold_ref=ref)
    command = HoldVoucher(ref=ref, identifier=known.identifier, voucher_id=voucher.id, sale=sale_id)
    return sale, [Store(command)]


def on_seen(sale: Sale, event: VoucherSeen, moment: Moment) -> Step:
    """Perx told of one voucher: hold it when it was waited for, or correct a row that was held."""
    if sale.known is None or event.look != sale.known.look or sale.phase is not Phase.OPEN:
        return sale, []
    voucher = event.voucher
    sale, line = _asked_row(sale, voucher.id, event.text)
    if line is None:
        return sale, []
    if line.state is LineState.LOOKING:
        sale = change(sale, line.key, voucher_id=voucher.id)
        return _hold(sale, line.key, voucher, moment)
    if line.state is LineState.HELD and voucher.state is VoucherState.HELD:
        return change(sale, line.key, voucher=voucher), []
    if line.state is LineState.HELD:
        verdict = may_hold(voucher, voucher.owner, moment.perx_now)
        no = verdict if isinstance(verdict, No) else None
        sale = change(sale, line.key, state=LineState.REFUSED, voucher=voucher, no=no, problem="PX-004")
        return sale, [ForgetHold(voucher.id)]
    return change(sale, line.key, voucher=line.voucher or voucher), []


def _asked_row(sale: Sale, voucher_id: int, text: str) -> tuple[Sale, Line | None]:
    """The row that an answer is for. A search that ends at a voucher with a row of its own leaves one row.

    A row that is being asked for, or held, hears of it by itself: the search may be older than the hold.
    """
    own = line_of(sale, voucher_id)
    searching = (one for one in sale.lines if one.text == text and one.state is LineState.LOOKING)
    found = next((one for one in searching if one.voucher_id is None), None)
    if own is None or found is None:
        return sale, own or found
    if own.is_busy or own.may_be_held or own.state is LineState.NEEDS_PIN or own.is_spent:
        return drop(sale, found.key), None
    return drop(sale, own.key), found


def on_missing(sale: Sale, event: VoucherMissing) -> Step:
    """Perx has no such voucher for this customer, or could not be asked."""
    line = line_of(sale, event.voucher_id)
    if sale.known is None or event.look != sale.known.look or line is None or line.state is not LineState.LOOKING:
        return sale, []
    state = LineState.REFUSED if is_refusal(event.problem) else LineState.NOT_NOW
    no = No(Why.NOT_THEIRS) if event.problem in _NOT_THEIRS else None
    return change(sale, line.key, state=state, no=no, problem=event.problem, said=event.said), []


def customer_known(sale: Sale, moment: Moment, terms: Terms) -> Step:
    """The customer is here: hold what was scanned before, match codes that were waiting, refresh rows."""
    effects: list[Effect] = []
    for line in sale.lines:
        if line.state is LineState.WAITING or (not terms.online and line.state is LineState.LOOKING):
            sale, more = _waited(sale, line, moment, terms)
            effects += more
        elif line.voucher_id is not None and line.voucher is None:
            sale = change(sale, line.key, voucher=voucher_of(sale, line.voucher_id))
    return sale, effects


def _waited(sale: Sale, line: Line, moment: Moment, terms: Terms) -> Step:
    """A row that was scanned before its customer: theirs, or to be searched for."""
    found = by_code(sale, line.text)
    voucher_id = line.voucher_id or (found.id if found else None)
    if voucher_id is not None:
        return add(drop(sale, line.key), voucher_id, line.text, moment, terms)
    known = sale.known
    if known is not None and line.text in (known.identifier, known.scanned):
        return drop(sale, line.key), []
    if not terms.online or known is None:
        return change(sale, line.key, state=LineState.NOT_NOW, problem="SALE-01"), []
    sale = change(sale, line.key, state=LineState.LOOKING)
    return sale, [FindBare(known.look, known.identifier, line.text)]


def not_now(sale: Sale) -> Sale:
    """Nothing that is still to be asked can be asked of Perx."""
    lines = tuple(
        replace(line, state=LineState.NOT_NOW, problem="SALE-01")
        if line.state in (LineState.WAITING, LineState.LOOKING)
        else line
        for line in sale.lines
    )
    return replace(sale, lines=lines)


def searched(sale: Sale, text: str) -> Sale:
    """A row for a bare code that is none of the usable vouchers' and is now searched for."""
    row = sale.row + 1
    lines = tuple(line for line in sale.lines if line.text != text or line.may_be_held)
    return replace(sale, row=row, lines=(*lines, Line(f"row{row}", LineState.LOOKING, text)))


def on_bare_unknown(sale: Sale, event: BareUnknown) -> Sale:
    """The code is neither a voucher of this customer nor a member; or Perx could not be asked about it."""
    if sale.known is None or event.look != sale.known.look:
        return sale
    state, problem = LineState.REFUSED, "PX-002"
    if not is_refusal(event.problem):
        state, problem = LineState.NOT_NOW, "SALE-01"
    return settle_search(sale, event.text, state, problem)


def settle_search(sale: Sale, text: str, state: LineState, problem: str) -> Sale:
    """End the search of every row with this text."""
    lines = tuple(
        replace(line, state=state, problem=problem) if line.text == text and line.state is LineState.LOOKING else line
        for line in sale.lines
    )
    return replace(sale, lines=lines)


def not_theirs(sale: Sale, voucher_id: int, text: str) -> Sale:
    """A voucher whose code names another customer."""
    row = sale.row + 1
    line = Line(f"row{row}", LineState.REFUSED, text, voucher_id, no=No(Why.NOT_THEIRS))
    others = tuple(one for one in sale.lines if one.text != text or one.is_busy or one.may_be_held)
    return replace(sale, row=row, lines=(*others, line))


def on_hold_entry(sale: Sale, entry: Entry, command: HoldVoucher, moment: Moment) -> Step:
    """What came of a hold. One that no row waits for, or that comes true after the sale was sent, is given back.

    A row of the same voucher that waits takes it over, and one that holds the voucher already keeps it: given back, it
    would be taken away from this very sale.
    """
    line = next((one for one in sale.lines if one.hold_ref == entry.ref), None)
    if line is None and entry.state is EntryState.DONE:
        line = _row_of(sale, command)
        if line is not None and line.state not in (LineState.HELD, LineState.USED):
            sale = change(sale, line.key, hold_ref=entry.ref)
    if line is not None and line.state in (LineState.HELD, LineState.USED):
        return sale, []
    if line is None or sale.phase is not Phase.OPEN:
        if entry.state is EntryState.DONE:
            return sale, [release(command.identifier, command.voucher_id, command.sale, moment)]
        return sale, []
    match entry.state:
        case EntryState.DONE:
            held = _held_voucher(line.voucher, entry)
            return change(sale, line.key, state=LineState.HELD, voucher=held, held_at=moment.now), []
        case EntryState.CHECKING:
            return change(sale, line.key, state=LineState.NO_ANSWER, problem=entry.problem), []
        case EntryState.REFUSED | EntryState.ATTENTION:
            said_no = is_refusal(entry.problem)
            state = LineState.REFUSED if said_no else LineState.NOT_NOW
            problem = entry.problem if said_no else "SALE-01"
            return change(sale, line.key, state=state, problem=problem, said=entry.said), []
    return sale, []


def _row_of(sale: Sale, command: HoldVoucher) -> Line | None:
    """The row of the hold's voucher, for its customer, that is held, or that has asked for it.

    One that still looks for the voucher is none: the answer on its way may be older than the hold.
    """
    line = line_of(sale, command.voucher_id)
    if line is None or sale.known is None or sale.known.identifier != command.identifier:
        return None
    return line if line.may_be_held or line.state is LineState.USED else None


def on_spoilt_hold(sale: Sale, entry: Entry) -> Sale:
    """A hold that cannot be read was not asked for; its row waits for nothing any more."""
    line = next((one for one in sale.lines if one.hold_ref == entry.ref and one.is_busy), None)
    if line is None or not entry.is_spoilt or entry.state.is_open:
        return sale
    return change(sale, line.key, state=LineState.NOT_NOW, problem="SALE-01")


def on_release_entry(entry: Entry, command: ReleaseVoucher) -> list[Effect]:
    """What came of giving a hold back. One that was used meanwhile (PX-003) is no hold any more; else it is kept."""
    used = entry.state is EntryState.REFUSED and entry.problem == "PX-003"
    return [ForgetHold(command.voucher_id)] if used else []


def _held_voucher(voucher: Voucher | None, entry: Entry) -> Voucher | None:
    """The row's voucher with the end of the hold that Perx gave, if it gave one."""
    if voucher is None:
        return None
    return replace(voucher, state=VoucherState.HELD, held_until=moment_of(entry.answer.get("held_until")))


def moment_of(text: object) -> datetime | None:
    """The moment that was kept as ISO 8601; None for anything else."""
    if not isinstance(text, str):
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at.tzinfo else None


def remembered(state: State, event: Event, commands: Sequence[Command]) -> State:
    """The state, knowing what this till asks of vouchers: Perx's word of them may be older than that, or mean that."""
    back = [one.voucher_id for one in commands if isinstance(one, ReleaseVoucher)]
    asked = [OpenHold(one.ref, one.identifier, one.voucher_id) for one in commands if isinstance(one, HoldVoucher)]
    holding = (*_unsettled(state.holding, event), *asked)[-REMEMBERED:]
    return replace(state, given_back=(*state.given_back, *back)[-REMEMBERED:], holding=holding)


def _unsettled(holding: tuple[OpenHold, ...], event: Event) -> tuple[OpenHold, ...]:
    """The holds that nobody has settled after this event."""
    match event:
        case StoreFailed():
            return tuple(one for one in holding if one.ref != event.ref)
        case EntryChanged(entry):
            others = tuple(one for one in holding if one.ref != entry.ref)
            return (*others, *_open_holds([entry]))
        case Restored():
            return _open_holds(event.hold_entries)
    return holding


def _open_holds(entries: Sequence[Entry]) -> tuple[OpenHold, ...]:
    return tuple(
        OpenHold(command.ref, command.identifier, command.voucher_id, entry.state is EntryState.CHECKING)
        for entry in entries
        if isinstance(command := entry.command, HoldVoucher) and entry.state.is_open
    )


def release(identifier: str, voucher_id: int, sale_id: Ref, moment: Moment) -> Store:
    """The command that gives a held voucher back."""
    return Store(ReleaseVoucher(ref=moment.mint(), identifier=identifier, voucher_id=voucher_id, sale=sale_id))


def take_out(sale: Sale, key: str, moment: Moment) -> Step:
    """Remove a row. What Perx holds is given back; what it may hold is given back once that is known."""
    line = next((one for one in sale.lines if one.key == key), None)
    if line is None or line.state is LineState.USED:
        return sale, []
    note = Note("voucher taken out", str(sale.id or ""), {"voucher": line.voucher_id})
    if line.state is LineState.HELD and sale.known and sale.id and line.voucher_id is not None:
        return drop(sale, key), [release(sale.known.identifier, line.voucher_id, sale.id, moment), note]
    return drop(sale, key), [note]


def give_back_all(sale: Sale, moment: Moment) -> list[Effect]:
    """Commands that give every held voucher of this sale back. Holds still under way follow by themselves."""
    if sale.known is None or sale.id is None:
        return []
    return [
        release(sale.known.identifier, line.voucher_id, sale.id, moment)
        for line in sale.lines
        if line.state is LineState.HELD and line.voucher_id is not None
    ]
