"""The steps of the proof, in their order. Each says what it has seen, or raises ProofError."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from making import contents, freeze, setup
from making.places import version
from wine.prefix import Prefix

from pos_app.outbox.checksums import connect
from pos_app.outbox.schema import MIGRATIONS
from proving.counter import Counter
from proving.display import Display, ProofError, until
from proving.setups import HOME, OLD, Machine, old_setup, signer

MOST_TIMES_BARE = 1.5
TILL_OPEN, DATA_NEWER, CONFIG_WRONG, NO_PREVIOUS, WAITS = 10, 11, 12, 17, 20


@dataclass
class Proof:
    """What the steps work on. `times` are measured, in seconds."""

    folder: Path
    prefix: Prefix
    display: Display
    machine: Machine
    counter: Counter
    times: dict[str, float] = field(default_factory=dict)
    queued: int = 0


def agree(fact: object, otherwise: str) -> None:
    """Errors: ProofError with `otherwise` when this is not so."""
    if not fact:
        raise ProofError(otherwise)


def exits(found: int, wanted: int, proof: Proof) -> None:
    """Errors: ProofError with the end of the setup's log when an exit code is not the wanted one."""
    if found != wanted:
        log = proof.machine.log.read_text("utf-8", "replace")[-1500:] if proof.machine.log.exists() else "no log"
        raise ProofError(f"it ended with {found}, not with {wanted}:\n{log}")


# --- installed, and asked --------------------------------------------------------------------------


def _refuses_bad_configuration(proof: Proof) -> str:
    wrong = proof.folder / "wrong.toml"
    wrong.write_text("[profile]\nname = 7\n", "utf-8")
    code = proof.machine.install(old_setup(), f"/CONFIG={Prefix.path(wrong)}")
    exits(code, CONFIG_WRONG, proof)
    agree(not proof.machine.home.exists(), "something was installed all the same")
    return "a configuration that is not one: exit code 12, nothing installed"


def _installs(proof: Proof) -> str:
    told = proof.folder / "config.toml"
    told.write_text(proof.counter.configuration(), "utf-8")
    code = proof.machine.install(old_setup(), f"/CONFIG={Prefix.path(told)}", "/AUTOSTART=yes")
    exits(code, 0, proof)
    agree(
        (proof.machine.shared / "config.toml").read_bytes() == told.read_bytes(), "the configuration was not imported"
    )
    agree(proof.machine.version() == OLD, f"Windows lists version {proof.machine.version()!r}")
    agree(proof.machine.shortcut().exists(), "there is no entry in the Start menu of everybody")
    agree(proof.machine.autostart() == f'"{HOME}\\pos-app.exe" watch', f"log-on starts {proof.machine.autostart()!r}")
    log = proof.machine.log.read_text("utf-8", "replace")
    agree("icacls" in log or "/grant:r" in log, "the rights were not set")
    for file in (old_setup(), *(proof.machine.home / name for name in ("pos-app.exe", "uninstall.exe"))):
        agree("Self-made" in signer(file), f"{file.name} is not signed")
    return f"version {OLD} silently, with its configuration, autostart and Start menu; program and uninstaller signed"


def _answers(proof: Proof) -> str:
    code, said = proof.counter.ask("version")
    agree(code == 0 and str(said).startswith(f"pos-app {version()}"), f"version said {said!r}")
    for name, value in proof.counter.perx.secrets.items():
        secret = name.removeprefix("POS_APP_SECRET_").lower().replace("_", "-")
        code, said = proof.counter.ask("secret", "set", secret, given=f"{value}\n")
        agree(code == 0, f"secret set {secret} said {said!r}")
    code, said = proof.counter.ask("secret", "check")
    agree(code == 0, f"secret check said {said!r}")
    proof.counter.plug_in()
    code, told = proof.counter.ask("doctor", "--json")
    bad = [one["what"] for one in told["findings"] if one["level"] == "bad"]
    agree(code in (0, 1) and not bad, f"doctor found {bad}")
    return f"version, secrets in Credential Manager, doctor ({len(told['findings'])} findings, none bad)"


def _knows_people(proof: Proof) -> str:
    code, said = proof.counter.ask("people", "add", "Ines P.", "--role", "supervisor", given="4729\n")
    agree(code == 0, f"people add said {said!r}")
    return "a supervisor, her PIN keyed with a secret of Credential Manager"


# --- at the counter --------------------------------------------------------------------------------


def _opens(proof: Proof) -> str:
    counter = proof.counter
    proof.times["cold_start"] = round(counter.open(), 2)
    until(lambda: counter.asked("oauth/token"), "the till never asked Perx for a token")
    proof.display.still()
    proof.display.picture("ready")
    return f"ready after {proof.times['cold_start']} s"


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


# --- updates ---------------------------------------------------------------------------------------


def _refuses_while_open(proof: Proof) -> str:
    code = proof.machine.install(setup.setup_file())
    exits(code, TILL_OPEN, proof)
    agree(proof.machine.version() == OLD, "something was changed")
    return "the upgrade refuses while the till is open: exit code 10"


def _upgrades(proof: Proof) -> str:
    import time

    counter = proof.counter
    code, said = counter.ask("leave")
    agree(code == 1 and "TILL-03" in str(said), f"leave closed a till with a sale open: {code} {said}")
    counter.tap("Cancel sale")
    proof.display.still()
    counter.leave()
    began_s = time.monotonic()
    code = proof.machine.install(setup.setup_file())
    proof.times["upgrade"] = round(time.monotonic() - began_s, 1)
    exits(code, 0, proof)
    agree(proof.machine.version() == version(), f"Windows lists version {proof.machine.version()!r}")
    count = proof.machine.same_files(setup.IMAGE)
    agree((proof.machine.home / "previous" / "pos-app.exe").exists(), "the previous version was not kept")
    agree(list((counter.data / "before-update").glob("*.sqlite3")), "the data was not copied first")
    agree(proof.machine.autostart(), "the options of the first setup were forgotten")
    code, told = counter.ask("upkeep", "check", "--json")
    agree(code == 0 and told["waiting"] == 1, f"the queue is not what it was: {told}")
    return f"over {OLD} in {proof.times['upgrade']} s: {count} files, each as packed; 1 entry waits, data copied first"


def _starts_fast(proof: Proof) -> str:
    """The till against the bare window, each three times in turn, both warm; the quickest of each counts."""
    counter, folder = proof.counter, proof.prefix.drive / "bare"
    shutil.copytree(proof.machine.home / "_internal", folder / "_internal", dirs_exist_ok=True)
    shutil.copyfile(freeze.bare(), folder / "bare.exe")
    tills, bares = [], []
    for _ in range(3):
        tills.append(counter.open("run"))
        counter.leave()
        bares.append(counter.open_other("C:\\bare\\bare.exe"))
    shutil.rmtree(folder)
    proof.times |= {"start_till": round(min(tills), 2), "start_bare": round(min(bares), 2)}
    ratio = min(tills) / min(bares)
    proof.times["start_ratio"] = round(ratio, 2)
    said = f"{min(tills):.2f} s against {min(bares):.2f} s of a bare window: {ratio:.2f} times"
    agree(ratio <= MOST_TIMES_BARE, f"it starts too slowly: {said}")
    return said


def _delivers(proof: Proof) -> str:
    counter = proof.counter
    counter.perx.start()
    before = counter.sales()
    counter.open()
    until(lambda: counter.sales() == before + 1, "the waiting entry was never delivered", 90)
    until(lambda: counter.waiting() == 0, "the entry still waits", 60, 1)
    agree(counter.sales() == before + 1, "it was delivered twice")
    proof.display.still()
    proof.display.picture("delivered")
    counter.leave()
    return "Perx is back: the entry of the version before is delivered, once"


def _repairs(proof: Proof) -> str:
    spoilt = proof.machine.home / "_internal" / "PySide6" / "Qt6Svg.dll"
    spoilt.unlink()
    exits(proof.machine.install(setup.setup_file()), 0, proof)
    proof.machine.same_files(setup.IMAGE)
    agree((proof.machine.home / "previous" / "pos-app.exe").exists(), "the way back was lost")
    return "a missing library is back; the version before is still kept"


def _refuses_newer_data(proof: Proof) -> str:
    file = proof.counter.data / "till.sqlite3"
    _set_version(file, 99)
    exits(proof.machine.install(setup.setup_file()), DATA_NEWER, proof)
    exits(proof.machine.install(setup.setup_file(), "/ROLLBACK"), DATA_NEWER, proof)
    _set_version(file, len(MIGRATIONS))
    return "data of a newer version: setup and way back refuse with exit code 11"


def _set_version(file: Path, number: int) -> None:
    connection = connect(file)  # with its checksums, so that the page stays sound
    connection.pragma("user_version", number)
    connection.close()


def _goes_back(proof: Proof) -> str:
    exits(proof.machine.install(setup.setup_file(), "/ROLLBACK"), 0, proof)
    agree(proof.machine.version() == OLD, f"Windows lists version {proof.machine.version()!r}")
    agree(proof.counter.ask("version")[0] == 0, "the version before does not start")
    exits(proof.machine.install(setup.setup_file(), "/ROLLBACK"), 0, proof)
    agree(proof.machine.version() == version(), "and not forward again")
    proof.machine.same_files(setup.IMAGE)
    return f"back to {OLD}, and forward again"


# --- kiosk, practice, the end ----------------------------------------------------------------------


def _kiosk(proof: Proof) -> str:
    counter = proof.counter
    exits(proof.machine.install(setup.setup_file(), "/KIOSK=yes"), 0, proof)
    agree(proof.machine.autostart().endswith("watch --kiosk"), f"log-on starts {proof.machine.autostart()!r}")
    counter.open("watch", "--kiosk")
    proof.display.still()
    code, said = counter.ask("leave")
    agree(code == 1 and "PIN" in str(said), f"anybody can close it: {code} {said}")
    counter.tap("Menu")
    proof.display.still()
    proof.display.picture("kiosk-menu")
    code, said = counter.ask("leave", "--by", "Ines P.", given="4729\n")
    agree(code == 0, f"its supervisor cannot close it: {said}")
    until(lambda: not counter.processes("run"), "the kiosk did not end", 60)
    return "only a supervisor closes it"


def _practises(proof: Proof) -> str:
    counter = proof.counter
    counter.open("run", "--sandbox")
    proof.display.still(2.0)
    proof.display.picture("practice")
    agree(counter.processes("sandbox", "--exit-with-stdin"), "its practice Perx does not run")
    code, said = counter.ask("leave", "--data", "C:\\ProgramData\\pos-app\\data\\sandbox")
    agree(code == 0, f"leave said {said}")
    until(lambda: not counter.processes("sandbox"), "the practice Perx did not end", 60)
    return "the practice till and its Perx, both from the installed program"


def _keeps_what_waits(proof: Proof) -> str:
    counter = proof.counter
    counter.open()
    counter.perx.kill()
    proof.display.still()
    counter.scan(counter.customer_known(0))
    proof.display.still(3.0)
    counter.tap("1", "0", "Double zero", "Complete")
    until(lambda: counter.waiting() == 1, "nothing was queued", 60, 1)
    counter.tap("Complete")
    proof.display.still()
    counter.leave()
    proof.machine.uninstall_as_windows_does("/PURGE")
    agree((counter.data / "till.sqlite3").exists(), "an entry that waits was thrown away")
    log = proof.machine.log.read_text("utf-8", "replace")
    agree("are kept in C:\\ProgramData\\pos-app\\data" in log, "it does not say where they are")
    agree(f"[{WAITS}]" in log, "nothing says that entries were kept")
    exits(proof.machine.install(setup.setup_file()), 0, proof)
    counter.perx.start()
    before = counter.sales()
    counter.open()
    until(lambda: counter.sales() == before + 1, "what had waited was not delivered", 90)
    until(lambda: counter.waiting() == 0, "the entry still waits", 60, 1)
    counter.leave()
    return "uninstall /PURGE kept the entry that waited; installed again, it is delivered"


def _leaves_nothing(proof: Proof) -> str:
    proof.machine.uninstall_as_windows_does()
    agree((proof.machine.shared / "config.toml").exists(), "the configuration went without /PURGE")
    exits(proof.machine.install(setup.setup_file()), 0, proof)
    proof.machine.same_files(setup.IMAGE)
    proof.machine.uninstall_as_windows_does("/PURGE")
    left = proof.machine.left_behind()
    agree(not left, f"left behind: {left}")
    return "uninstalled with /PURGE: nothing is left"


def _msi(proof: Proof) -> str:
    file = setup.msi_file()
    done = proof.prefix.run("msiexec", "/i", Prefix.path(file), "/qn", within_s=400)
    agree(done.returncode == 0, f"msiexec /i ended with {done.returncode}")
    count = proof.machine.same_files(setup.IMAGE, "msi/")
    done = proof.prefix.run("msiexec", "/x", Prefix.path(file), "/qn", within_s=400)
    agree(done.returncode == 0, f"msiexec /x ended with {done.returncode}")
    until(lambda: not (proof.machine.home / "pos-app.exe").exists(), "the MSI left the program", 60)
    return f"{count} files by the MSI, removed again"


def _papers(proof: Proof) -> str:
    contents.check(setup.IMAGE)
    size = setup.setup_file().stat().st_size
    agree(size <= setup.MOST_BYTES, f"the setup has {size} bytes")
    return f"every file is listed and every library found; the setup has {size:,} bytes"


STEPS: tuple[tuple[str, Callable[[Proof], str]], ...] = (
    ("contents and size", _papers),
    ("a wrong configuration is refused", _refuses_bad_configuration),
    ("installed silently", _installs),
    ("asked on the command line", _answers),
    ("a supervisor", _knows_people),
    ("opened", _opens),
    ("customer by scan", _scans),
    ("voucher held", _holds),
    ("sale and slip", _sells),
    ("outage and queue", _queues),
    ("second start", _second_start),
    ("crash", _crashes),
    ("freeze", _freezes),
    ("no upgrade while open", _refuses_while_open),
    ("upgrade with an entry waiting", _upgrades),
    ("delivery", _delivers),
    ("start", _starts_fast),
    ("repair", _repairs),
    ("newer data", _refuses_newer_data),
    ("the way back", _goes_back),
    ("kiosk", _kiosk),
    ("practice", _practises),
    ("uninstall with an entry waiting", _keeps_what_waits),
    ("uninstall", _leaves_nothing),
    ("MSI", _msi),
)
