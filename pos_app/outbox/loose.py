"""Outbox rows and finished sales from leaf pages that no tree leads to any more: a page above them was lost.

A row is taken when it proves itself: an entry by its seal, a sale by the reference in it. A page may be an older one,
so what such a row says of its state is looked up first, like the rows of a backup.

Format: https://www.sqlite.org/fileformat.html#b_tree_pages and #record_format
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pos_app.outbox.checksums import page_checksum, wanted_reserve
from pos_app.outbox.seals import seal

Row = dict[str, Any]

_TABLE_LEAF = 0x0D
_INTEGERS = {1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8}
_FINAL = ("done", "refused")


def rows(path: Path, columns: Mapping[str, tuple[str, ...]], size: int = 4096) -> dict[str, dict[int, Row]]:
    """The rows of `outbox` and `sales` that the file still has somewhere: table to row number to row. Errors: OSError.

    Of several versions of an entry the settled one is taken. A row that is longer than a page is left out.
    """
    found: dict[str, dict[int, Row]] = {"outbox": {}, "sales": {}}
    reserve = wanted_reserve()

    def is_sound(page: bytes) -> bool:
        return not reserve or page_checksum(page) == page[-reserve:]

    with path.open("rb") as file:
        for start, page in enumerate(iter(lambda: file.read(size), b"")):
            if len(page) < size:
                break
            for number, values in _cells(page, 100 if start == 0 else 0):
                if len(values) == len(columns["outbox"]):
                    _entry(found["outbox"], dict(zip(columns["outbox"], [number, *values[1:]], strict=True)), number)
                elif len(values) == len(columns["sales"]) and is_sound(page):
                    _sale(found["sales"], dict(zip(columns["sales"], values, strict=True)), number)
    return found


def _entry(found: dict[int, Row], row: Row, number: int) -> None:
    try:
        is_proved = row["seal"] == seal(row["ref"], row["kind"], row["body"], row["amount_minor"])
    except (TypeError, ValueError):
        return
    before = found.get(number)
    if is_proved and (before is None or before["state"] not in _FINAL):
        found[number] = {"rowid": number, **row}


def _sale(found: dict[int, Row], row: Row, number: int) -> None:
    try:
        is_proved = json.loads(row["body"])["ref"] == row["ref"] and isinstance(row["at"], int)
    except (TypeError, ValueError, KeyError):
        return
    if is_proved:
        found[number] = {"rowid": number, **row}


def _cells(page: bytes, head: int) -> Iterator[tuple[int, list[Any]]]:
    """Row number and values of each cell of a table's leaf page that can be read."""
    if page[head] != _TABLE_LEAF:
        return
    count = int.from_bytes(page[head + 3 : head + 5], "big")
    for index in range(min(count, len(page) // 4)):
        pointer = head + 8 + 2 * index
        at = int.from_bytes(page[pointer : pointer + 2], "big")
        try:
            length, at = _varint(page, at)
            number, at = _varint(page, at)
            if at + length <= len(page):
                yield number, _record(page[at : at + length])
        except (IndexError, ValueError):
            continue


def _record(data: bytes) -> list[Any]:
    """The values of a record. Errors: IndexError, ValueError when it is none."""
    end, at = _varint(data, 0)
    types = []
    while at < end:
        kind, at = _varint(data, at)
        types.append(kind)
    values: list[Any] = []
    for kind in types:
        if kind in (0, 8, 9):
            values.append(None if kind == 0 else kind - 8)
            continue
        if kind == 7 or kind in (10, 11):
            raise ValueError("no table of ours has such a value")
        length = _INTEGERS.get(kind) or (kind - 12) // 2
        piece, at = data[at : at + length], at + length
        if len(piece) < length:
            raise ValueError("the record is cut off")
        if kind in _INTEGERS:
            values.append(int.from_bytes(piece, "big", signed=True))
        else:
            values.append(piece.decode("utf-8") if kind % 2 else piece)
    return values


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = 0
    for place in range(9):
        byte = data[at + place]
        if place == 8:
            return value << 8 | byte, at + 9
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value, at + place + 1
    raise ValueError("no number")
