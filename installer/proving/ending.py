"""Kiosk, practice, network, and the ways in which the program leaves the machine."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from making import setup
from making.places import RUNTIME, version
from wine.prefix import Prefix

from pos_app.outbox import meta
from pos_app.outbox.checksums import connect
from proving.counter import PIN, SUPERVISOR
from proving.display import until
from proving.network import HOST, Inspected
from proving.proof import WAITS, Proof, agree, exits
from proving.setups import OLD, old_setup

_INTERNET = "HKCU\\Software\\Microsoft\\Windows\\CurrentVersion\\Internet Settings"


def _kiosk(proof: Proof) -> str:
    counter = proof.counter
    exits(proof.machine.install(setup.setup_file(), "/KIOSK=yes"), 0, proof)
    agree(proof.machine.autostart().endswith("watch --kiosk"), f"log-on starts {proof.machine.autostart()!r}")
    counter.open("watch", "--kiosk")
    proof.display.still()
    code, said = counter.ask("leave")
    agree(code == 1 and "PIN" in str(said), f"anybody can close it: {code} {said}")
    proof.display.keys("alt+F4")
    proof.display.still()
    proof.display.picture("kiosk-asks")
    agree(counter.processes("run"), "Alt+F4 closed it")
    counter.tap("Back", on="closing")
    proof.display.still()
    code, said = counter.ask("leave", "--by", SUPERVISOR, given="1111\n")
    agree(code == 1, f"a wrong PIN closes it: {said}")
    counter.tap("Menu", on="start")
    proof.display.still()
    proof.display.picture("kiosk-menu")
    counter.tap("Close the till", on="kiosk menu")
    proof.display.still()
    counter.tap("The day is over", *PIN, on="closing")
    proof.display.still()
    proof.display.picture("kiosk-approval")
    counter.tap("Close the till", on="closing")
    until(lambda: not counter.processes("run"), "its supervisor cannot close it", 60)
    until(lambda: not counter.processes("watch"), "the watchdog did not end", 60)
    kept = _closings(proof)[-1]
    agree(kept == {"why": "The day is over", "approved_by": SUPERVISOR}, f"the journal keeps {kept}")
    return "Alt+F4 asks, no PIN and a wrong one do not close it; a supervisor does, by touch, and the journal says why"


def _closings(proof: Proof) -> list[dict[str, str]]:
    """What the journal of the closed till says of its endings."""
    file = connect(proof.counter.data / "till.sqlite3")
    rows = file.execute("SELECT facts FROM journal WHERE what = 'till closed' ORDER BY id").fetchall()
    file.close()
    return [json.loads(str(facts)) for (facts,) in rows]


def _logs_off(proof: Proof) -> str:
    """The end of the session, as Windows tells it to every window: even a kiosk goes, and in good order."""
    counter = proof.counter
    counter.open("watch", "--kiosk")
    proof.display.still()
    proof.prefix.run("wineboot", "--end-session", "--shutdown", within_s=60)  # else it goes on to the next log-on
    until(lambda: not counter.processes(), "it did not end with the session", 60)
    proof.prefix.start()
    file = connect(counter.data / "till.sqlite3")
    how = meta.read(file, "run")
    file.close()
    agree(how == "closed", f"the data was left {how!r}")
    return "the session ends: the kiosk closes in good order"


def _reaches_through(proof: Proof) -> str:
    """Perx behind a proxy and an inspecting network: found by Windows' settings, trusted by Windows' store alone."""
    counter = proof.counter
    behind = urlsplit(counter.perx.base_url).port or 0
    with Inspected(proof.folder / "network", behind) as network:

        def server(**env: str) -> list[str]:
            told = counter.ask("doctor", "--json", env={"POS_APP_PERX_BASE_URL": f"https://{HOST}", **env})[1]
            return [f"{one['level']} {one['what']}" for one in told["findings"] if one["probe"] == "server"]

        proxy = f"127.0.0.1:{network.port}"
        alone = server()
        agree("bad" in alone[0] and not network.asked, f"without a proxy: {alone}")
        strange = server(HTTPS_PROXY=f"http://{proxy}")
        agree("bad NET-04" in strange[0] and network.asked, f"an authority that nobody knows: {strange}")
        python, script = (Prefix.path(one) for one in (RUNTIME / "python.exe", Path(__file__).with_name("trust.py")))
        done = proof.prefix.run(python, script, Prefix.path(network.root))
        agree(done.returncode == 0, f"the certificate could not be put into the store: {done.stdout}")
        by_environment = server(HTTPS_PROXY=f"http://{proxy}")
        agree(by_environment[0].startswith("ok"), f"through the proxy of the environment: {by_environment}")
        for name, kind, value in (("ProxyEnable", "REG_DWORD", "1"), ("ProxyServer", "REG_SZ", proxy)):
            proof.prefix.run("reg", "add", _INTERNET, "/v", name, "/t", kind, "/d", value, "/f")
        count = len(network.asked)
        by_windows = server()
        proof.prefix.run("reg", "delete", _INTERNET, "/v", "ProxyEnable", "/f")
        agree(by_windows[0].startswith("ok") and len(network.asked) > count, f"by Windows' setting: {by_windows}")
    return "NET-04 until the network's root is in Windows' store; the proxy by HTTPS_PROXY and by Windows' own setting"


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
    exits(proof.machine.install(setup.setup_file(), "/UNINSTALL", "/PURGE"), WAITS, proof)
    agree(not proof.machine.home.exists(), "the program's folder is still there")
    agree((counter.data / "till.sqlite3").exists(), "an entry that waits was thrown away")
    log = proof.machine.log.read_text("utf-8", "replace")
    agree("are kept in C:\\ProgramData\\pos-app\\data" in log, "it does not say where they are")
    exits(proof.machine.install(setup.setup_file()), 0, proof)
    counter.perx.start()
    before = counter.sales()
    counter.open()
    until(lambda: counter.sales() == before + 1, "what had waited was not delivered", 90)
    until(lambda: counter.waiting() == 0, "the entry still waits", 60, 1)
    counter.leave()
    return "/UNINSTALL /PURGE ends with 20 and kept the entry that waited; installed again, it is delivered"


def _leaves_nothing(proof: Proof) -> str:
    proof.machine.uninstall_as_windows_does()
    agree((proof.machine.shared / "config.toml").exists(), "the configuration went without /PURGE")
    exits(proof.machine.install(setup.setup_file()), 0, proof)
    proof.machine.same_files(setup.IMAGE)
    exits(proof.machine.install(setup.setup_file(), "/UNINSTALL", "/PURGE"), 0, proof)
    left = proof.machine.left_behind()
    agree(not left, f"left behind: {left}")
    return "uninstalled with /PURGE: nothing is left"


def _msi(proof: Proof) -> str:
    def msiexec(action: str, file: Path) -> None:
        done = proof.prefix.run("msiexec", action, Prefix.path(file), "/qn", within_s=400)
        agree(done.returncode == 0, f"msiexec {action} {file.name} ended with {done.returncode}")

    before = old_setup().with_suffix(".msi")
    setup.msi(old_setup(), before, OLD)
    msiexec("/i", before)
    agree(proof.machine.version() == OLD, f"Windows lists version {proof.machine.version()!r}")
    msiexec("/i", setup.msi_file())
    agree(proof.machine.version() == version(), f"Windows lists version {proof.machine.version()!r}")
    count = proof.machine.same_files(setup.IMAGE, "msi/")
    # Wine removes the files first and runs the deferred actions last, one of which was in these files; and it
    # leaves the product of the version before. So the MSI's own uninstall is for a real machine.
    exits(proof.machine.install(setup.setup_file(), "/UNINSTALL", "/PURGE"), 0, proof)
    return f"over {OLD}, {count} files by the MSI; its uninstall is for a real Windows"


STEPS: tuple[tuple[str, Callable[[Proof], str]], ...] = (
    ("proxy and certificates", _reaches_through),
    ("kiosk", _kiosk),
    ("log-off", _logs_off),
    ("practice", _practises),
    ("uninstall with an entry waiting", _keeps_what_waits),
    ("uninstall", _leaves_nothing),
    ("MSI", _msi),
)
