"""A report in words and figures: the tables of the screen, and the slip that is printed. One place for both."""

from __future__ import annotations

from collections.abc import Iterator

from pos_app.domain import codes
from pos_app.domain.receipt import Receipt, SlipLine
from pos_app.domain.shift import Correction, Report, ReportKind, RewardLine, Tally
from pos_app.language import _
from pos_app.till.state import Shop
from pos_app.ui.present.slip import marks
from pos_app.ui.present.words import Words
from pos_app.ui.report import Table

GAP = SlipLine()
_TITLE = 60


def who(name: str) -> str:
    """Whoever did it; the till itself, where nobody signs on."""
    return codes.shown(name, 24) or _("this till")


def _money(report: Report, words: Words, tally: Tally) -> str:
    return words.money(report.money(tally.minor))


def tables(report: Report, words: Words) -> Iterator[Table]:
    """The vouchers by reward: given on trust or not confirmed stands beside them, so does what was undone."""
    if not report.rewards:
        return
    total = report.vouchers
    has_open = bool(total.open.count or total.refused.count)
    columns = (_("Voucher"), _("Used"), *((_("Not confirmed"), _("Refused later")) if has_open else ()), _("Undone"),
               _("Worth"))  # fmt: skip

    def row(title: str, line: RewardLine) -> tuple[str, ...]:
        more = (words.points(line.open.count), words.points(line.refused.count)) if has_open else ()
        worth = _money(report, words, line.used + line.open)
        return (title, words.points(line.used.count), *more, words.points(line.undone), worth)

    rows = tuple(row(codes.shown(one.title, _TITLE) or _("Voucher"), one) for one in report.rewards)
    yield Table(columns, rows, row(_("All vouchers"), total))


def sales_table(report: Report, words: Words) -> Iterator[Table]:
    """Sales by what Perx said of them."""
    lines = [(_("Perx has them"), report.done), (_("Not confirmed yet"), report.pending)]
    rows = [(name, words.points(one.count), _money(report, words, one)) for name, one in lines]
    if report.refused.count:
        rows.append((_("Refused by Perx"), words.points(report.refused.count), _money(report, words, report.refused)))
    total = (_("All but refused"), words.points(report.sales.count), _money(report, words, report.sales))
    if report.reversed.count:
        off = words.off(report.money(report.reversed.minor))
        rows += [total, (_("Reversed"), words.points(-report.reversed.count), off)]
        total = (_("Left after reversals"), words.points(report.kept.count), _money(report, words, report.kept))
    yield Table((_("Sales"), _("Count"), _("Worth")), tuple(rows), total)


def points_table(report: Report, words: Words) -> Iterator[Table]:
    """Points in and out: Perx's word, and the till's estimate where there is none yet."""
    points = report.points
    rows = [
        (_("Given"), words.gained(points.given), words.points(points.about_given)),
        (_("Spent"), words.points(-points.spent), words.points(-points.about_spent)),
    ]
    if points.by_hand:
        rows.append((_("Of these by hand"), words.gained(points.by_hand), ""))
    if points.taken_back or points.returned:
        rows.append((_("Taken back by reversals"), words.points(-points.taken_back), ""))
        rows.append((_("Returned by reversals"), words.gained(points.returned), ""))
    yield Table((_("Points"), _("Perx says"), _("Estimated")), tuple(rows))


def cashier_table(report: Report, words: Words) -> Iterator[Table]:
    """Who sold how much, where somebody signed on."""
    if not any(one.name for one in report.cashiers):
        return
    rows = tuple(
        (who(one.name), words.points(one.sales.count), words.gained(one.points), _money(report, words, one.sales))
        for one in report.cashiers
    )
    yield Table((_("Cashier"), _("Sales"), _("Points"), _("Worth")), rows)


def count_table(report: Report, words: Words) -> Iterator[Table]:
    """What else happened, in numbers."""
    counts = (
        (_("Holds given back"), report.holds_returned),
        (_("New members"), report.new_members),
        (_("Sales parked"), report.parked),
        (_("Sales cancelled"), report.cancelled),
    )
    yield Table((_("Also"), _("Count")), tuple((name, words.points(count)) for name, count in counts))


def age_table(report: Report, words: Words) -> Iterator[Table]:
    """What is not sent, by its age."""
    open_ = report.open
    if not open_.unsent.count:
        return
    names = (_("Under 15 min"), _("15 min to 1 h"), _("1 h to 24 h"), _("Over 24 h"))
    rows = tuple(
        (name, words.points(one.count), _money(report, words, one))
        for name, one in zip(names, open_.by_age, strict=True)
    )
    total = (_("All not sent"), words.points(open_.unsent.count), _money(report, words, open_.unsent))
    yield Table((_("Not sent yet"), _("Count"), _("Worth")), rows, total)


MORE_TABLES = (sales_table, points_table, cashier_table, count_table, age_table)


def undone_lines(report: Report, words: Words) -> Iterator[str]:
    """Who put what right, who agreed, when and why."""
    for one in report.corrections:
        told = [_what(one), codes.shown(one.person, 24)]
        told.append(_("approved by {name}").format(name=codes.shown(one.approved_by, 24)) if one.approved_by else "")
        told += [words.clock(one.last_at), codes.shown(one.why, 80)]
        line = ", ".join(part for part in told if part)
        yield line if one.count == 1 else f"{words.points(one.count)} × {line}"


def _what(one: Correction) -> str:
    told = {
        "sale reversed": _("Sale reversed"),
        "typed member approved": _("Typed member approved"),
        "points given by hand": _("Points given by hand"),
        "settled by hand": {
            "done": _("Marked as done"),
            "refused": _("Given up"),
            "waiting": _("Sent again"),
        }.get(one.outcome, _("Settled")),
    }
    return told.get(one.what, codes.shown(one.what, 40))


# ---------------------------------------------------------------- on paper


def report_slip(report: Report, shop: Shop, *, copy: bool = False) -> Receipt:
    """The report as a long slip."""
    words = Words(shop.locale)
    lines = [*_head(report, words), GAP]
    wanted = (sales_table, tables, points_table, cashier_table, count_table)
    for table in (one for make in wanted for one in make(report, words)):
        lines += [*_table_lines(table), GAP]
    undone = tuple(undone_lines(report, words))
    if undone:
        lines += [SlipLine(_("Put right by hand"), bold=True), *(SlipLine(line) for line in undone), GAP]
    lines += _open_lines(report, words)
    return Receipt(tuple(lines), mark=marks(shop, copy=copy))


def _head(report: Report, words: Words) -> Iterator[SlipLine]:
    yield SlipLine(codes.shown(report.shop, 48), bold=True, centre=True)
    yield SlipLine(codes.shown(report.till, 20), centre=True)
    title = {ReportKind.X: _("X report"), ReportKind.Z: _("Z report"), ReportKind.DAY: _("The day so far")}
    yield SlipLine("  ".join(part for part in (title[report.kind], report.name) if part), bold=True, centre=True)
    times = [(_("From"), report.since), (_("Opened"), report.opened_at)]
    times.append((_("Closed") if report.kind is ReportKind.Z else _("Now"), report.until))
    for name, at in times:
        if at is not None:
            yield SlipLine(name, f"{words.clock(at)}  {words.day(at)}")
    people = (
        (_("Opened by"), report.opened_by),
        (_("Closed by"), report.closed_by),
        (_("Approved by"), report.approved_by),
    )
    yield from (SlipLine(name, codes.shown(one, 24)) for name, one in people if one)
    yield SlipLine(_("Amounts in"), report.currency)
    if report.early:
        yield SlipLine(_("Sales before it was opened"), words.points(report.early))
    if report.other_currency:
        yield SlipLine(_("Sales in another currency, not counted"), words.points(report.other_currency))


def _table_lines(table: Table) -> Iterator[SlipLine]:
    """Two figures a row beside its name: the count and the worth; what stands between them on lines of its own."""
    yield SlipLine(
        table.columns[0], "  ".join((table.columns[1], table.columns[-1])[: len(table.columns) - 1]), bold=True
    )
    for row, bold in [*((row, False) for row in table.rows), *([(table.total, True)] if table.total else [])]:
        figures = (row[1], row[-1]) if len(row) > 2 else (row[1],)
        yield SlipLine(row[0], "  ".join(part for part in figures if part), bold=bold)
        for name, figure in zip(table.columns[2:-1], row[2:-1], strict=True):
            if figure not in ("0", ""):
                yield SlipLine(f"- {name}", figure)


def _open_lines(report: Report, words: Words) -> Iterator[SlipLine]:
    open_ = report.open
    if not open_.is_any:
        yield SlipLine(_("Perx has been told of everything."))
        return
    for table in age_table(report, words):
        yield from _table_lines(table)
    if open_.attention.count:
        yield SlipLine(_("Need a person"), words.points(open_.attention.count), bold=True)
