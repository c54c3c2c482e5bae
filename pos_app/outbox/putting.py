"""Putting: a command, what goes with it, and the sale that it completes or undoes, inside one transaction."""

from __future__ import annotations

from collections.abc import Sequence

import apsw
from msgspec import Struct

from pos_app.domain.commands import Command, ReleasePoints, ReleaseReward, ReleaseVoucher
from pos_app.domain.entries import Entry
from pos_app.outbox import claims, freeing, rows
from pos_app.outbox.disk import assert_thread
from pos_app.outbox.opensale import mark_stored
from pos_app.outbox.sales import StoredSale, write_sale
from pos_app.outbox.undoing import Undoing, write_undoing

Sold = StoredSale | Undoing | None
"""The sale that a command completes, or what is written of the one that it undoes."""


ONLY_FREES = (ReleaseVoucher, ReleasePoints, ReleaseReward)
"""What only gives back: it may use the room that is kept on the disk for what is under way."""


class Now(Struct, frozen=True):
    """The times of an insertion, and whether it goes ahead of what waits already."""

    clocks: rows.Clocks
    hurry: bool


def insert(
    connection: apsw.Connection,
    commands: Sequence[Command],
    sale: Sold,
    rules: rows.Rules,
    now: Now,
) -> list[tuple[Entry, bool]]:
    """Store all of it; of each entry whether it is new or newly settled.   Thread: outbox."""
    assert_thread()
    given_up: list[Entry] = []
    if isinstance(sale, StoredSale):
        write_sale(connection, sale)
        mark_stored(connection, sale.ref)
    elif sale is not None:
        given_up = write_undoing(connection, sale, commands, rules, now.clocks)
        for one in given_up:
            freeing.after(connection, one, one.state, rules, now.clocks)
    stored = [rows.insert(connection, one, rules, now.clocks, hurry=now.hurry) for one in commands]
    return [*((one, True) for one in given_up), *stored]


def insert_lost(
    connection: apsw.Connection,
    commands: Sequence[Command],
    sale: Sold,
    rules: rows.Rules,
    now: Now,
) -> list[tuple[Entry, bool]]:
    """Store what a damage took, for a person to settle.   Thread: outbox."""
    assert_thread()
    [command] = commands
    entry, is_new = rows.insert(connection, command, rules, now.clocks, hurry=False)
    if not is_new:
        return [(entry, False)]
    if isinstance(sale, StoredSale):
        write_sale(connection, sale)
    return [(claims.hand_lost(connection, command.ref, rules, now.clocks), True)]
