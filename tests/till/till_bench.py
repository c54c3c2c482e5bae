"""A till core without a world: steps are taken by hand, references count up, and what was asked for is kept."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from pos_app.domain.chimes import Chime
from pos_app.domain.codes import Ref, ref_from_digits
from pos_app.domain.commands import Command
from pos_app.domain.customers import Balance, Customer
from pos_app.domain.entries import Entry, EntryState
from pos_app.domain.money import Money, Points
from pos_app.domain.people import Person, Role
from pos_app.domain.vouchers import Voucher, VoucherState
from pos_app.till import approve, pinning, staff
from pos_app.till import effects as ef
from pos_app.till import events as ev
from pos_app.till.staff import Policy
from pos_app.till.state import Moment, State
from pos_app.till.step import step
from pos_app.ui.present import present

START = datetime(2026, 6, 1, 6, 32, tzinfo=UTC)
SOMCHAI = Customer("6591234821", 501, "Somchai P.")
BALANCE = Balance(77, points=Points(2480), tier="Gold")


def voucher(number: int, **values: object) -> Voucher:
    """A voucher of the bench's customer: 10.00 off from 50.00."""
    usual = {
        "name": f"Voucher {number}",
        "state": VoucherState.ISSUED,
        "owner": SOMCHAI.identifier,
        "code": f"CODE{number}",
        "value": Money(1000, "SGD"),
        "minimum": Money(5000, "SGD"),
        "valid_to": START + timedelta(days=30),
    }
    return Voucher(number, **{**usual, **values})


VOUCHERS = (voucher(1), voucher(2, minimum=None), voucher(3, state=VoucherState.REDEEMED, redeemed_at=START))


NOOR, RAVI = Person("Noor H.", Role.SUPERVISOR, has_badge=True), Person("Ravi K.", Role.SUPERVISOR)
MAI, BEN = Person("Mai A.", Role.CASHIER, has_badge=True), Person("Ben T.", Role.CASHIER)


class Bench:
    """One till core; `effects` are all that it asked for but sounds, which are `chimes`; oldest first."""

    def __init__(self) -> None:
        self.state = State(START)
        self.effects: list[ef.Effect] = []
        self.chimes: list[Chime] = []
        self._minted = 0
        self._entries = 0

    def mint(self) -> Ref:
        self._minted += 1
        return ref_from_digits(f"{self._minted:022d}")

    def happen(self, *events: ev.Event, after_s: float = 0.0) -> list[ef.Effect]:
        """Let events happen; what they asked for. Every state on the way is drawn, so that none breaks the screen."""
        asked: list[ef.Effect] = []
        for event in events:
            now = self.state.now + timedelta(seconds=after_s)
            self.state, effects = step(self.state, event, Moment(now, self.mint))
            present(self.state)
            asked += [one for one in effects if not isinstance(one, ef.Ring)]
            self.chimes += [one.chime for one in effects if isinstance(one, ef.Ring)]
        self.effects += asked
        return asked

    def customer(self, vouchers: tuple[Voucher, ...] = VOUCHERS) -> None:
        """The bench's customer is on the counter, with vouchers."""
        self.happen(ev.Scanned('{"identifier": "6591234821"}'))
        self.customer_comes(self.state.sale.look, vouchers)

    def customer_comes(self, look: int, vouchers: tuple[Voucher, ...] = VOUCHERS) -> None:
        """Perx answers a look-up of the bench's customer."""
        self.happen(ev.CustomerFound(look, SOMCHAI), ev.CustomerDetailed(look, BALANCE, vouchers))

    def stored(self, kind: type[Command] | None = None) -> list[Command]:
        """The commands that were to be written down, of one kind or all."""
        commands = [one.command for one in self.effects if isinstance(one, ef.Store | pinning.StorePin)]
        return [one for one in commands if kind is None or isinstance(one, kind)]

    def entry(self, command: Command, state: EntryState, **values: object) -> Entry:
        """News of a command's entry."""
        self._entries += 1
        made = Entry(self._entries, command, state, self.state.now)
        entry = replace(made, **values)  # type: ignore[arg-type]
        self.happen(ev.EntryChanged(entry))
        return entry

    def people(self, *people: Person, sign_on: str = "auto", **policy: object) -> None:
        """Who is known on this till, and what the shop wants of them."""
        shop = replace(self.state.shop, people=Policy(sign_on, **policy))  # type: ignore[arg-type]
        self.state = replace(self.state, shop=shop)
        self.happen(staff.PeopleListed(people))

    def signed_on(self, person: Person) -> None:
        """Somebody signs on by a badge."""
        [asked] = [one for one in self.happen(ev.Scanned("POS:STAFF:A-BADGE")) if isinstance(one, approve.Prove)]
        self.happen(approve.Proved(asked.number, person))

    def pass_s(self, seconds: int) -> list[ef.Effect]:
        """So many seconds pass, one tick each."""
        return [one for _ in range(seconds) for one in self.happen(ev.Ticked(), after_s=1)]

    def hold(self, number: int) -> Command:
        """Tap a voucher and let Perx hold it."""
        self.happen(ev.VoucherTapped(number))
        command = self.stored()[-1]
        self.entry(command, EntryState.DONE)
        return command

    def bill(self, *keys: str) -> None:
        self.happen(*(ev.KeyTapped(key) for key in keys))

    def offline(self) -> None:
        self.happen(ev.ExchangeSeen(False, "NET-01"), ev.ExchangeSeen(False, "NET-01"))

    @property
    def lines(self) -> list[str]:
        return [line.state.value for line in self.state.sale.lines]
