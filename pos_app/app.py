"""The composition root: builds, owns and closes everything. The only file that knows every layer, and qasync."""

from __future__ import annotations

import asyncio
import gc
import itertools
import logging
import os
import random
import secrets
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, closing, suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication
from qasync import QEventLoop

from pos_app.devices.printer import PrinterLink
from pos_app.devices.scanner import Link as ScannerLink
from pos_app.devices.scanner import Scan, Scanner
from pos_app.devices.sound import Speaker
from pos_app.domain.codes import Ref, ref_from_digits
from pos_app.firstrun.window import set_up, target_of, wanted
from pos_app.firstrun.work import Around
from pos_app.front import Unstarted, open_window, stopped_screen
from pos_app.instance import FRONT, LEAVE, Answer, Line, LineError, asked_to_end, brought_to_front
from pos_app.language import speaking
from pos_app.outbox.backup import tended
from pos_app.outbox.bound import Bound
from pos_app.outbox.database import Database, StorageError
from pos_app.outbox.facts import Facts
from pos_app.outbox.inquiry import Inquiry
from pos_app.outbox.journal import Journal
from pos_app.outbox.outbox import Outbox
from pos_app.outbox.people import People
from pos_app.outbox.sales import Sales
from pos_app.outbox.shifts import Shifts
from pos_app.outbox.transitions import Pace
from pos_app.parts import custom, perx_profile, pin_pepper, place_of, scanner_settings, shop_of
from pos_app.perx.call import Exchange
from pos_app.perx.client import PerxClient
from pos_app.printing import Slips
from pos_app.reports import Reports
from pos_app.second import CustomerDisplay
from pos_app.settings import OutboxSection, ScreenSection, Settings, SettingsError, VaultError
from pos_app.start import Begun, configured_till, practice_till
from pos_app.teaching import codes_beside, next_till, supplies, training_till
from pos_app.till import events as ev
from pos_app.till import staff, training
from pos_app.till.backoffice import BackOffice, Papers, approval
from pos_app.till.dayend import Books
from pos_app.till.deliver import Delivery
from pos_app.till.leaving import Let
from pos_app.till.shiftwork import Desk
from pos_app.till.shop import Shop
from pos_app.till.state import Link, Phase, State
from pos_app.till.till import Till
from pos_app.till.work import FOLLOW_AFTER_S, Tools
from pos_app.ui.present import present
from pos_app.ui.screen import Screen
from pos_app.ui.window import TillWindow
from pos_app.watch import beats, farewell, restarted
from pos_app.workbench import workbench
from pos_app.wrong import Wrong, end_in_time, write_log

if TYPE_CHECKING:
    from pos_app.cli import Arguments

log = logging.getLogger(__name__)

LEAVE_WITHIN_S = 3.0


def mint() -> Ref:
    """A fresh reference: 22 digits of the system's randomness, and two check digits."""
    return ref_from_digits(f"{secrets.randbelow(10**22):022d}")


# ---------------------------------------------------------------- the running till


class Counter(Struct, frozen=True):
    """A till that runs: the core, its window, and what they stand on."""

    till: Till
    window: TillWindow
    outbox: Outbox
    sales: Sales
    people: People
    scanner: Scanner


class Tempo(Struct, frozen=True):
    """How often the running till looks: for points that are on their way, and for a lost answer. Units: seconds."""

    follow_after_s: tuple[float, ...] = FOLLOW_AFTER_S
    look_after_s: tuple[float, ...] = (1.0, 3.0, 8.0, 20.0, 40.0, 60.0)

    def pace(self, told: OutboxSection) -> Pace:
        """The outbox's pace, as the settings tell it."""
        return Pace(told.settle_after_s, self.look_after_s, told.retry_base_s, told.retry_cap_s)


@asynccontextmanager
async def counter(
    settings: Settings,
    env: Mapping[str, str],
    window: TillWindow,
    *,
    tempo: Tempo | None = None,
    give_back: bool = True,
) -> AsyncIterator[Counter]:
    """Run a till in this window until the block is left, then close it in good order.

    `give_back` False leaves held vouchers as they are, as a crash would.
    Errors: StorageError when the data cannot be used, VaultError when a secret is missing.
    """
    loop, tempo = asyncio.get_running_loop(), tempo or Tempo()
    async with AsyncExitStack() as stack:
        wrong = Wrong(lambda: till.post(ev.WentWrong("APP-01")))
        state = _at_first(shop_of(settings))
        till = Till(state, clock=_utc_now, mint=mint, on_wrong=wrong)
        stack.enter_context(wrong.everywhere(loop))
        database = await stack.enter_async_context(tended(settings.database))
        perx = await stack.enter_async_context(
            PerxClient(perx_profile(settings, env), on_exchange=lambda seen: till.post(exchange_seen(seen)))
        )
        outbox = Outbox(
            database, pace=tempo.pace(settings.outbox), on_change=lambda entry: till.post(ev.EntryChanged(entry))
        )
        stack.push_async_callback(outbox.aclose)
        stack.push_async_callback(till.aclose)
        people = People(database, pin_pepper(env), on_change=lambda: till.post(staff.PeopleChanged()))
        sales, books = Sales(database), Books(outbox, Inquiry(database))
        slips = Slips(settings, lambda: till.state.shop, _on_printer(till, loop))
        desk = _desk(settings, database, till, slips)
        papers = Papers(books, sales, perx, custom(settings), approval(people), shifts=desk.shifts,
                        close_by_two=settings.shift.close_approval)  # fmt: skip
        kept = outbox, Facts(database), Journal(database), sales, people
        speaker = stack.enter_context(closing(Speaker(settings.sound.on, settings.sound.volume_percent)))
        scanner = _scanner(settings, till, loop)
        bench = workbench(settings, env, scanner.trace, slips, stack.enter_context(ExitStack()))
        hands = slips.put, papers.day_end(), desk, Bound(database)
        tools = Tools(perx, *kept, *hands, tempo.follow_after_s, speaker.play, bench=bench)
        till.post(staff.PeopleListed(tuple(await people.everyone())))  # before the first picture: it may be locked
        till.listen(lambda state: window.render(present(state)))
        await till.start(tools)
        window.happened.connect(till.post)  # no tap may come before the sale of the last run is back: it would drop it
        stack.callback(window.happened.disconnect, till.post)

        delivery = Delivery(perx, outbox.asked_hold, outbox.unsettled, tools.pins.take)
        stack.push_async_callback(_end, loop.create_task(_forever(outbox, delivery, wrong), name="outbox"))
        stack.push_async_callback(_end, loop.create_task(_tick(till), name="clock"))
        stack.push_async_callback(_stop_scanner, scanner)
        scanner.start()
        stack.push_async_callback(slips.aclose)
        slips.start()
        till.post(ev.Started())
        stack.enter_context(Line(settings.data_dir, _outside(till, window, papers)))
        try:
            yield Counter(till, window, outbox, sales, people, scanner)
        finally:
            if give_back:
                await _leave(till, outbox, tools.bound)


def _at_first(shop: Shop) -> State:
    return State(_utc_now(), shop, language=shop.language, link=Link(salt=random.random()))


def _outside(till: Till, window: TillWindow, papers: Papers) -> Answer:
    """What answers other programs: another start brings the window to the front, the rest is the back office's."""
    office = BackOffice(papers)

    async def answer(ask: str, given: Mapping[str, Any]) -> Mapping[str, Any]:
        if ask == FRONT:
            window.come_to_front()
            return {}
        if ask == LEAVE:
            return await _asked_to_leave(till, papers, str(given.get("by") or ""), str(given.get("pin") or ""))
        return await office.answer(ask, given)

    return answer


async def _asked_to_leave(till: Till, papers: Papers, by: str, pin: str) -> dict[str, Any]:
    """Close the till for a program; not in the middle of a sale, and a kiosk only for a supervisor."""
    sale = till.state.sale
    if not sale.is_empty and sale.phase is not Phase.DONE:
        return {"problem": "TILL-03"}
    denied = await papers.approve(by, pin) if till.state.shop.kiosk else None
    if denied is not None:
        return {"problem": denied.problem}
    till.post(Let(by))
    return {}


async def _leave(till: Till, outbox: Outbox, bound: Bound) -> None:
    """Give back what the open sale holds, and wait a moment for it to reach Perx."""
    till.post(staff.Closing())
    with suppress(TimeoutError):
        async with asyncio.timeout(LEAVE_WITHIN_S):
            while till.state.link.online and (await outbox.holds() or await bound.is_ending()):
                await till.changed()


def _utc_now() -> datetime:
    return datetime.now(UTC)


async def _forever(outbox: Outbox, delivery: Delivery, wrong: Callable[[BaseException], None]) -> None:
    """Keep the sender alive: whatever ends it is reported, and it starts again."""
    while True:
        try:
            await outbox.run(delivery.send, delivery.read_back)
        except Exception as exc:  # noqa: BLE001 - a sender that died silently would strand every sale
            wrong(exc)
        await asyncio.sleep(1)


async def _tick(till: Till) -> None:
    """Tell the till of every second, on the second, and tidy up after it.

    Python's collector runs in whichever thread happens to allocate, also in the middle of a paint event; a widget
    that it frees there takes the process down. So it runs here only: on the main thread, between events.
    """
    was_on = gc.isenabled()
    gc.disable()
    gc.freeze()  # what the program itself is made of need not be looked through again
    try:
        for second in itertools.count(1):
            await asyncio.sleep(1 - datetime.now(UTC).microsecond / 1_000_000)
            till.post(ev.Ticked())
            gc.collect(1 if second % 60 else 2)
    finally:
        gc.unfreeze()
        if was_on:
            gc.enable()


async def _end(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.wait([task], timeout=2)


def exchange_seen(exchange: Exchange) -> ev.ExchangeSeen:
    """What the till is told of one exchange with Perx."""
    return ev.ExchangeSeen(exchange.ok, exchange.problem, exchange.drift_s, exchange.call, exchange.ms)


def _scanner(settings: Settings, till: Till, loop: asyncio.AbstractEventLoop) -> Scanner:
    """The scanner, its callbacks brought over to the main thread."""

    def on_scan(scan: Scan) -> None:
        loop.call_soon_threadsafe(till.post, ev.Scanned(scan.text, scan.symbology, scan.fault))

    def on_link(link: ScannerLink) -> None:
        loop.call_soon_threadsafe(till.post, ev.ScannerSeen(link.state, link.port, link.detail))

    return Scanner(scanner_settings(settings), on_scan, on_link)


async def _stop_scanner(scanner: Scanner) -> None:
    scanner.stop()


def _desk(settings: Settings, database: Database, till: Till, slips: Slips) -> Desk:
    """The shifts of this till, and the way of their reports onto paper and into files."""
    reports = Reports(settings, lambda: till.state.shop, slips.on_paper)
    return Desk(Shifts(database, place_of(settings)), reports.put, reports.save)


def _on_printer(till: Till, loop: asyncio.AbstractEventLoop) -> Callable[[PrinterLink], None]:
    """The printer's callback, brought over to the main thread."""

    def on_link(link: PrinterLink) -> None:
        loop.call_soon_threadsafe(till.post, ev.PrinterSeen(link.state, link.port, link.detail))

    return on_link


# ---------------------------------------------------------------- the program


def run_till(args: Arguments) -> int:
    """Open the till and run it until its window is closed. Exit code 0, or 2 when it cannot start."""
    app = QApplication.instance() or QApplication(sys.argv[:1])
    app.setApplicationName("pos-app")
    QGuiApplication.setQuitOnLastWindowClosed(False)
    with QEventLoop(app) as loop, ExitStack() as stack:
        begin = partial(practice_till, args.data, stack) if args.sandbox else partial(configured_till, args.config)
        if args.command == "practice":
            begin = partial(training_till, args.config, args.data, stack)
        is_real = not args.sandbox and args.command != "practice"
        mend = partial(_mended, args.config) if is_real else None
        return end_in_time(farewell(int(loop.run_until_complete(_run(begin, mend)))), LEAVE_WITHIN_S)


async def _run(begin: Callable[[], Begun | None], mend: Mend | None = None) -> int:
    """Run one till; whatever keeps it from starting is set right with the shop, or said on the screen."""
    closed = asyncio.Event()
    with asked_to_end(closed):
        while True:
            begun: Begun | None = None
            try:
                begun = begin()
                if begun is not None:
                    await _tills(begun, closed)
                return 0
            except (SettingsError, VaultError, StorageError, LineError) as exc:
                # Two starts at once: the one that came second to the lock finds the other's line by now.
                in_use = begun is not None and isinstance(exc, StorageError) and exc.problem == "DISK-05"
                if in_use and begun is not None and brought_to_front(begun.settings.data_dir):
                    return 0
                _tell(exc)
                if mend is not None and await mend(exc, closed):
                    continue
                if closed.is_set():
                    return 2
                with speaking(begun.settings.shop.language if begun is not None else ""):
                    screen = stopped_screen(exc)
                return await _say_why(screen, closed)


Mend = Callable[[Exception, asyncio.Event], Awaitable[bool]]
"""Sets right with a person what keeps the till from starting; whether it may be started again."""


def _tell(exc: Unstarted) -> None:
    log.info("the till cannot start: %s", exc)
    if sys.stderr is not None:
        sys.stderr.write(f"{exc}\n")
        sys.stderr.flush()


async def _mended(config: Path | None, exc: Exception, closed: asyncio.Event) -> bool:
    """The set-up, where the trouble is one that a shop can set right alone."""
    around = Around(target_of(config, os.environ), os.environ)
    setup = wanted(exc, around.target)
    return setup is not None and await set_up(setup, around, closed)


async def _tills(home: Begun, closed: asyncio.Event) -> None:
    """One till after the other in one window: the real one, a training one, and back."""
    with ExitStack() as stack:
        window, now = open_window(home.settings.screen, closed), home
        stack.callback(window.deleteLater)
        while goes_to := await _serve(now, window, closed):
            closed.clear()
            now = next_till(goes_to, home, now, stack)
        window.hide()


async def _serve(begun: Begun, window: TillWindow, closed: asyncio.Event) -> str:
    """Run one till until it is left; where to: "" when the program ends."""
    settings = begun.settings
    has_log = write_log(settings.data_dir / "log", settings.log.level)
    async with AsyncExitStack() as stack:
        running = await stack.enter_async_context(counter(settings, begun.env, window))
        second = stack.enter_context(CustomerDisplay(settings.screen, window))
        running.till.listen(lambda state: _shown(state, window, second, closed))
        stack.push_async_callback(_end, asyncio.create_task(beats(), name="beats"))
        for trouble in (restarted(), "" if has_log else "LOG-01", begun.trouble):
            if trouble:
                log.info("the till says %s", trouble)
                running.till.post(ev.WentWrong(trouble))
        if begun.practice is not None:
            await running.people.expect(begun.practice.staff())
            running.till.post(training.Supplied(supplies(begun.practice, from_till=begun.from_till)))
            scan = partial(ev.Scanned, typed=True)
            stack.enter_context(codes_beside(begun, window, lambda text: running.till.post(scan(text))))
        log.info("the till is open: a scan or a tap counts from now on")
        await closed.wait()
        return running.till.state.training.goes_to


def _shown(state: State, window: TillWindow, second: CustomerDisplay, closed: asyncio.Event) -> None:
    window.render(present(state))
    second.show(state)
    if state.left:
        closed.set()


async def _say_why(screen: Screen, closed: asyncio.Event) -> int:
    """The till cannot start: say why on the screen, and wait for the window to close."""
    window = open_window(ScreenSection(full_screen=False), closed)
    window.happened.connect(lambda _event: closed.set())
    window.render(screen)
    await closed.wait()
    window.deleteLater()
    return 2
