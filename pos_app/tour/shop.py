"""A whole shop in one process: sandbox, scanner cable, window and till. The tour and the journeys stand in it."""

from __future__ import annotations

from contextlib import AsyncExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from pos_app.app import Counter, Tempo, counter
from pos_app.domain.sale import SaleRecord
from pos_app.practice import Practice
from pos_app.settings import build
from pos_app.till.state import State
from pos_app.tour.hand import DisagreementError, Hand, until
from pos_app.tour.serial_line import SerialLine
from pos_app.ui.theme import Look
from pos_app.ui.window import TillWindow

RULE_DELAY_S = 1.0
SETTLE_AFTER_S = 4.0
TEMPO = Tempo(follow_after_s=(0.3, 0.3, 0.4, 0.5, 0.5, 1.0, 1.0, 2.0, 3.0, 5.0), look_after_s=(1.0, 2.0, 3.0, 4.0))

Tables = dict[str, dict[str, Any]]


class Shop:
    """The shop, its till and its Perx. `data` is a folder of its own; `tables` are settings over the usual ones."""

    def __init__(self, data: Path, tables: Tables | None = None, look: Look | None = None) -> None:
        self.data = data
        self.practice = Practice(data / "perx", rule_delay_s=RULE_DELAY_S)
        self.line = SerialLine(data / "scanner")
        self.window = TillWindow(look or Look())
        self.hand = Hand(self.window)
        self.counter: Counter | None = None
        self.known: list[str] = []
        self.queued = ""
        self._tables = tables or {}
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        self.window.show()
        self.practice.start()
        self.known = [one["identifier"] for one in self.practice.announced["customers"]]
        self.line.open()
        await self.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()
        self.window.close()
        self.window.deleteLater()
        self.line.close()
        self.practice.stop()

    async def open(self, *, give_back: bool = False) -> None:
        """Open the till on the shop's data. `give_back`: closing it is a proper exit, not a crash."""
        usual: Tables = {
            "scanner": {"port": self.line.port, "same_code_ms": 0},
            "outbox": {"settle_after_s": SETTLE_AFTER_S},
            "sound": {"on": False},
            "receipt": {"printer": "pdf", "pdf_dir": str(self.data / "slips")},
        }
        for section, values in self._tables.items():
            usual[section] = {**usual.get(section, {}), **values}
        settings = build(self.practice.settings(self.data / "till", **usual), self.practice.secrets)
        running = counter(settings, self.practice.secrets, self.window, tempo=TEMPO, give_back=give_back)
        self.counter = await self._stack.enter_async_context(running)
        await self.counter.people.expect(self.practice.staff())
        await until(lambda: self.state.scanner.state == "connected", "the scanner was never found")

    async def close(self) -> None:
        """Close the till; the shop stays."""
        await self._stack.aclose()
        self.counter = None

    @property
    def state(self) -> State:
        """What the till thinks. Errors: DisagreementError when it is closed."""
        if self.counter is None:
            raise DisagreementError("the till is not open")
        return self.counter.till.state

    @property
    def record(self) -> SaleRecord:
        """The completed sale that the screen shows. Errors: DisagreementError when it shows none."""
        record: SaleRecord | None = self.state.sale.record
        if record is None:
            raise DisagreementError("no completed sale is on the screen")
        return record

    @property
    def ledger(self) -> dict[str, Any]:
        """What really happened at Perx."""
        return self.practice.ledger()

    def customer(self, number: int = 0) -> dict[str, Any]:
        """A customer as the ledger has them now."""
        return dict(self.ledger["customers"][number])

    def voucher(self, code: str) -> dict[str, Any]:
        """A voucher as the ledger has it now."""
        return next(one for one in self.ledger["vouchers"] if one["voucher_code"] == code)

    def sale(self, ref: str) -> dict[str, Any]:
        """The one sale of a reference. Errors: DisagreementError when there is none, or more than one."""
        found = [one for one in self.ledger["transactions"] if one["reference"] == ref]
        if len(found) != 1:
            raise DisagreementError(f"the ledger has {len(found)} sales of {ref}")
        return dict(found[0])

    def points_of(self, ref: str) -> list[dict[str, Any]]:
        """The rows of points that the ledger has for one sale."""
        sale = self.sale(ref)
        return [row for row in self.ledger["history"] if row["sale_id"] == sale["id"]]

    def scan(self, text: str) -> None:
        """Hold a code under the scanner."""
        self.line.send(text.encode() + b"\r")

    def keys(self, *keys: str) -> None:
        """Tap keys of the keypad."""
        for key in keys:
            self.hand.tap({"00": "Double zero"}.get(key, key))

    def agree(self, fact: bool, otherwise: str) -> None:
        """Errors: DisagreementError with `otherwise` when this is not so."""
        if not fact:
            raise DisagreementError(otherwise)
