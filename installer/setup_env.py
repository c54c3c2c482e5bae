#!/usr/bin/env python3
"""Set this checkout up and run one task of it: the same commands on Linux and on Windows.

    python3 installer/setup_env.py [setup|run|tour|test|chaos|bench|lint|format|words|lock|installer|installer-check]
    py installer\\setup_env.py ...                                        (Windows)

Only the standard library is used, because nothing else is there yet. Every task first makes `.venv` complete:
the virtual environment, the pinned and hash-checked packages of installer/lock/dev.txt, this project itself,
and on Linux the system libraries that Qt misses. A stamp in `.venv` makes the second time quick.
"""

from __future__ import annotations

import hashlib
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / ("python.exe" if os.name == "nt" else "python")
PROGRAM = BIN / ("pos-app.exe" if os.name == "nt" else "pos-app")
LOCKS = ROOT / "installer" / "lock"
STAMP = VENV / "pos-app-setup.stamp"
COMPILED = ROOT / "build" / "compiled"
UV = "uv==0.13.9"  # only `lock` needs it; it resolves for all platforms at once, which pip cannot

LOCK_HEADER = "# Made by `make lock` from pyproject.toml for Linux and Windows, Python 3.11 and later. Do not edit.\n"

# What Qt may miss on a bare machine: soname -> Debian packages, the first that the machine knows is taken.
DEBIAN = {
    "libEGL.so.1": ("libegl1",),
    "libGL.so.1": ("libgl1",),
    "libX11.so.6": ("libx11-6",),
    "libX11-xcb.so.1": ("libx11-xcb1",),
    "libdbus-1.so.3": ("libdbus-1-3",),
    "libfontconfig.so.1": ("libfontconfig1",),
    "libfreetype.so.6": ("libfreetype6",),
    "libglib-2.0.so.0": ("libglib2.0-0t64", "libglib2.0-0"),
    "libgthread-2.0.so.0": ("libglib2.0-0t64", "libglib2.0-0"),
    "libwayland-client.so.0": ("libwayland-client0",),
    "libwayland-cursor.so.0": ("libwayland-cursor0",),
    "libxcb-cursor.so.0": ("libxcb-cursor0",),
    "libxcb-icccm.so.4": ("libxcb-icccm4",),
    "libxcb-image.so.0": ("libxcb-image0",),
    "libxcb-keysyms.so.1": ("libxcb-keysyms1",),
    "libxcb-randr.so.0": ("libxcb-randr0",),
    "libxcb-render-util.so.0": ("libxcb-render-util0",),
    "libxcb-render.so.0": ("libxcb-render0",),
    "libxcb-shape.so.0": ("libxcb-shape0",),
    "libxcb-shm.so.0": ("libxcb-shm0",),
    "libxcb-sync.so.1": ("libxcb-sync1",),
    "libxcb-util.so.1": ("libxcb-util1",),
    "libxcb-xfixes.so.0": ("libxcb-xfixes0",),
    "libxcb-xkb.so.1": ("libxcb-xkb1",),
    "libxcb.so.1": ("libxcb1",),
    "libxkbcommon-x11.so.0": ("libxkbcommon-x11-0",),
    "libxkbcommon.so.0": ("libxkbcommon0",),
    "libz.so.1": ("zlib1g",),
    "libzstd.so.1": ("libzstd1",),
}
# The Windows build runs Windows' own Python under Wine; the check drives the installed program on a display of its own.
WINDOWS_TOOLS: dict[str, tuple[str, ...]] = {
    "wine": ("wine",),
    "usr/lib/wine/wine64": ("wine64",),
    "makensis": ("nsis",),
    "wixl": ("wixl",),
    "x86_64-w64-mingw32-gcc": ("gcc-mingw-w64-x86-64",),
    "usr/share/mingw-w64/include/windows.h": ("mingw-w64-x86-64-dev",),
    "Xvfb": ("xvfb",),
    "xdotool": ("xdotool",),
    "import": ("imagemagick",),
    "openssl": ("openssl",),
    "osslsigncode": ("osslsigncode",),
}
# They read slips back as a scanner would, play sounds into a file, read the screen of a display of their own, and run
# the token broker's recipe.
TEST_TOOLS: dict[str, tuple[str, ...]] = {
    "zbarimg": ("zbar-tools",),
    "pdftoppm": ("poppler-utils",),
    "aplay": ("alsa-utils",),
    "makensis": ("nsis",),
    "/usr/sbin/nginx": ("nginx-light", "nginx"),
    "openssl": ("openssl",),
    "Xvfb": ("xvfb",),
    "dbus-run-session": ("dbus-daemon", "dbus"),
    "/usr/libexec/at-spi-bus-launcher": ("at-spi2-core",),
    "/usr/lib/python3/dist-packages/gi/__init__.py": ("python3-gi",),
}
QT_MODULES = ("QtCore", "QtGui", "QtWidgets", "QtSvg", "QtPrintSupport", "QtTest")


class StopError(Exception):
    """Set-up cannot go on; the text says what to do."""


def say(text: str) -> None:
    """Print one line of progress at once."""
    print(text, flush=True)


def run(*command: object, quiet: bool = False) -> None:
    """Run a command in the checkout and stop with a sentence when it fails."""
    words = [str(word) for word in command]
    out = subprocess.DEVNULL if quiet else None
    if subprocess.call(words, cwd=ROOT, stdout=out) != 0:
        raise StopError(f"This command failed, see above: {shlex.join(words)}")


def ask(*command: object) -> str | None:
    """Return what a command prints, or None when it fails or is missing."""
    try:
        done = subprocess.run([str(word) for word in command], cwd=ROOT, capture_output=True, text=True)
    except OSError:
        return None
    return done.stdout.strip() if done.returncode == 0 else None


# --- system packages ------------------------------------------------------------------------------


def apt_prefix() -> list[str] | None:
    """Return how apt-get may be called without a question, or None when it may not be."""
    if shutil.which("apt-get") is None:
        return None
    if os.geteuid() == 0:
        return ["env", "DEBIAN_FRONTEND=noninteractive"]
    if shutil.which("sudo") and ask("sudo", "-n", "true") is not None:
        return ["sudo", "-n", "env", "DEBIAN_FRONTEND=noninteractive"]
    return None


def apt_install(choices: list[tuple[str, ...]], why: str) -> None:
    """Install system packages, or stop with the one line that a person has to run."""
    prefix = apt_prefix()
    if prefix is not None:
        say(f"{why}; installing through apt ...")
        run(*prefix, "apt-get", "update", "-qq")
    known = {names: next((n for n in names if ask("apt-cache", "show", n)), names[-1]) for names in choices}
    packages = sorted(set(known.values()))
    if prefix is None:
        line = f"sudo apt-get update && sudo apt-get install -y --no-install-recommends {' '.join(packages)}"
        if shutil.which("apt-get") is None:
            line = f"(your system's package manager) install what Debian calls: {' '.join(packages)}"
        raise StopError(f"{why}. Run this line, then the same command again:\n    {line}")
    run(*prefix, "apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages, quiet=True)


def qt_files(has_display: bool = False) -> list[Path]:
    """List the shared objects of Qt that this machine will load, by the displays that it has, or will have."""
    found = ask(PYTHON, "-c", "import importlib.util as u; print(u.find_spec('PySide6').origin)")
    if found is None:
        raise StopError("PySide6 is not installed in .venv. Delete the folder .venv and run the same command again.")
    qt = Path(found).parent
    plugins = qt / "Qt" / "plugins"
    names = ["platforms/libqoffscreen.so", "imageformats/libqsvg.so", "imageformats/libqjpeg.so"]
    names += ["platforms/libqxcb.so"] if has_display or os.environ.get("DISPLAY") else []
    names += ["platforms/libqwayland.so"] if os.environ.get("WAYLAND_DISPLAY") else []
    files = [qt / f"{module}.abi3.so" for module in QT_MODULES] + [plugins / name for name in names]
    return [file for file in files if file.exists()]


def missing_libraries(has_display: bool = False) -> list[str]:
    """List the sonames that the dynamic linker does not find for Qt."""
    missing = set()
    for file in qt_files(has_display):
        for line in (ask("ldd", file) or "").splitlines():
            soname, _, rest = line.strip().partition(" => ")
            if rest.startswith("not found") and not soname.startswith("libQt6"):
                missing.add(soname)
    return sorted(missing)


def likely_packages() -> list[tuple[str, ...]]:
    """Guess from the linker's cache what Qt will miss, before Qt is there to be asked."""
    cache = ask(shutil.which("ldconfig") or "/sbin/ldconfig", "-p")
    if cache is None:
        return []
    shown = [("libxcb-", "DISPLAY"), ("libxkbcommon-x11", "DISPLAY"), ("libX11-xcb", "DISPLAY")]
    shown += [("libwayland", "WAYLAND_DISPLAY")]
    unused = tuple(prefix for prefix, variable in shown if not os.environ.get(variable))
    return [names for soname, names in DEBIAN.items() if soname not in cache and not soname.startswith(unused)]


def ensure_libraries() -> None:
    """Make Qt loadable on Linux; other systems bring all that it needs."""
    if not sys.platform.startswith("linux"):
        return
    missing = missing_libraries()
    if missing:
        choices = [DEBIAN.get(soname, (soname,)) for soname in missing]
        apt_install(choices, f"Qt misses the system libraries {', '.join(missing)}")
    missing = missing_libraries()
    if missing:
        raise StopError(f"Qt still misses the system libraries {', '.join(missing)}; install them by hand.")


def ensure_test_tools() -> None:
    """Install what only tests need where apt may; elsewhere those tests say that they were skipped, and why."""
    missing = [name for name in TEST_TOOLS if shutil.which(name) is None and not Path(name).exists()]
    choices = [TEST_TOOLS[name] for name in missing]
    if sys.platform.startswith("linux"):
        libraries = missing_libraries(has_display=True)
        missing, choices = missing + libraries, choices + [DEBIAN.get(name, (name,)) for name in libraries]
    if missing and apt_prefix() is not None:
        apt_install(choices, f"The tests use {' and '.join(missing)}")


# --- the virtual environment ----------------------------------------------------------------------


def ensure_venv() -> None:
    """Create `.venv` with pip, unless a working one is there already."""
    if ask(PYTHON, "-c", "import sys, pip; sys.exit(sys.version_info < (3, 11))") is not None:
        return
    try:
        import ensurepip  # noqa: F401 - Debian splits it off: this is the test for it
    except ImportError:
        version = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
        choices = [(version, "python3-venv"), *likely_packages()]  # so that a person is stopped once, not twice
        apt_install(choices, "This Python cannot make virtual environments (no ensurepip)")
    say(f"Creating {VENV} with Python {sys.version.split()[0]} ...")
    run(sys.executable, "-m", "venv", "--clear", VENV)


def fingerprint() -> str:
    """Return what the set-up depends on; a change of it means: set up again."""
    parts = [
        str(ROOT),
        ask(PYTHON, "-VV") or "",
        *(os.environ.get(n, "") for n in ("DISPLAY", "WAYLAND_DISPLAY")),
    ]
    digest = hashlib.sha256("\n".join(parts).encode())
    for file in (LOCKS / "dev.txt", ROOT / "pyproject.toml", Path(__file__)):
        digest.update(file.read_bytes())
    return digest.hexdigest()


def setup() -> None:
    """Make `.venv` complete; quick when nothing has changed."""
    ensure_venv()
    wanted = fingerprint()
    if PROGRAM.exists() and STAMP.exists() and STAMP.read_text("utf-8") == wanted:
        return
    say("Installing the pinned packages into .venv ...")
    pip = (PYTHON, "-m", "pip", "--disable-pip-version-check", "--no-input", "install", "--quiet")
    run(*pip, "--require-hashes", "--only-binary", ":all:", "-r", LOCKS / "dev.txt")
    run(*pip, "--no-deps", "--no-build-isolation", "--editable", ROOT)
    ensure_libraries()
    run(PYTHON, "-c", "import PySide6.QtWidgets, apsw, msgspec, pos_app")
    STAMP.write_text(wanted, "utf-8")
    say(f"Ready: {PROGRAM.relative_to(ROOT)} run --sandbox")


# --- tasks ----------------------------------------------------------------------------------------


def call(*command: object) -> int:
    """Run a tool of the environment and return its exit code. What Python compiles is kept, outside of the source."""
    around = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    around["PYTHONPYCACHEPREFIX"] = str(COMPILED)
    return subprocess.call([str(word) for word in command], cwd=ROOT, env=around)


def lint() -> int:
    """Run the checks that need no test run; all of them, so that one visit shows everything."""
    checks = (("ruff", "check", "."), ("ruff", "format", "--check", "."), ("mypy",))
    failed = [" ".join(check) for check in checks if call(PYTHON, "-m", *check) != 0]
    if failed:
        say(f"FAILED: {', '.join(failed)}")
    return 1 if failed else 0


def test() -> int:
    """Run everything that CI runs; pytest comes last, so its summary is the last line."""
    ensure_test_tools()
    linted = lint()
    return call(PYTHON, "-m", "pytest", *workers()) or linted


def workers() -> tuple[str, ...]:
    """One worker more than there are cores: the journeys wait more than they compute. A file's tests stay together."""
    count = min((os.cpu_count() or 1) + 1, 4)
    return "-n", str(count), "--dist", "loadfile", "--no-loadscope-reorder"


def tidy() -> int:
    """Format the tree and mend what ruff can mend."""
    return call(PYTHON, "-m", "ruff", "check", "--fix", ".") or call(PYTHON, "-m", "ruff", "format", ".")


def lock() -> int:
    """Write the lock files anew from pyproject.toml; pins that still fit are kept."""
    tool = ROOT / "build" / "lock-env"
    run(sys.executable, "-m", "venv", tool)
    uv = tool / BIN.name / ("uv.exe" if os.name == "nt" else "uv")
    run(tool / BIN.name / PYTHON.name, "-m", "pip", "install", "--quiet", UV)
    options = (
        "--universal",
        "--generate-hashes",
        "--python-version",
        "3.11",
        "--no-header",
        "--no-config",
        "--quiet",
    )
    for name, extra in (
        ("runtime", ()),
        ("dev", ("--extra", "dev", "--constraint", "installer/lock/runtime.txt")),
        ("freeze", ("--extra", "freeze", "--constraint", "installer/lock/runtime.txt")),
    ):
        out = f"installer/lock/{name}.txt"
        run(uv, "pip", "compile", "pyproject.toml", *options, *extra, "--output-file", out)
        text = (ROOT / out).read_text("utf-8").removeprefix(LOCK_HEADER)
        (ROOT / out).write_text(LOCK_HEADER + text, "utf-8", newline="\n")
    return 0


def windows(script: Path) -> int:
    """Run a script of the Windows build with what it needs: on Linux Wine, and a compiler for two files of its own."""
    if sys.platform.startswith("linux"):
        missing = [name for name in WINDOWS_TOOLS if shutil.which(name) is None and not Path(f"/{name}").exists()]
        if missing:
            apt_install([WINDOWS_TOOLS[name] for name in missing], f"The Windows build misses {', '.join(missing)}")
    return call(PYTHON, script)


def installer() -> int:
    """Build the Windows setups."""
    return windows(ROOT / "installer" / "build.py")


def main(arguments: list[str]) -> int:
    """Set up, then do the named task."""
    if sys.version_info < (3, 11):
        raise StopError(f"Python 3.11 or later is needed; this is {sys.version.split()[0]} ({sys.executable}).")
    task, *rest = arguments or ["setup"]
    tasks: dict[str, Callable[[], int]] = {
        "setup": lambda: 0,
        "run": lambda: call(PROGRAM, "run", "--sandbox", *rest),
        "tour": lambda: call(PROGRAM, "tour", "--out", ROOT / "build" / "tour", *rest),
        "test": test,
        "bench": lambda: call(PYTHON, ROOT / "tests" / "bench" / "bench_run.py", *rest),  # QUICK as a variable
        "chaos": lambda: call(PYTHON, ROOT / "tests" / "chaos" / "chaos_run.py", *rest),  # QUICK and SEED as variables
        "shots": lambda: call(PYTHON, ROOT / "tests" / "ui" / "shots.py", *rest),  # QUICK, FULL and ONLY as variables
        "pictures": lambda: call(PYTHON, ROOT / "tests" / "ui" / "illustrations.py"),
        "lint": lint,
        "format": tidy,
        "words": lambda: call(PYTHON, ROOT / "installer" / "words.py"),
        "installer": installer,
        "installer-check": lambda: installer() or windows(ROOT / "installer" / "check.py"),
    }
    if task == "lock":
        return lock()
    if task not in tasks:
        raise StopError(f"There is no task {task!r}. Tasks: {', '.join(tasks)}, lock.")
    setup()
    return tasks[task]()


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except StopError as stop:
        print(f"\n{stop}", file=sys.stderr, flush=True)
        sys.exit(3)
    except KeyboardInterrupt:
        sys.exit(130)
