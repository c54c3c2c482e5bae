"""What a till did, counted by SQL over a span of its rows: of a shift by their numbers, of a day by their times.

Every figure of the end of a day and of a shift's reports comes from here. No row is loaded: the span is an index, and
what comes back is one row a group. A body that damage has made unreadable counts with what its columns say.
"""

from __future__ import annotations

import apsw
from msgspec import Struct

from pos_app.domain.shift import AGES_S, Correction, Tally
from pos_app.domain.shiftrows import KindRow, OpenRow, Rows, SalesRow, VoucherRow
from pos_app.outbox.disk import assert_thread
from pos_app.outbox.tally import AMOUNT
from pos_app.outbox.values import from_ms

MOST_LINES = 200
"""Rewards and corrections that a report names; more than a till has in a shift."""

CORRECTIONS = ("settled by hand", "sale reversed", "typed member approved", "points given by hand")
"""The journal's words for what people put right, or let pass."""


class Span(Struct, frozen=True):
    """Which rows count: `entry` and `line` are conditions on the rows `o` of the outbox and `j` of the journal."""

    entry: str
    entries: tuple[int, int]
    line: str
    lines: tuple[int, int]


def between(start_ms: int, end_ms: int) -> Span:
    """The rows of a time span."""
    times = (start_ms, end_ms)
    return Span("o.made_at >= ? AND o.made_at < ?", times, "j.at >= ? AND j.at < ?", times)


def numbered(entries: tuple[int, int], lines: tuple[int, int]) -> Span:
    """The rows after a number, up to another."""
    return Span("o.id > ? AND o.id <= ?", entries, "j.id > ? AND j.id <= ?", lines)


def count(connection: apsw.Connection, span: Span, now_ms: int) -> Rows:
    """Everything that a report is made of.   Thread: outbox."""
    return Rows(
        tuple(sales(connection, span)),
        tuple(_vouchers(connection, span)),
        tuple(_kinds(connection, span)),
        tuple(_open(connection, span, now_ms)),
        tuple(_corrections(connection, span)),
        tuple(_lines(connection, span)),
        reversed=reversals(connection, span),
    )


_WORTH = AMOUNT.format("o.")
_SOLD = f"""
    WITH sold AS MATERIALIZED (
        SELECT o.state, {_WORTH} AS minor, iif(json_valid(s.body), s.body, '{{}}') AS body,
            iif(o.kind = 'checkout' AND json_valid(o.body), json_extract(o.body, '$.points'), 0) AS spent
        FROM outbox o LEFT JOIN sales s ON s.ref = o.ref
        WHERE %s AND o.kind IN ('checkout', 'record_sale')
    )
"""  # noqa: S608 - an expression of our own


def sales(connection: apsw.Connection, span: Span) -> list[SalesRow]:
    """The sales of a span, by state, cashier and currency.   Thread: outbox."""
    assert_thread()
    query = f"""{_SOLD % span.entry}, told AS (
            SELECT state, minor, ifnull(json_extract(body, '$.cashier'), '') AS cashier,
                ifnull(json_extract(body, '$.currency'), '') AS currency,
                json_extract(body, '$.points') AS points, ifnull(json_extract(body, '$.estimate'), 0) AS about,
                ifnull(spent, 0) AS spent, ifnull(json_array_length(body, '$.vouchers'), 0) AS vouchers FROM sold
        )
        SELECT state, cashier, currency, count(*), sum(minor), sum(iif(points > 0, points, 0)), sum(points > 0 IS TRUE),
            sum(iif(points < 0, -points, 0)), sum(iif(points IS NULL, about, 0)),
            sum(points IS NULL AND about > 0), sum(spent), sum(spent > 0 OR points < 0 IS TRUE), sum(vouchers)
        FROM told GROUP BY state, cashier, currency"""  # noqa: S608 - conditions of our own
    return [SalesRow(*row) for row in connection.execute(query, span.entries)]


def _vouchers(connection: apsw.Connection, span: Span) -> list[VoucherRow]:
    in_sales = f"""{_SOLD % span.entry}
        SELECT ifnull(json_extract(v.value, '$.title'), ''), 0, state, count(*),
            sum(ifnull(json_extract(v.value, '$.off_minor'), 0))
        FROM sold, json_each(body, '$.vouchers') v WHERE NOT ifnull(json_extract(v.value, '$.on_trust'), 0)
        GROUP BY 1, state LIMIT {MOST_LINES}"""  # noqa: S608 - conditions of our own
    on_trust = f"""
        SELECT ifnull(iif(json_valid(o.body), json_extract(o.body, '$.title'), ''), ''), 1, o.state, count(*),
            sum({_WORTH})
        FROM outbox o WHERE {span.entry} AND o.kind = 'redeem_voucher'
        GROUP BY 1, o.state LIMIT {MOST_LINES}"""  # noqa: S608 - conditions of our own
    found = [*connection.execute(in_sales, span.entries), *connection.execute(on_trust, span.entries)]
    return [VoucherRow(str(row[0])[:200], bool(row[1]), *row[2:]) for row in found]


def reversals(connection: apsw.Connection, span: Span) -> Tally:
    """The sales that were reversed in a span, each in the span of its first reversal only.   Thread: outbox.

    One that was sold in the same span and never sent is no sale of it any more, so it is not taken off again.
    """
    assert_thread()
    query = f"""
        WITH undone AS (
            SELECT DISTINCT j.ref FROM journal j WHERE {span.line} AND j.what = 'sale reversed' AND NOT EXISTS (
                SELECT 1 FROM journal b WHERE b.ref = j.ref AND b.ref <> '' AND b.what = 'sale reversed' AND b.id < j.id
            )
        )
        SELECT count(*), ifnull(sum({_WORTH}), 0) FROM undone JOIN outbox o ON o.ref = undone.ref
        WHERE o.kind IN ('checkout', 'record_sale') AND NOT (o.state = 'refused' AND {span.entry})"""  # noqa: S608
    row = connection.execute(query, (*span.lines, *span.entries)).fetchone()
    return Tally(*(int(one) for one in row)) if row is not None else Tally()


def points_undone(connection: apsw.Connection, span: Span) -> tuple[int, int]:
    """Points that reversals of a span took back from customers, and gave back to them, as Perx confirmed.

    Thread: outbox.
    """
    rows = [one for one in _kinds(connection, span) if one.kind == "reverse_points" and one.state == "done"]
    return (sum(one.points for one in rows if not one.gives_back), sum(one.points for one in rows if one.gives_back))


def _kinds(connection: apsw.Connection, span: Span) -> list[KindRow]:
    """Reversals too: their kinds count as soon as the till has such commands."""
    query = f"""
        WITH other AS (
            SELECT o.kind, o.state, iif(json_valid(o.body), o.body, '{{}}') AS body FROM outbox o
            WHERE {span.entry} AND o.kind IN ('release_voucher', 'create_customer', 'join_later', 'earn_points',
                'burn_points', 'reverse_points', 'revert_voucher', 'confirm_reward')
        )
        SELECT kind, state, iif(kind = 'revert_voucher', ifnull(json_extract(body, '$.title'), ''), ''),
            ifnull(json_extract(body, '$.gives_back'), 0), count(*), sum(ifnull(json_extract(body, '$.points'), 0))
        FROM other GROUP BY 1, 2, 3, 4 LIMIT {MOST_LINES}"""  # noqa: S608 - conditions of our own
    rows = connection.execute(query, span.entries)
    return [KindRow(row[0], row[1], str(row[2])[:200], bool(row[3]), row[4], row[5]) for row in rows]


def _open(connection: apsw.Connection, span: Span, now_ms: int) -> list[OpenRow]:
    """What is not settled, of whatever day; the partial index of the backlog holds these rows only.

    Only sales have a worth here: a voucher on trust is a part of its sale.
    """
    ages = " ".join(f"WHEN ? - o.made_at < {age * 1000} THEN {n}" for n, age in enumerate(AGES_S))
    query = f"""
        SELECT {span.entry} AS here, o.state = 'attention', CASE {ages} ELSE {len(AGES_S)} END, count(*),
            sum(iif(o.kind IN ('checkout', 'record_sale'), {_WORTH}, 0))
        FROM outbox o INDEXED BY outbox_backlog WHERE o.state NOT IN ('done', 'refused')
        GROUP BY 1, 2, 3"""  # noqa: S608 - conditions of our own
    rows = connection.execute(query, (*span.entries, *[now_ms] * len(AGES_S)))
    return [OpenRow(bool(row[0]), bool(row[1]), *row[2:]) for row in rows]


def _lines(connection: apsw.Connection, span: Span) -> list[tuple[str, int]]:
    query = f"""SELECT j.what, count(*) FROM journal j WHERE {span.line} AND j.what IN ('parked', 'cancelled')
        GROUP BY j.what"""  # noqa: S608 - conditions of our own
    return [(str(what), int(times)) for what, times in connection.execute(query, span.lines)]


def _corrections(connection: apsw.Connection, span: Span) -> list[Correction]:
    """The last ones when there are very many. Having something looked up again changes nothing, and is none."""
    marks = ", ".join("?" * len(CORRECTIONS))
    query = f"""
        WITH told AS (
            SELECT j.id, j.at, j.what, j.person, iif(json_valid(j.facts), j.facts, '{{}}') AS facts FROM journal j
            WHERE {span.line} AND j.what IN ({marks})
        )
        SELECT what, ifnull(json_extract(facts, '$.is'), '') AS outcome, person,
            ifnull(json_extract(facts, '$.approved_by'), ''), ifnull(json_extract(facts, '$.why'), ''), count(*),
            max(at), max(id) AS last
        FROM told WHERE outcome <> 'checking' GROUP BY 1, 2, 3, 4, 5
        ORDER BY last DESC LIMIT {MOST_LINES}"""  # noqa: S608 - conditions of our own
    rows = connection.execute(query, (*span.lines, *CORRECTIONS)).fetchall()
    found = []
    for row in reversed(rows):
        what, outcome, person, approved_by, why = (str(word)[:200] for word in row[:5])
        found.append(Correction(what, outcome, person, approved_by, why, row[5], from_ms(row[6])))
    return found
