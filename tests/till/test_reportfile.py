"""The CSV of a report parses back to the same figures, whatever a reward is called."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from pos_app.domain.money import exponent
from pos_app.domain.shift import Open, PointsTold, Report, ReportKind, RewardLine, Tally, to_body
from pos_app.till.reportfile import HEAD, csv_of
from pos_app.till.shiftwork import report_from

AT = datetime(2026, 6, 1, 6, 32, tzinfo=UTC)
TALLIES = st.builds(Tally, st.integers(0, 10**6), st.integers(0, 10**12))
TITLES = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\r\n\0"), max_size=40)
REPORTS = st.builds(
    Report,
    kind=st.sampled_from(ReportKind),
    currency=st.sampled_from(["SGD", "JPY", "KWD", "IDR"]),
    since=st.just(AT),
    until=st.just(AT),
    number=st.integers(0, 99_999),
    done=TALLIES,
    pending=TALLIES,
    refused=TALLIES,
    points=st.builds(PointsTold, st.integers(0, 10**9), st.integers(0, 10**9)),
    rewards=st.lists(st.builds(RewardLine, TITLES, TALLIES, TALLIES, TALLIES, st.integers(0, 9)), max_size=4).map(
        tuple
    ),
    open=st.builds(Open, st.tuples(TALLIES, TALLIES, TALLIES, TALLIES), TALLIES, TALLIES, TALLIES),
)


def read(text: str) -> list[list[str]]:
    rows = list(csv.reader(io.StringIO(text, newline="")))
    assert rows[0] == list(HEAD)
    assert {len(row) for row in rows} == {len(HEAD)}
    return rows[1:]


def tally(rows: list[list[str]], section: str, item: str, what: str, currency: str) -> Tally:
    """Two lines of the table as the value that they were made of."""
    found = {row[2]: row[3:] for row in rows if row[:2] == [section, item]}
    worth, unit = found[f"{what} worth".strip()]
    assert unit == currency
    return Tally(int(found[f"{what} count".strip()][0]), int(Decimal(worth).scaleb(exponent(currency))))


@given(REPORTS)
def test_a_table_says_what_the_report_says(report):
    rows, currency = read(csv_of(report)), report.currency
    for name in ("done", "pending", "refused"):
        assert tally(rows, "sales", name, "", currency) == getattr(report, name)
    total = report.vouchers
    for what, worth in (("used", total.used), ("not confirmed", total.open), ("refused later", total.refused)):
        assert tally(rows, "all vouchers", "", what, currency) == worth
    vouchers = [row for row in rows if row[0] == "voucher" and row[2] == "used count"]
    assert [int(row[3]) for row in vouchers] == [one.used.count for one in report.rewards]
    assert [row[1].removeprefix("'") for row in vouchers] == [one.title.removeprefix("'") for one in report.rewards]
    assert tally(rows, "needs attention", "all", "", currency) == report.open.attention
    points = {row[1]: int(row[3]) for row in rows if row[0] == "points" and row[2] == "points"}
    assert (points["given"], points["about_given"]) == (report.points.given, report.points.about_given)


@pytest.mark.parametrize("title", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1"])
def test_no_words_run_as_a_formula(title):
    report = Report(ReportKind.X, "SGD", AT, AT, rewards=(RewardLine(title, Tally(1, 100)),))
    cells = [cell for row in read(csv_of(report)) for cell in row]
    assert f"'{title}" in cells
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t"))]


@given(REPORTS)
def test_a_report_is_read_back_as_it_was_kept(report):
    assert report_from(to_body(report)) == report


@pytest.mark.log_warnings("cannot be read")
@pytest.mark.parametrize("damage", [{"kind": "y"}, {"since": "yesterday"}, {"done": 3}, {"rewards": [{"used": 1}]}])
def test_a_damaged_report_is_none(damage):
    body = to_body(replace(Report(ReportKind.X, "SGD", AT, AT), number=3))
    assert report_from(body | damage) is None
