"""What is put into the outbox, in one transaction with the sale that it completes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import apsw

from pos_app.domain.commands import Command, ReleasePoints, ReleaseVoucher
from pos_app.domain.entries import Entry
from pos_app.outbox import claims, rows
from pos_app.outbox.opensale import mark_stored
from pos_app.outbox.rows import Clocks, Rules
from pos_app.outbox.sales import StoredSale, write_sale

ONLY_FREES = (ReleaseVoucher, ReleasePoints)
"""What only gives back: it may use the room that is kept on the disk for what is under way."""


@dataclass(frozen=True)
class Now:
    """The times of an insertion, and whether it goes ahead of what waits already."""

    clocks: Clocks
    hurry: bool


def insert(
    connection: apsw.Connection, commands: Sequence[Command], sale: StoredSale | None, rules: Rules, now: Now
) -> list[tuple[Entry, bool]]:
    """Store commands and the sale that the first completes: the entries, and which of them are new."""
    if sale is not None:
        write_sale(connection, sale)
        mark_stored(connection, sale.ref)
    return [rows.insert(connection, one, rules, now.clocks, hurry=now.hurry) for one in commands]


def insert_lost(
    connection: apsw.Connection, commands: Sequence[Command], sale: StoredSale | None, rules: Rules, now: Now
) -> list[tuple[Entry, bool]]:
    """Store a command that a damage took, for a person to settle; one whose row is there after all stays as it is."""
    [command] = commands
    entry, is_new = rows.insert(connection, command, rules, now.clocks, hurry=False)
    if not is_new:
        return [(entry, False)]
    if sale is not None:
        write_sale(connection, sale)
    return [(claims.hand_lost(connection, command.ref, rules, now.clocks), True)]
