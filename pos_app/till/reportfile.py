"""A report as a table for other programs: CSV, one figure a line, amounts as decimals with their currency.

Columns: section, item, measure, value, unit. `unit` is a currency, or empty for counts, points, times and words.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from pos_app.domain.shift import AGES_S, Report, RewardLine, Tally

HEAD = ("section", "item", "measure", "value", "unit")
Cell = str | int
Line = tuple[str, str, str, Cell, str]

_RUNS = ("=", "+", "-", "@", "\t", "\r")


def csv_of(report: Report) -> str:
    """The report as CSV text: RFC 4180, lines that end with CRLF."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(HEAD)
    writer.writerows([_word(section), _word(item), measure, _word(value), unit] for section, item, measure, value, unit
                     in lines(report))  # fmt: skip
    return out.getvalue()


def _word(cell: Cell) -> Cell:
    """Words from outside never run as a formula in a spreadsheet."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_RUNS) else cell


def lines(report: Report) -> Iterator[Line]:
    """Every figure of a report."""
    yield from _head(report)
    for name in ("done", "pending", "refused", "reversed"):
        yield from _tally(report, "sales", name, "", getattr(report, name))
    yield "sales", "early", "count", report.early, ""
    yield "sales", "other currency", "count", report.other_currency, ""
    points = report.points
    for name in ("given", "about_given", "spent", "about_spent", "taken_back", "returned", "by_hand"):
        yield "points", name, "points", getattr(points, name), ""
    yield "points", "given", "sales", points.given_sales, ""
    yield "points", "spent", "sales", points.spent_sales, ""
    for reward in report.rewards:
        yield from _reward(report, "voucher", reward)
    yield from _reward(report, "all vouchers", report.vouchers)
    for cashier in report.cashiers:
        yield from _tally(report, "cashier", cashier.name, "", cashier.sales)
        yield "cashier", cashier.name, "points", cashier.points, ""
    for one in report.corrections:
        words = "; ".join(part for part in (one.outcome, one.why) if part)
        yield "correction", one.what, "count", one.count, ""
        yield "correction", one.what, "person", one.person, ""
        yield "correction", one.what, "approved by", one.approved_by, ""
        yield "correction", one.what, "why", words, ""
        yield "correction", one.what, "last", one.last_at.isoformat(), ""
    for name in ("holds_returned", "new_members", "parked", "cancelled"):
        yield "counts", name.replace("_", " "), "count", getattr(report, name), ""
    yield from _unsettled(report)


def _head(report: Report) -> Iterator[Line]:
    times = {"since": report.since, "until": report.until, "opened": report.opened_at}
    words = {"kind": report.kind.value, "name": report.name, "shop": report.shop, "till": report.till}
    words |= {"opened by": report.opened_by, "closed by": report.closed_by, "approved by": report.approved_by}
    words |= {"currency": report.currency}
    for name, word in words.items():
        yield "report", name, "text", word, ""
    for name, at in times.items():
        yield "report", name, "time", at.isoformat() if at is not None else "", ""


def _tally(report: Report, section: str, item: str, what: str, tally: Tally) -> Iterator[Line]:
    yield section, item, f"{what} count".strip(), tally.count, ""
    yield section, item, f"{what} worth".strip(), str(report.money(tally.minor).decimal), report.currency


def _reward(report: Report, section: str, reward: RewardLine) -> Iterator[Line]:
    for name, tally in (("used", reward.used), ("not confirmed", reward.open), ("refused later", reward.refused)):
        yield from _tally(report, section, reward.title, name, tally)
    yield section, reward.title, "undone count", reward.undone, ""


def _unsettled(report: Report) -> Iterator[Line]:
    bounds = [f"under {age // 60} min" for age in AGES_S] + [f"over {AGES_S[-1] // 60} min"]
    for name, tally in zip(bounds, report.open.by_age, strict=True):
        yield from _tally(report, "not sent", name, "", tally)
    yield from _tally(report, "not sent", "made in this span", "", report.open.here)
    yield from _tally(report, "needs attention", "all", "", report.open.attention)
    yield from _tally(report, "needs attention", "made in this span", "", report.open.attention_here)
