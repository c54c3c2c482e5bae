"""The open entries in figures, at the same small cost however many there are.

Counting 100,000 rows at every change would take longer than the change. So the rows are counted once, when the
figures are first asked for, into a temporary table; temporary triggers keep it from then on, within the transaction
of each write and taken back with it. Nothing of it is in the file: a next run counts afresh.
"""

from __future__ import annotations

from typing import Any

import apsw

from pos_app.domain.entries import Backlog
from pos_app.domain.offline import Unconfirmed
from pos_app.outbox.disk import assert_thread
from pos_app.outbox.values import from_ms

MOST_MINOR = 10**12
"""A larger amount in a row is a damaged one: a person has its entry, and it is not added to the others."""
AMOUNT = f"iif({{0}}amount_minor BETWEEN 0 AND {MOST_MINOR}, {{0}}amount_minor, 0)"
_OWN, _OLD, _NEW = (AMOUNT.format(row) for row in ("", "old.", "new."))
_COUNT = f"""
CREATE TEMP TABLE tally (state TEXT PRIMARY KEY, entries INTEGER NOT NULL, amount_minor INTEGER NOT NULL) WITHOUT ROWID;
INSERT INTO temp.tally (state, entries, amount_minor)
    VALUES ('waiting', 0, 0), ('sending', 0, 0), ('checking', 0, 0), ('attention', 0, 0);
INSERT OR REPLACE INTO temp.tally (state, entries, amount_minor)
    SELECT state, count(*), sum({_OWN}) FROM main.outbox WHERE state NOT IN ('done', 'refused') GROUP BY state;
CREATE TEMP TRIGGER tally_made AFTER INSERT ON main.outbox BEGIN
    UPDATE tally SET entries = entries + 1, amount_minor = amount_minor + {_NEW} WHERE state = new.state;
END;
CREATE TEMP TRIGGER tally_moved AFTER UPDATE OF state, amount_minor ON main.outbox BEGIN
    UPDATE tally SET entries = entries - 1, amount_minor = amount_minor - {_OLD} WHERE state = old.state;
    UPDATE tally SET entries = entries + 1, amount_minor = amount_minor + {_NEW} WHERE state = new.state;
END;
CREATE TEMP TRIGGER tally_gone AFTER DELETE ON main.outbox BEGIN
    UPDATE tally SET entries = entries - 1, amount_minor = amount_minor - {_OLD} WHERE state = old.state;
END;
"""  # noqa: S608 - expressions of our own
_IS_COUNTED = "SELECT 1 FROM temp.sqlite_schema WHERE name = 'tally'"
# The second term is there for the partial index, which holds the open entries only.
_OLDEST = "SELECT min(made_at) FROM main.outbox WHERE state = ? AND made_at >= 0 AND state NOT IN ('done', 'refused')"


# Vouchers on trust are few by the policy, and have an index of their own.
_ON_TRUST = (
    f"SELECT state, count(*), sum({_OWN}) FROM main.outbox"  # noqa: S608 - an expression of our own
    " WHERE kind = 'redeem_voucher' AND state NOT IN ('done', 'refused') GROUP BY state"
)


def backlog(connection: apsw.Connection) -> Backlog:
    """The open entries in figures. An entry that is being sent still counts as waiting.   Thread: outbox."""
    assert_thread()
    if connection.execute(_IS_COUNTED).get is None:
        connection.execute(_COUNT)
    figures = {row[0]: row[1:] for row in connection.execute("SELECT state, entries, amount_minor FROM temp.tally")}
    waiting, sending = figures["waiting"], figures["sending"]
    oldest = [connection.execute(_OLDEST, (state,)).get for state in ("waiting", "sending", "checking")]
    oldest_ms = min((ms for ms in oldest if ms is not None), default=None)
    trusted: list[Any] = connection.execute(_ON_TRUST).fetchall()
    on_trust = sum(int(row[2]) for row in trusted if row[0] in ("waiting", "sending"))
    return Backlog(
        waiting=waiting[0] + sending[0],
        checking=figures["checking"][0],
        attention=figures["attention"][0],
        value_minor=waiting[1] + sending[1] - on_trust,
        unconfirmed=Unconfirmed(sum(int(row[1]) for row in trusted), sum(int(row[2]) for row in trusted)),
        oldest_at=None if oldest_ms is None else from_ms(oldest_ms),
    )
