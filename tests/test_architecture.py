"""The rules of the house, read from the source itself: who may import whom, what nobody calls, how large things get.

The tables below are edited first, on purpose, when a rule is to change. Each exception says why.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
OURS = "pos_app"
ALL = (
    "domain",
    "language",
    "settings",
    "perx",
    "outbox",
    "devices",
    "sandbox",
    "till",
    "ui",
    "cli",
    "app",
    "instance",
    "start",
    "tour",
    "parts",
    "practice",
    "printing",
    "reports",
    "wrong",
    "watch",
    "front",
    "examine",
    "workbench",
    "second",
    "teaching",
    "firstrun",
)


@dataclass(frozen=True)
class Layer:
    """What a layer may import: layers of ours, packages of others."""

    ours: tuple[str, ...] = ()
    others: tuple[str, ...] = ()


RECORDS = "msgspec"  # everywhere: a class of its Structs costs a start next to nothing, a dataclass half a millisecond
WITH_A_WINDOW = ("ui", "app", "tour", "front", "printing", "workbench", "second", "teaching", "firstrun")
LAYERS = {
    "domain": Layer(),
    "language": Layer(),  # the words of screen and slips; the domain says its sentences in English
    "settings": Layer(
        ("domain", "language"), ("platformdirs", "keyring", "babel", "phonenumbers")
    ),  # Babel knows the locales, phonenumbers the countries
    "perx": Layer(("domain",), ("httpx", "phonenumbers", "truststore")),
    "outbox": Layer(("domain",), ("apsw", "argon2")),
    "devices": Layer(("domain",), ("serial", "barcode", "escpos", "qrcode")),
    "sandbox": Layer((), ("starlette", "uvicorn")),
    "parts": Layer(
        ("domain", "language", "settings", "perx", "devices", "outbox", "till")
    ),  # settings to what parts are built with
    "printing": Layer(
        ("domain", "language", "settings", "devices", "till", "ui", "parts"), ("PySide6",)
    ),  # slips onto paper
    "practice": Layer(),  # starts the sandbox as a process of its own
    "till": Layer(("domain", "language", "perx", "outbox", "devices")),
    "ui": Layer(("domain", "language", "till", "firstrun"), ("PySide6", "babel", "barcode", "qrcode")),
    "instance": Layer(("domain",), ("PySide6",)),  # how a running till is spoken to: the local socket is Qt's
    "reports": Layer(("domain", "settings", "till", "ui")),  # reports of shifts onto paper and into files
    "examine": Layer(("settings", "parts", "perx", "outbox", "devices")),  # what is right and wrong with this machine
    "firstrun": Layer(
        tuple(name for name in ALL if name not in ("app", "cli", "tour", "sandbox", "practice", "start", "instance"))
    ),  # a shop sets its till up alone
    "teaching": Layer(("practice", "settings", "start", "till", "ui")),  # the training shop, and the way there and back
    "second": Layer(("settings", "till", "ui"), ("PySide6",)),  # the customer's own display
    "workbench": Layer(
        ("devices", "examine", "printing", "settings", "till"), ("PySide6",)
    ),  # what the service screen works with
    "start": Layer(("settings", "practice", "instance")),  # what one till is started with
    "wrong": Layer((), ("PySide6",)),  # the one handler of what nobody foresaw
    "watch": Layer(),  # starts the till as a process of its own, so it loads nothing of it
    "front": Layer(
        ("domain", "settings", "outbox", "instance", "till", "ui", "watch"), ("PySide6",)
    ),  # the program's own window
    "cli": Layer(tuple(name for name in ALL if name not in WITH_A_WINDOW)),
    "app": Layer(tuple(name for name in ALL if name not in ("cli", "tour")), ("PySide6", "qasync")),
    "tour": Layer(ALL, ("PySide6", "qasync")),
    "__main__": Layer(("domain", "settings", "cli", "app", "printing", "tour", "watch")),
    "__init__": Layer(),
}
DOMAIN_BANNED = frozenset(["asyncio", "sqlite3", "socket", "threading", "logging", "time", "random", "os"])
NO_QT = ("ui/present.py", "ui/present/")  # screens as data; numbers and dates come from Babel
BANNED_FILES = frozenset(
    ["utils", "helpers", "common", "base", "manager", "service", "handler", "controller", "core", "misc"]
)

BANNED_NAMES = {
    "processEvents": "spins a nested loop",
    "QThread": "threads are named and counted",
    "QThreadPool": "threads are named and counted",
    "asyncSlot": "starts one task per signal: a double tap pays twice",
    "asyncClose": "spins processEvents",
}
BANNED_METHODS = {"exec": "stalls other tasks for ever", "exec_": "stalls other tasks for ever"}
NESTING = {  # classes whose static calls open a nested loop, by the start of the method's name
    "QMessageBox": ("about", "critical", "information", "question", "warning"),
    "QFileDialog": ("get",),
    "QInputDialog": ("get",),
    "QColorDialog": ("get",),
    "QFontDialog": ("get",),
}

MODULE_LINES, FUNCTION_LINES, CLASS_LINES, TEST_LINES = 400, 60, 250, 500
SHORT_LINES, SHORT_SHARE = 30, 0.90
PUBLIC_NAMES, PARAMETERS = 15, 5

# (rule, file) or (rule, file:name) -> why. An entry that excuses nothing fails the test.
EXCEPTIONS: dict[tuple[str, str], str] = {
    ("import", "ui/glyphs.py:pos_app.settings.resources"): "where the program's own files lie; no setting is read",
    ("import", "ui/guide.py:pos_app.settings.resources"): "where the program's own files lie; no setting is read",
    ("import", "ui/theme.py:pos_app.settings.resources"): "where the program's own files lie; no setting is read",
    ("import", "app.py:pos_app.cli.Arguments"): "a type only: what the command line asked for",
    (
        "call",
        "front.py:exec",
    ): "the end of the session: whoever comes back from there is ended, so the rest goes on inside",
    ("except", "devices/printer.py"): "the printer's thread outlives its route and its callback; both are logged whole",
    ("except", "devices/scanner.py"): "the scanner's thread outlives its port and its callback; both are logged whole",
}


@dataclass(frozen=True)
class Broken:
    """One place where a rule is broken."""

    rule: str
    file: str
    line: int
    name: str
    what: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: [{self.rule}] {self.name} {self.what}"


@dataclass(frozen=True)
class Source:
    """One file of the package: its path below the package, its layer and its syntax tree."""

    path: str
    layer: str
    text: str
    tree: ast.Module

    def broken(self, rule: str, node: ast.AST, name: str, what: str) -> Broken:
        """Name a place in this file."""
        return Broken(rule, self.path, getattr(node, "lineno", 1), name, what)


def read(package: Path) -> list[Source]:
    """Read every file of a package."""
    sources = []
    for path in sorted(package.rglob("*.py")):
        relative = path.relative_to(package)
        layer = relative.parts[0].removesuffix(".py")
        text = path.read_text("utf-8")
        sources.append(Source(relative.as_posix(), layer, text, ast.parse(text)))
    return sources


# --- imports ---------------------------------------------------------------------------------------


def imported(source: Source) -> Iterator[tuple[ast.stmt, str]]:
    """List what a file imports, everywhere in it, with dots; `from a import b` counts as a.b."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            yield from ((node, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((node, f"{node.module or ''}.{alias.name}".lstrip(".")) for alias in node.names)


def imports(source: Source) -> Iterator[Broken]:
    """Check a file's imports against the table of layers."""
    may = LAYERS.get(source.layer)
    if may is None:
        yield source.broken("layer", source.tree, source.layer, "is no layer: put it into the table first")
        return
    for node, name in imported(source):
        top, _, rest = name.partition(".")
        if isinstance(node, ast.ImportFrom) and node.level:
            yield source.broken("import", node, name, "is imported relatively")
        elif top == OURS:
            layer = rest.partition(".")[0]
            if layer in ALL and layer != source.layer and layer not in may.ours:
                yield source.broken("import", node, name, f"may not be imported by {source.layer}")
        elif top in sys.stdlib_module_names:
            if source.layer == "domain" and top in DOMAIN_BANNED:
                yield source.broken("import", node, name, "is not pure: the domain may not import it")
        elif top not in (*may.others, RECORDS) or (top == "PySide6" and source.path.startswith(NO_QT)):
            yield source.broken("import", node, name, f"may not be imported by {source.layer} ({source.path})")


# --- calls -----------------------------------------------------------------------------------------


def calls(source: Source) -> Iterator[Broken]:
    """Find names and calls that are banned everywhere, and print and catch-alls where they are."""
    for node in ast.walk(source.tree):
        for name in _names(node):
            if name in BANNED_NAMES:
                yield source.broken("call", node, name, BANNED_NAMES[name])
        if isinstance(node, ast.Call):
            yield from _call(source, node)
        elif isinstance(node, ast.ExceptHandler) and _catches_all(node.type) and not _goes_on(node):
            yield source.broken("except", node, "except Exception", "hides errors: only app.py's one handler may")


def _names(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Name):
        yield node.id
    elif isinstance(node, ast.Attribute):
        yield node.attr
    elif isinstance(node, ast.ImportFrom):
        yield from (alias.name for alias in node.names)


def _call(source: Source, node: ast.Call) -> Iterator[Broken]:
    called = node.func
    if isinstance(called, ast.Name) and called.id == "print" and source.layer != "cli":
        yield source.broken("print", node, "print", "belongs to the command line")
    if not isinstance(called, ast.Attribute):
        return
    if called.attr in BANNED_METHODS:
        yield source.broken("call", node, called.attr, BANNED_METHODS[called.attr])
    owner = next(_names(called.value), "")
    if called.attr.startswith(NESTING.get(owner, ("\0",))):
        yield source.broken("call", node, f"{owner}.{called.attr}", "opens a nested loop: use open() and await")


def _catches_all(caught: ast.expr | None) -> bool:
    if isinstance(caught, ast.Tuple):
        return any(_catches_all(one) for one in caught.elts)
    return caught is None or next(_names(caught), "") in ("Exception", "BaseException")


def _goes_on(node: ast.ExceptHandler) -> bool:
    """Tell whether a handler only cleans up and lets the error pass."""
    last = node.body[-1]
    return isinstance(last, ast.Raise) and last.exc is None


# --- sizes -----------------------------------------------------------------------------------------

Function = ast.FunctionDef | ast.AsyncFunctionDef


def lines(node: ast.stmt) -> int:
    """Count the lines of a statement."""
    return (node.end_lineno or node.lineno) - node.lineno + 1


def sizes(source: Source) -> Iterator[Broken]:
    """Check the names and sizes of a file and of what stands in it."""
    stems = [part.removesuffix(".py") for part in source.path.split("/")]
    for stem in BANNED_FILES.intersection(stems):
        yield source.broken("name", source.tree, stem, "says nothing about what is inside")
    if (count := len(source.text.splitlines())) > MODULE_LINES:
        yield source.broken("size", source.tree, "module", f"has {count} lines")
    for node in ast.walk(source.tree):
        if isinstance(node, Function):
            yield from _function(source, node)
        elif isinstance(node, ast.ClassDef):
            yield from _class(source, node)


def _function(source: Source, node: Function) -> Iterator[Broken]:
    if lines(node) > FUNCTION_LINES:
        yield source.broken("size", node, node.name, f"has {lines(node)} lines")
    taken = [arg.arg for arg in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]
    if taken[:1] in (["self"], ["cls"]):
        taken = taken[1:]
    if len(taken) > PARAMETERS:
        yield source.broken("parameters", node, node.name, f"takes {len(taken)} parameters")


def _class(source: Source, node: ast.ClassDef) -> Iterator[Broken]:
    if lines(node) > CLASS_LINES:
        yield source.broken("size", node, node.name, f"has {lines(node)} lines")
    public = {one.name for one in node.body if isinstance(one, Function) and not one.name.startswith("_")}
    if len(public) > PUBLIC_NAMES:
        yield source.broken("public", node, node.name, f"has {len(public)} public methods")
    signals = [one for one in node.body if isinstance(one, ast.Assign) and _makes_signal(one.value)]
    if len(signals) > 1:
        yield source.broken("signal", node, node.name, f"has {len(signals)} signals")


def _makes_signal(value: ast.expr) -> bool:
    return isinstance(value, ast.Call) and next(_names(value.func), "") == "Signal"


def share_of_short(sources: list[Source]) -> float:
    """Return which share of all functions is short."""
    counts = [lines(node) for one in sources for node in ast.walk(one.tree) if isinstance(node, Function)]
    return sum(count <= SHORT_LINES for count in counts) / max(len(counts), 1)


# --- the package and its tests ---------------------------------------------------------------------


def check(package: Path) -> list[Broken]:
    """Apply every rule to a package; app.py is granted its one handler of everything."""
    broken = [one for source in read(package) for rule in (imports, calls, sizes) for one in rule(source)]
    last_resort = [one for one in broken if one.rule == "except" and one.file == "app.py"][:1]
    return [one for one in broken if one not in last_resort]


def excuse(one: Broken) -> tuple[str, str] | None:
    """Return the entry of the exceptions that covers a breach."""
    keys = ((one.rule, one.file), (one.rule, f"{one.file}:{one.name}"))
    return next((key for key in keys if key in EXCEPTIONS), None)


def test_the_package_keeps_the_rules() -> None:
    broken = [one for one in check(ROOT / OURS) if excuse(one) is None]
    assert not broken, "\n" + "\n".join(map(str, broken))


def test_every_exception_is_needed() -> None:
    used = {excuse(one) for one in check(ROOT / OURS)}
    assert set(EXCEPTIONS) <= used


def test_most_functions_are_short() -> None:
    assert share_of_short(read(ROOT / OURS)) >= SHORT_SHARE


def test_tests_stay_small_and_use_real_parts() -> None:
    broken = []
    for path in sorted((ROOT / "tests").rglob("*.py")):
        text = path.read_text("utf-8")
        name = path.relative_to(ROOT).as_posix()
        if (count := len(text.splitlines())) > TEST_LINES:
            broken.append(f"{name}: has {count} lines")
        source = Source(name, "tests", text, ast.parse(text))
        broken += [f"{name}: imports {one}" for _, one in imported(source) if one.startswith("unittest.mock")]
    assert not broken, "\n" + "\n".join(broken)


# --- the rules themselves, on planted breaches -----------------------------------------------------

Plant = Callable[[str, str], list[str]]


@pytest.fixture
def plant(tmp_path: Path) -> Plant:
    """Write one file into an empty package and return the rules that it breaks."""

    def write(path: str, text: str) -> list[str]:
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
        return [one.rule for one in check(tmp_path)]

    return write


@pytest.mark.parametrize(
    ("path", "text", "rule"),
    [
        ("domain/sale.py", "import asyncio", "import"),
        ("domain/sale.py", "def f():\n    from os.path import join", "import"),
        ("domain/sale.py", "import httpx", "import"),
        ("domain/sale.py", "from pos_app import perx", "import"),
        ("domain/sale.py", "from .money import Money", "import"),
        ("outbox/outbox.py", "from pos_app.ui.window import Window", "import"),
        ("outbox/outbox.py", "import pos_app.perx.client", "import"),
        ("sandbox/world.py", "from pos_app.domain import money", "import"),
        ("settings/tree.py", "import pos_app.perx", "import"),
        ("ui/window.py", "import httpx", "import"),
        ("ui/window.py", "from pos_app.outbox import Outbox", "import"),
        ("ui/present.py", "from PySide6.QtCore import Qt", "import"),
        ("cli/doctor.py", "import pos_app.app", "import"),
        ("app.py", "from pos_app.cli import doctor", "import"),
        ("app.py", "import httpx", "import"),
        ("till/till.py", "import qasync", "import"),
        ("extra/thing.py", "", "layer"),
        ("ui/view.py", "dialog.exec()", "call"),
        ("ui/view.py", "QMenu().exec_(point)", "call"),
        ("ui/view.py", "app.processEvents()", "call"),
        ("ui/view.py", "from PySide6.QtCore import QThread", "call"),
        ("app.py", "@qasync.asyncSlot()\ndef f(): ...", "call"),
        ("ui/view.py", "QMessageBox.warning(None, 'a', 'b')", "call"),
        ("ui/view.py", "QtWidgets.QFileDialog.getOpenFileName()", "call"),
        ("till/till.py", "print('x')", "print"),
        ("till/till.py", "try:\n    f()\nexcept Exception:\n    pass", "except"),
        ("till/till.py", "try:\n    f()\nexcept (OSError, BaseException):\n    pass", "except"),
        ("till/till.py", "try:\n    f()\nexcept:\n    pass", "except"),
        ("app.py", "try:\n    f()\nexcept Exception:\n    pass\n" * 2, "except"),
        ("till/helpers.py", "", "name"),
        ("till/common/part.py", "", "name"),
        ("till/till.py", "x = 1\n" * 401, "size"),
        ("till/till.py", "def f():\n" + "    x = 1\n" * 60, "size"),
        ("till/till.py", "class C:\n" + "    x = 1\n" * 250, "size"),
        ("till/till.py", "class C:\n" + "".join(f"    def m{n}(self): ...\n" for n in range(16)), "public"),
        ("till/till.py", "def f(a, b, c, d, *, e, f): ...", "parameters"),
        ("ui/view.py", "class V(QWidget):\n    a = Signal()\n    b = QtCore.Signal(int)", "signal"),
    ],
)
def test_a_breach_is_found(plant: Plant, path: str, text: str, rule: str) -> None:
    assert plant(path, text) == [rule]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("till/till.py", "try:\n    f()\nexcept BaseException:\n    g()\n    raise"),
        ("domain/sale.py", "import json\nfrom pos_app.domain.money import Money"),
        ("settings/vault.py", "def f():\n    import keyring"),
        ("ui/present.py", "import babel, pos_app.language"),
        ("ui/window.py", "from PySide6.QtWidgets import QWidget\ndialog.open()"),
        ("app.py", "try:\n    f()\nexcept Exception:\n    raise"),
        ("cli/doctor.py", "print('x')"),
        ("tour.py", "import pos_app.app, pos_app.ui, pos_app.sandbox"),
        ("till/till.py", "def f(self, a, b, c, d, e): ...\nconnection.execute('x')"),
    ],
)
def test_what_is_allowed_passes(plant: Plant, path: str, text: str) -> None:
    assert plant(path, text) == []
