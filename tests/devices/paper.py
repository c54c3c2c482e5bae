"""A slip printer of its own making: it parses ESC/POS bytes back into words and dots, and answers as one would.

It shares nothing with the program: code pages are Python's, Code 128 is drawn by the table of ISO/IEC 15417.
"""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import pytest

needs_zbar = pytest.mark.skipif(shutil.which("zbarimg") is None, reason="zbarimg is not installed (zbar-tools)")

PAGES = {0: "cp437", 2: "cp850", 16: "cp1252", 19: "cp858", 21: "cp874"}
_WIDTHS = """
212222 222122 222221 121223 121322 131222 122213 122312 132212 221213 221312 231212 112232 122132 122231 113222 123122
123221 223211 221132 221231 213212 223112 312131 311222 321122 321221 312212 322112 322211 212123 212321 232121 111323
131123 131321 112313 132113 132311 211313 231113 231311 112133 112331 132131 113123 113321 133121 313121 211331 231131
213113 213311 213131 311123 311321 331121 312113 312311 332111 314111 221411 431111 111224 111422 121124 121421 141122
141221 112214 112412 122114 122411 142112 142211 241211 221114 413111 241112 134111 111242 121142 121241 114212 124112
124211 411212 421112 421211 212141 214121 412121 111143 111341 131141 114113 114311 411113 411311 113141 114131 311141
411131 211412 211214 211232 2331112
"""
CODE128 = tuple(_WIDTHS.split())
TALL, LINE = 24, 30


@dataclass
class Slip:
    """One piece of paper: `words` line by line ("" = a line of dots or a gap), and every dot as rows of 0 and 1."""

    words: list[str] = field(default_factory=list)
    rows: list[str] = field(default_factory=list)
    pictures: int = 0
    bold: list[str] = field(default_factory=list)
    was_cut: bool = False

    @property
    def text(self) -> str:
        return "\n".join(self.words)

    def write(self, path: Path) -> Path:
        """The paper as a picture, with the white around that a cut slip has."""
        wide = max(map(len, self.rows), default=8)
        head = f"P1\n{wide + 80} {len(self.rows) + 80}\n"
        edge = ["0" * (wide + 80)] * 40
        rows = [*edge, *(f"{'0' * 40}{row.ljust(wide, '0')}{'0' * 40}" for row in self.rows), *edge]
        path.write_text(head + "\n".join(" ".join(row) for row in rows) + "\n")
        return path

    def scanned(self, folder: Path) -> list[str]:
        """What an independent reader reads off it: lines such as CODE-128:123 and QR-Code:https://..."""
        return scanned(self.write(folder / "slip.pbm"))


def scanned(*pictures: Path) -> list[str]:
    done = subprocess.run(["zbarimg", "-q", *map(str, pictures)], capture_output=True, text=True, check=False)
    return sorted(done.stdout.split("\n")[:-1])


class Head:
    """The printer behind the line: `feed` takes bytes and gives its answers."""

    def __init__(self, dots: int = 576) -> None:
        self.dots = dots
        self.slips: list[Slip] = []
        self.slip = Slip()
        self.kicks: list[int] = []
        self.is_open = self.is_out = self.is_low = self.is_broken = False
        self.rows_left: int | None = None  # of the roll
        self.has_answers = True
        self.confirms = True
        self.asked = 0
        self.bytes_taken = 0
        self._held = b""
        self._reset()

    def _reset(self) -> None:
        self.page, self.is_bold, self.align, self.tall, self.bar = 0, False, 0, False, [162, 3]

    @property
    def is_stopped(self) -> bool:
        return self.is_open or self.is_out or self.is_broken

    @property
    def is_mid_command(self) -> bool:
        return bool(self._held) and not self.is_stopped

    def resume(self) -> bytes:
        """Somebody has put it right: it goes on with what it still holds."""
        return self.feed(b"")

    def feed(self, data: bytes) -> bytes:
        self.bytes_taken += len(data)
        said = b""
        if self._held and data[:1] == b"\x10":  # real-time commands overtake what is held
            if not self.is_stopped and data[1:3] != b"\x14\x08":
                raise AssertionError("a real-time question stands inside another command")
            while data[:1] == b"\x10":
                length, answer = self._real_time(data)
                said, data = said + answer, data[length:]
        self._held += data
        while self._held:
            if self._held[0] == 0x10:
                length, answer = self._real_time(self._held)
            elif self.is_stopped:
                break
            else:
                length, answer = self._command(self._held)
            if not length:
                break
            self._held, said = self._held[length:], said + answer
        return said if self.has_answers else b""

    def _real_time(self, data: bytes) -> tuple[int, bytes]:
        if data[1:2] == b"\x14":
            if len(data) >= 3 and data[2] == 8:
                assert data[3:10] == b"\x01\x03\x14\x01\x06\x02\x08"
                self._held = b""
                self._reset()
                return 10, b"\x37\x25\x00"
            return len(data), b""
        assert data[1:2] == b"\x04", data[:4]
        self.asked += 1
        stopped = 0x08 if self.is_stopped else 0
        answer = {
            1: 0x12 | stopped,
            2: 0x12 | (0x04 if self.is_open else 0) | (0x20 if self.is_out else 0) | (0x40 if self.is_broken else 0),
            3: 0x12 | (0x08 if self.is_broken else 0),
            4: 0x12 | (0x0C if self.is_low or self.is_out else 0) | (0x60 if self.is_out else 0),
        }[data[2]]
        return 3, bytes([answer])

    def _command(self, d: bytes) -> tuple[int, bytes]:
        if d[0] not in (0x1B, 0x1D):
            end = d.find(b"\n")
            if end < 0:
                return 0, b""
            self._text(d[:end])
            return end + 1, b""
        fixed = {b"\x1b@": 2, b"\x1bt": 3, b"\x1bE": 3, b"\x1ba": 3, b"\x1bJ": 3, b"\x1bd": 3, b"\x1bp": 5, b"\x1d!": 3,
                 b"\x1dh": 3, b"\x1dw": 3, b"\x1df": 3, b"\x1dH": 3, b"\x1dV": 3, b"\x1dr": 3}  # fmt: skip
        if len(d) < 2:
            return 0, b""
        name = d[:2]
        if name == b"\x1dk":
            if len(d) < 4 or len(d) < 4 + d[3]:
                return 0, b""
            assert d[2] == 73, "Code 128 only"
            self._bars(d[4 : 4 + d[3]])
            return 4 + d[3], b""
        if name == b"\x1dv":
            if len(d) < 8:
                return 0, b""
            assert d[2:4] == b"0\x00", d[2:4]
            wide, tall = int.from_bytes(d[4:6], "little"), int.from_bytes(d[6:8], "little")
            if len(d) < 8 + wide * tall:
                return 0, b""
            body = d[8 : 8 + wide * tall]
            assert wide * 8 <= self.dots, "wider than the head"
            self.slip.pictures += 1
            self._rows(f"{int.from_bytes(body[y * wide : (y + 1) * wide], 'big'):0{wide * 8}b}" for y in range(tall))
            return 8 + wide * tall, b""
        assert name in fixed, f"an unknown command: {d[:8]!r}"
        if len(d) < fixed[name]:
            return 0, b""
        return fixed[name], self._simple(name, d)

    def _simple(self, name: bytes, d: bytes) -> bytes:
        match name:
            case b"\x1b@":
                self._reset()
            case b"\x1bt":
                self.page = d[2]
            case b"\x1bE":
                self.is_bold = bool(d[2] & 1)
            case b"\x1ba":
                self.align = d[2]
            case b"\x1d!":
                self.tall = bool(d[2] & 0x0F)
            case b"\x1dh":
                self.bar[0] = d[2]
            case b"\x1dw":
                self.bar[1] = d[2]
            case b"\x1bJ":
                self._rows(["0"] * d[2])
            case b"\x1bd":
                self._rows(["0"] * (LINE * d[2]))
            case b"\x1bp":
                self.kicks.append(2 if d[2] in (0, 48) else 5)
            case b"\x1dV":
                self.slip.was_cut = True
                self.slips.append(self.slip)
                self.slip = Slip()
            case b"\x1dr":
                return bytes([0x0C if self.is_out else 0]) if self.confirms else b""
        return b""

    def _text(self, raw: bytes) -> None:
        assert not any(byte < 32 for byte in raw), raw
        words = raw.decode(PAGES[self.page])
        columns = self.dots // 12
        assert len(words) <= columns, f"{words!r} does not fit into {columns} columns"
        self.slip.words.append(words.center(columns).rstrip() if self.align == 1 else words)
        if self.is_bold and words:
            self.slip.bold.append(words.strip())
        self._rows(["0"] * (LINE + (TALL if self.tall else 0)))

    def _bars(self, data: bytes) -> None:
        assert data[:2] == b"{C", data[:2]
        values = [105, *data[2:]]
        assert all(value < 100 for value in values[1:])
        check = (105 + sum(place * value for place, value in enumerate(values[1:], 1))) % 103
        widths = "".join(CODE128[value] for value in (*values, check, 106))
        bits = "".join(("1" if n % 2 == 0 else "0") * (int(w) * self.bar[1]) for n, w in enumerate(widths))
        if len(bits) > self.dots:
            return  # a real one prints nothing either
        left = (self.dots - len(bits)) // 2 if self.align == 1 else 0
        self._rows(["0" * left + bits] * self.bar[0])

    def _rows(self, rows) -> None:
        rows = list(rows)
        self.slip.rows += rows
        if self.rows_left is not None:
            self.rows_left -= len(rows)
            if self.rows_left <= 0:
                self.rows_left, self.is_out = None, True


def printed(data: bytes, dots: int = 576) -> Slip:
    """One slip's bytes, read whole."""
    head = Head(dots)
    head.feed(data)
    assert not head._held, f"the bytes end inside a command: {head._held[:20]!r}"
    return head.slips[0] if head.slips else head.slip
