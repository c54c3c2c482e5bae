"""The table of faults: each known way in which tills fail has a test that names it, or a reason why there is none.

`faults.toml` is the table. A test names its rows by `@pytest.mark.fault("FM-01", "row 18")`, at the function or, as
`pytestmark`, for a whole file. Table and marks are compared both ways, from the source: nothing is run here.
"""

from __future__ import annotations

import ast
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

TESTS = Path(__file__).parent
TABLE = TESTS / "faults.toml"
ROWS = [*(f"FM-{n:02d}" for n in range(1, 21)), *(f"row {n}" for n in range(1, 46))]


def check(table: dict[str, dict[str, Any]], marked: dict[str, set[str]]) -> list[str]:
    """Everything that is wrong between the table and the tests; `marked` has the rows that each test names."""
    wrong = [f"{row}: is missing in the table" for row in ROWS if row not in table]
    wrong += [f"{row}: is no row" for row in table if row not in ROWS]
    listed: dict[str, set[str]] = defaultdict(set)
    for row, entry in table.items():
        tests, because = entry.get("tests", []), entry.get("because", "").strip()
        if not entry.get("title", "").strip():
            wrong.append(f"{row}: has no title")
        if not tests and not because:
            wrong.append(f"{row}: has neither a test nor a reason")
        for name in tests:
            test = name.partition("[")[0]
            listed[test].add(row)
            if test not in marked:
                wrong.append(f"{row}: there is no test {name}")
            elif row not in marked[test]:
                wrong.append(f"{row}: {name} does not name it")
    for test, rows in marked.items():
        wrong += [f"{test}: names {row}, which is no row" for row in rows if row not in ROWS]
        wrong += [f"{row}: {test} names it and is not listed" for row in sorted(rows - listed[test]) if row in ROWS]
    return wrong


def marks(folder: Path) -> dict[str, set[str]]:
    """The tests below a folder, as `file::test`, and the rows that each names."""
    found: dict[str, set[str]] = {}
    for path in sorted(folder.rglob("test_*.py")):
        tree = ast.parse(path.read_text("utf-8"))
        whole_file = {
            row
            for node in tree.body
            if isinstance(node, ast.Assign) and any(getattr(one, "id", "") == "pytestmark" for one in node.targets)
            for row in _named(node.value)
        }
        for name, node in _tests(tree):
            own = {row for decorator in node.decorator_list for row in _named(decorator)}
            found[f"{path.relative_to(folder.parent).as_posix()}::{name}"] = whole_file | own
    return found


def _tests(tree: ast.Module) -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
            yield node.name, node


def _named(node: ast.AST) -> Iterator[str]:
    """The rows in a mark, or in a list of marks."""
    for call in ast.walk(node):
        if isinstance(call, ast.Call) and ast.unparse(call.func) == "pytest.mark.fault":
            yield from (ast.literal_eval(one) for one in call.args)


def test_every_fault_has_a_test_that_names_it_or_a_reason() -> None:
    wrong = check(tomllib.loads(TABLE.read_text("utf-8")), marks(TESTS))
    assert not wrong, "\n" + "\n".join(wrong)


# ---------------------------------------------------------------- the check itself

WHOLE = {row: {"title": "x", "because": "y"} for row in ROWS}
ONE = {"tests/test_x.py::test_a": {"FM-01", "row 3"}}
LISTED = WHOLE | {row: {"title": "x", "tests": ["tests/test_x.py::test_a[1-2]"]} for row in ("FM-01", "row 3")}


def test_a_table_that_agrees_with_its_tests_passes() -> None:
    assert check(LISTED, ONE) == []
    assert check(WHOLE, {"tests/test_x.py::test_b": set()}) == []


@pytest.mark.parametrize(
    ("table", "marked", "word"),
    [
        ({row: entry for row, entry in WHOLE.items() if row != "row 45"}, {}, "row 45: is missing"),
        (WHOLE | {"row 46": {"title": "x", "because": "y"}}, {}, "row 46: is no row"),
        (WHOLE | {"FM-20": {"title": "x"}}, {}, "neither a test nor a reason"),
        (WHOLE | {"FM-20": {"title": "x", "because": " "}}, {}, "neither a test nor a reason"),
        (WHOLE | {"FM-20": {"because": "y"}}, {}, "no title"),
        (LISTED, {}, "there is no test tests/test_x.py::test_a[1-2]"),
        (LISTED, {"tests/test_x.py::test_a": {"FM-01"}}, "row 3: tests/test_x.py::test_a[1-2] does not name it"),
        (WHOLE, ONE, "names it and is not listed"),
        (WHOLE, {"tests/test_x.py::test_a": {"FM-99"}}, "names FM-99, which is no row"),
    ],
)
def test_each_disagreement_is_found(table: dict[str, Any], marked: dict[str, set[str]], word: str) -> None:
    assert any(word in line for line in check(table, marked)), check(table, marked)


def test_marks_are_read_from_the_source(tmp_path: Path) -> None:
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_x.py").write_text(
        "pytestmark = [pytest.mark.fault('FM-01'), pytest.mark.slow]\n"
        "@pytest.mark.parametrize('x', [1])\n@pytest.mark.fault('row 3', 'row 4')\nasync def test_a(x): ...\n"
        "def test_b(): ...\ndef other(): ...\n",
        "utf-8",
    )
    assert marks(tmp_path / "tests") == {
        "tests/test_x.py::test_a": {"FM-01", "row 3", "row 4"},
        "tests/test_x.py::test_b": {"FM-01"},
    }
