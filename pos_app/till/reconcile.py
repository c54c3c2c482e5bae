"""The till's sales of a day against what Perx shows of them: by reference, both ways, and only what differs. Pure.

A row that shows late is no difference (perx-api 6.1, 6.5, C strong), so what is still under way, or too young to
be missed, is counted apart.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from enum import Enum, StrEnum

from msgspec import Struct, field
from msgspec.structs import replace

from pos_app.domain.codes import Ref, short_ref
from pos_app.domain.commands import (
    Checkout,
    Command,
    HoldVoucher,
    RecordSale,
    RedeemVoucher,
    ReleaseVoucher,
    RevertVoucher,
    Spoilt,
)
from pos_app.domain.customers import RecordedSale
from pos_app.domain.entries import Entry, EntryState
from pos_app.domain.money import Money
from pos_app.domain.vouchers import Voucher, VoucherState
from pos_app.language import _

UNDER_WAY = (EntryState.SENDING, EntryState.CHECKING)


class What(StrEnum):
    """The kinds of difference."""

    MISSING = "missing"
    NOT_OURS = "not_ours"
    AMOUNT = "amount"
    DOUBLED = "doubled"
    FOREIGN = "foreign"
    NOT_USED = "not_used"
    USED = "used"
    USED_TWICE = "used_twice"


class Difference(Struct, frozen=True):
    """One thing that the till and Perx do not agree on.

    `ours` and `perx` are the amounts on either side, where there are any; `state` is the entry's word here.
    `by_hand`: a person settled it. `times`: how often Perx has it. Units: `at` aware UTC.
    """

    what: What
    ref: Ref
    identifier: str
    ours: Money | None = None
    perx: Money | None = None
    state: str = ""
    by_hand: bool = False
    times: int = 1
    voucher_id: int | None = None
    at: datetime | None = None


class Theirs(Struct, frozen=True):
    """What Perx shows of one customer: sales, the references in the points history, vouchers by id."""

    sales: tuple[RecordedSale, ...] = ()
    points_refs: frozenset[str] = frozenset()
    vouchers: Mapping[int, Voucher] = field(default_factory=dict)


class View(Struct, frozen=True):
    """How to look: what is younger than `young` may still be on its way; `mark` is what this till sends as its own.

    `known` are references of this till beyond the entries that are compared. Units: times aware UTC.
    """

    now: datetime
    start: datetime
    end: datetime
    young: timedelta = timedelta(seconds=60)
    mark: Mapping[str, str] = field(default_factory=dict)
    known: frozenset[str] = frozenset()


class Compared(Struct, frozen=True):
    """What a comparison found: differences; what was not sent yet; what may still be on its way."""

    differences: tuple[Difference, ...] = ()
    not_sent: tuple[Ref, ...] = ()
    on_the_way: tuple[Ref, ...] = ()

    def __add__(self, other: Compared) -> Compared:
        return Compared(
            self.differences + other.differences, self.not_sent + other.not_sent, self.on_the_way + other.on_the_way
        )


Sold = RecordSale | Checkout
Use = Checkout | RedeemVoucher
"""What uses a voucher: at once with its sale, or later when Perx was away."""


def compare(ours: list[Entry], theirs: Theirs, view: View) -> Compared:
    """One customer's entries of the day against Perx. `ours` must have been read after `theirs`, oldest first.

    Read in that order, a sale that was made meanwhile is never taken for somebody else's.
    """
    rows: dict[str, list[RecordedSale]] = {}
    for row in theirs.sales:
        rows.setdefault(row.ref, []).append(row)
    differences: list[Difference] = []
    not_sent: list[Ref] = []
    on_the_way: list[Ref] = []
    for entry in ours:
        if not isinstance(entry.command, Sold):
            continue
        match _sale(entry, entry.command, rows.get(entry.ref, []), theirs, view):
            case Difference() as told:
                differences.append(told)
            case Late.NOT_SENT:
                not_sent.append(entry.ref)
            case Late.ON_THE_WAY:
                on_the_way.append(entry.ref)
    differences += [*_vouchers(ours, theirs, view), *foreign(ours, theirs, view)]
    return Compared(tuple(differences), tuple(not_sent), tuple(on_the_way))


class Late(Enum):
    """What is no difference, but not done either."""

    NOT_SENT = "not sent"
    ON_THE_WAY = "on the way"


def _sale(
    entry: Entry, command: Sold, rows: list[RecordedSale], theirs: Theirs, view: View
) -> Difference | Late | None:
    amount = Money(command.amount_minor, command.currency)
    told = Difference(
        What.MISSING,
        entry.ref,
        command.identifier,
        amount,
        rows[0].amount if rows else None,
        entry.state.value,
        times=len(rows),
        at=entry.made_at,
    )
    if len(rows) > 1:
        return replace(told, what=What.DOUBLED)
    if entry.state in UNDER_WAY:
        return Late.ON_THE_WAY
    there = bool(rows) or entry.ref in theirs.points_refs
    if entry.state is EntryState.DONE:
        if not there:
            return Late.ON_THE_WAY if _is_young(entry, view) else told
        is_other = told.perx is not None and told.perx != amount
        return replace(told, what=What.AMOUNT) if is_other else None
    if there:
        return replace(told, what=What.NOT_OURS)
    return Late.NOT_SENT if entry.state is EntryState.WAITING else None


def _is_young(entry: Entry, view: View) -> bool:
    touched = max(at for at in (entry.made_at, entry.sent_at, entry.settled_at) if at is not None)
    return view.now - touched < view.young


def foreign(ours: list[Entry], theirs: Theirs, view: View) -> Iterator[Difference]:
    """Sales at Perx that carry this till's mark, and a reference that it never made."""
    known = {entry.ref for entry in ours} | view.known
    for ref, times in Counter(one.ref for one in theirs.sales if _is_marked(one, view)).items():
        if ref not in known:
            row = next(one for one in theirs.sales if one.ref == ref and _is_marked(one, view))
            identifier = ours[0].command.identifier if ours else ""
            yield Difference(What.FOREIGN, Ref(ref), identifier, perx=row.amount, times=times, at=row.at)


def _is_marked(row: RecordedSale, view: View) -> bool:
    in_day = row.at is None or view.start <= row.at < view.end
    return in_day and bool(view.mark) and view.mark.items() <= row.properties.items()


# ---------------------------------------------------------------- vouchers


def _vouchers(ours: list[Entry], theirs: Theirs, view: View) -> Iterator[Difference]:
    """Vouchers that this till touched: used per our slip but not per Perx, and the other way."""
    touched: dict[int, list[Entry]] = {}
    for entry in ours:
        for voucher_id in entry.command.vouchers:
            touched.setdefault(voucher_id, []).append(entry)
    for voucher_id, entries in touched.items():
        voucher = theirs.vouchers.get(voucher_id)
        is_used = voucher is not None and voucher.state is VoucherState.REDEEMED
        last = _last_word(entries)
        if last is None or last.state in UNDER_WAY:
            continue
        is_ours = isinstance(last.command, Use) and last.state is EntryState.DONE
        told = Difference(
            What.NOT_USED if is_ours else What.USED,
            _sale_of(last.command),
            last.command.identifier,
            state=last.state.value,
            voucher_id=voucher_id,
            at=voucher.redeemed_at if voucher and is_used else last.made_at,
        )
        times = len({_sale_of(entry.command) for entry in _since_reverted(entries) if _has_used(entry)})
        if times > 1:
            yield replace(told, what=What.USED_TWICE, times=times)
        elif is_ours != is_used and not (is_ours and _is_young(last, view)):
            yield told


def _since_reverted(entries: list[Entry]) -> list[Entry]:
    """What came after the last use of the voucher that Perx took back: nothing before it counts any more."""
    back = [
        i for i, one in enumerate(entries) if isinstance(one.command, RevertVoucher) and one.state is EntryState.DONE
    ]
    return entries[back[-1] + 1 :] if back else entries


def _has_used(entry: Entry) -> bool:
    return isinstance(entry.command, Use) and entry.state is EntryState.DONE


def _sale_of(command: Command | Spoilt) -> Ref:
    return command.sale if isinstance(command, RedeemVoucher) else command.ref


def _last_word(entries: list[Entry]) -> Entry | None:
    """The entry that says how the voucher stands: the one that used it; else the last one that may have.

    None when the till has let it go: what became of it since is nobody's fault here. Nor is there a word of a voucher
    on trust, or of one that is being taken back, that still waits for Perx or a person: they tell of it by themselves.
    """
    entries = _since_reverted(entries)
    if any(isinstance(one.command, RevertVoucher) and one.state is not EntryState.REFUSED for one in entries):
        return None
    used = [entry for entry in entries if _has_used(entry)]
    if used:
        return used[-1]
    word: Entry | None = None
    for entry in entries:
        match entry.command:
            case HoldVoucher() if entry.state is not EntryState.REFUSED:
                word = entry
            case ReleaseVoucher() if entry.state is EntryState.DONE:
                word = None
            case RedeemVoucher() if entry.state is not EntryState.REFUSED:
                word = None
            case Checkout():
                word = entry
    return word


# ---------------------------------------------------------------- in words


def sentence(told: Difference, money: Callable[[Money], str]) -> str:
    """A difference in one sentence; `money` writes an amount."""
    ours = money(told.ours) if told.ours is not None else ""
    perx = money(told.perx) if told.perx is not None else ""
    match told.what:
        case What.MISSING if told.by_hand:
            return _("The sale of {ours} was marked as done by hand, but Perx does not show it.").format(ours=ours)
        case What.MISSING:
            return _("The sale of {ours} is done here, but Perx does not show it.").format(ours=ours)
        case What.NOT_OURS:
            return _("Perx has the sale of {ours}, but here it {state}.").format(ours=ours, state=_state(told))
        case What.AMOUNT:
            return _("The sale is {ours} here, and {perx} at Perx.").format(ours=ours, perx=perx)
        case What.DOUBLED:
            return _("Perx has the sale of {ours} {n} times.").format(ours=ours, n=told.times)
        case What.FOREIGN if told.times > 1:
            said = _("Perx has a sale of {perx} in this till's name {n} times, but this till never made it.")
            return said.format(perx=perx, n=told.times)
        case What.FOREIGN:
            return _("Perx has a sale of {perx} in this till's name, but this till never made it.").format(perx=perx)
        case What.NOT_USED:
            said = _("Voucher {id} is used per our slip, but Perx does not show it as used.")
            return said.format(id=told.voucher_id)
        case What.USED_TWICE:
            said = _("Voucher {id} is used by {n} sales of this till, but it counts only once.")
            return said.format(id=told.voucher_id, n=told.times)
        case What.USED:
            said = _("Perx shows voucher {id} as used, but no sale of this till used it.")
            return said.format(id=told.voucher_id)


def _state(told: Difference) -> str:
    if told.by_hand:
        return _("was given up")
    known = {EntryState.REFUSED: _("was refused"), EntryState.ATTENTION: _("needs attention")}
    return known.get(EntryState(told.state), _("still waits to be sent"))


def reference(told: Difference) -> str:
    """The last digits of the reference, for speaking about it; a foreign one may be of any shape, or none."""
    return short_ref(told.ref) if told.ref else _("none")
