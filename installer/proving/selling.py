"""At the counter: sales by scanner and finger, an outage, a crash, a freeze, a sleep."""

from __future__ import annotations

import os
import shutil
import signal
import time
from collections.abc import Callable

from proving.counter import Counter
from proving.display import until
from proving.proof import Proof, agree
from proving.setups import HOME

SLEPT_S = 25.0
"""Longer than the watchdog's patience with a till that stands still (20 s)."""


def _opens(proof: Proof) -> str:
    counter = proof.counter
    proof.times["cold_start"] = round(counter.open(), 2)
    until(lambda: counter.asked("oauth/token"), "the till never asked Perx for a token")
    proof.display.still()
    proof.display.picture("ready")
    return f"ready after {proof.times['cold_start']} s"


def _begins_a_shift(proof: Proof) -> str:
    counter = proof.counter
    counter.tap("Menu", on="start")
    proof.display.still()
    counter.tap("Shift", on="menu")
    proof.display.still()
    counter.tap("Open a shift", on="shift")
    proof.display.still()
    proof.display.picture("shift")
    code, told = counter.ask("shift", "x", "--json")
    agree(code == 0 and told["report"]["number"] == 1, f"no shift is open: {code} {told}")
    proof.display.keys("Escape")
    proof.display.still()
    return "a shift is opened by mouse, in its menu"


def _scans(proof: Proof) -> str:
    counter = proof.counter
    member = counter.customer(0)
    before = counter.asked("/vouchers")
    counter.scan(member["identifier"])
    until(lambda: counter.asked("/vouchers") > before, "no scan arrived through the COM port")
    proof.display.still()
    proof.display.picture("customer")
    return f"bytes on the serial line found member {member['identifier'][-4:]}"


def _holds(proof: Proof) -> str:
    counter = proof.counter
    counter.scan("LUMEN10")
    until(lambda: _voucher(counter)["state"] == "redemption_in_progress", "the voucher was not held")
    proof.display.still()
    proof.display.picture("voucher")
    return "a voucher by scan, held in Perx's ledger"


def _voucher(counter: Counter) -> dict[str, object]:
    return next(dict(one) for one in counter.perx.ledger()["vouchers"] if one["voucher_code"] == "LUMEN10")


def _sells(proof: Proof) -> str:
    counter = proof.counter
    before = counter.sales()
    counter.tap("5", "6", "Double zero")
    proof.display.still(0.4)
    proof.display.picture("bill")
    counter.tap("Complete")
    until(lambda: _voucher(counter)["state"] == "redeemed", "the sale was not committed")
    agree(counter.sales() == before + 1, "there is not exactly one sale more")
    proof.display.still(2.0)
    proof.display.picture("done")
    slips = counter.data / "slips"
    until(lambda: list(slips.glob("*.pdf")), "no slip was written")
    slip = next(slips.glob("*.pdf"))
    agree(slip.read_bytes().startswith(b"%PDF"), "the slip is no PDF")
    shutil.copyfile(slip, proof.folder / "slip.pdf")
    return f"56.00 less the voucher, by mouse; one sale in the ledger, slip of {slip.stat().st_size} bytes"


def _queues(proof: Proof) -> str:
    counter = proof.counter
    counter.tap("Complete")  # the same place: Next customer
    proof.display.still(0.6)
    counter.perx.kill()
    counter.scan(counter.customer_known(0))
    proof.display.still(3.0)
    counter.tap("2", "0", "Double zero")
    proof.display.still(0.4)
    proof.display.picture("outage")
    counter.tap("Complete")  # Save sale
    until(lambda: counter.waiting() == 1, "nothing was queued", 60, 1)
    proof.display.still()
    proof.display.picture("queued")
    return "Perx killed; the sale is saved, 1 entry waits"


def _second_start(proof: Proof) -> str:
    done = proof.prefix.run(f"{HOME}\\pos-app-cli.exe", "run", within_s=60)
    agree(done.returncode == 0 and "brought to the front" in done.stdout, f"it said {done.stdout!r}")
    return "a second start brings the open till to the front"


def _open_sale(counter: Counter) -> None:
    counter.tap("Complete")
    counter.display.still(0.6)
    counter.scan(counter.customer_known(0))
    counter.display.still(2.0)
    counter.tap("3", "3", "Double zero")
    counter.display.still(0.6)


def _survives(proof: Proof, how: Callable[[int], None], name: str, code: str) -> str:
    counter = proof.counter
    old = counter.processes("run")
    agree(len(old) == 1, f"{len(old)} tills run")
    how(old[0])
    until(lambda: [one for one in counter.processes("run") if one not in old], "it was not started again", 90)
    until(lambda: proof.display.windows("^Till$"), "its window did not come back", 90)
    until(lambda: _said(counter, code), f"it does not say {code}", 60)
    proof.display.still(2.0)
    proof.display.picture(name)
    until(lambda: counter.waiting() == 1, "the queue is not what it was", 60, 1)
    return f"started again into the same sale, says {code}; 1 entry still waits"


def _said(counter: Counter, code: str) -> bool:
    log = counter.data / "log" / "till.log"
    return log.exists() and f"the till says {code}" in log.read_text("utf-8", "replace")


def _crashes(proof: Proof) -> str:
    _open_sale(proof.counter)
    proof.display.picture("open-sale")
    return _survives(proof, lambda pid: os.kill(pid, signal.SIGKILL), "after-crash", "APP-03")


def _freezes(proof: Proof) -> str:
    return _survives(proof, lambda pid: os.kill(pid, signal.SIGSTOP), "after-freeze", "APP-04")


def _sleeps(proof: Proof) -> str:
    """A machine that sleeps stops all of it at once, and afterwards the till must not be taken for frozen."""
    counter = proof.counter
    till, all_of_it = counter.processes("run"), counter.processes()
    agree(len(till) == 1 and len(all_of_it) >= 2, f"{len(till)} tills in {len(all_of_it)} processes")
    for pid in all_of_it:
        os.kill(pid, signal.SIGSTOP)
    time.sleep(SLEPT_S)  # nothing can be waited for: nothing runs
    for pid in reversed(all_of_it):
        os.kill(pid, signal.SIGCONT)
    until(lambda: counter.waiting() == 1, "it does not answer after its sleep", 60, 1)
    agree(counter.processes("run") == till, "the watchdog took a sleep for a freeze")
    return f"{SLEPT_S:.0f} s asleep, till and watchdog: neither was started again"


STEPS: tuple[tuple[str, Callable[[Proof], str]], ...] = (
    ("opened", _opens),
    ("shift", _begins_a_shift),
    ("customer by scan", _scans),
    ("voucher held", _holds),
    ("sale and slip", _sells),
    ("outage and queue", _queues),
    ("second start", _second_start),
    ("crash", _crashes),
    ("freeze", _freezes),
    ("sleep", _sleeps),
)
