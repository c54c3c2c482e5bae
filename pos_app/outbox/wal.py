"""What is wrong with the write-ahead log beside a data file, read before SQLite opens both.

SQLite takes the log up to the first frame that does not fit and forgets the rest: right for the torn end of a
transaction that nobody was told of, silent loss for a spoilt frame in the middle. The two differ: with
`synchronous=FULL` a transaction is on the disk before the next one begins, so a frame of a *later* transaction
behind the first bad one means that something acknowledged was lost. A spoilt last transaction cannot be told from
a torn one.

Format: https://www.sqlite.org/fileformat.html#walformat
"""

from __future__ import annotations

import struct
from pathlib import Path

HEADER_BYTES = 32
_FRAME_HEADER_BYTES = 24
_BIG_ENDIAN_MAGIC = 0x377F0683
_MAGICS = (0x377F0682, _BIG_ENDIAN_MAGIC)


def damage(path: Path) -> str:
    """What is wrong with this log, or "" when nothing is, or when it is not there. Errors: OSError."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return ""
    if len(data) <= HEADER_BYTES:
        return ""
    size = int.from_bytes(data[8:12], "big")
    if int.from_bytes(data[:4], "big") not in _MAGICS or size < 512 or size & (size - 1):
        # A header is synced before the first frame is acknowledged; frames behind a bad one were.
        return "the header of the log is spoilt"
    return _damage_in_frames(data, size)


def _damage_in_frames(data: bytes, size: int) -> str:
    order = ">" if int.from_bytes(data[:4], "big") == _BIG_ENDIAN_MAGIC else "<"
    before = checksum(data[:24], (0, 0), order)
    if before != struct.unpack(">II", data[24:HEADER_BYTES]):
        return "the header of the log is spoilt"
    salts, bad, is_committed = data[16:24], 0, False
    for number, start in enumerate(range(HEADER_BYTES, len(data) - size - _FRAME_HEADER_BYTES + 1, size + 24), 1):
        frame = data[start : start + _FRAME_HEADER_BYTES + size]
        stored = struct.unpack(">II", frame[16:24])
        # Other salts: what an earlier round of the log left behind.
        is_sound = frame[8:16] == salts and checksum(frame[24:], checksum(frame[:8], before, order), order) == stored
        if bad and is_sound and is_committed:
            return f"frame {bad} of the log is spoilt, and later transactions are there"
        if is_sound:
            is_committed = bool(bad) and (is_committed or frame[4:8] != b"\0\0\0\0")
        else:
            bad = bad or number
        before = stored
    return ""


def checksum(data: bytes, before: tuple[int, int], order: str) -> tuple[int, int]:
    """SQLite's running checksum of a multiple of eight bytes. Shape: `order` "<" or ">", as `struct` has it."""
    first, second = before
    for x, y in struct.iter_unpack(f"{order}II", data):
        first = (first + x + second) & 0xFFFFFFFF
        second = (second + y + first) & 0xFFFFFFFF
    return first, second
