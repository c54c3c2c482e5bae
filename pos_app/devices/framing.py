"""Turns the bytes of a barcode scanner into scans; pure, fed with bytes and the monotonic time.

A frame ends at CR, LF, the configured suffix, or after a silence (`idle_gap_ms`). Only a silence that the
reader has *seen* counts (`idle`): a reader that was held up finds the bytes waiting in the system's buffer,
and they belong together. CR and LF inside a code end it: a code of several lines arrives as several scans.

Two codes glued together (no ending between them, no silence) are told apart only where the bytes allow it:
* a configured prefix of control bytes, such as STX, begins a new code: the frame is split there;
* a second AIM identifier after the first, or an EAN/UPC that is longer than any: fault "glued", scan again;
* otherwise nothing can be told: it is one longer code, which nobody will know.
"""

import re
from typing import Final

from msgspec import Struct

from pos_app.domain.codes import shown

_GS: Final = 0x1D
_TAB: Final = 0x09
_AIM_BYTES: Final = 3
_LONGEST_EAN: Final = 18  # EAN-13 with a five-digit add-on


def _aim_table() -> dict[bytes, str]:
    """Build the table of AIM identifiers, `]` + code letter + modifier, and the symbology each stands for.

    Source:  ISO/IEC 15424 and the scanner vendors' tables; a vendor that sends others is not stripped.
    """
    rows = (
        ("A", "0123457", "CODE39"),
        ("C", "024", "CODE128"),
        ("C", "1", "GS1-128"),
        ("E", "01234", "EAN/UPC"),
        ("F", "0124", "CODABAR"),
        ("G", "0", "CODE93"),
        ("I", "013", "ITF"),
        ("L", "012345", "PDF417"),
        ("Q", "01256", "QR"),
        ("Q", "34", "GS1-QR"),
        ("d", "01346", "DATAMATRIX"),
        ("d", "25", "GS1-DATAMATRIX"),
        ("e", "0123", "GS1-DATABAR"),
        ("z", "0123456789ABC", "AZTEC"),
    )
    return {f"]{letter}{m}".encode(): name for letter, modifiers, name in rows for m in modifiers}


AIM: Final = _aim_table()
_AIM_INSIDE: Final = re.compile(b"|".join(map(re.escape, AIM)))


class Scan(Struct, frozen=True):
    """One code as the scanner gave it.

    Units:   `at` in seconds of the monotonic clock.
    Shape:   `text` is the code, or, when `fault` is set, a plain rendering for display only. `raw` is the
             frame without its ending, bounded. `encoding` says how the text was read ("latin-1" is a guess).
             `fault`: "" fine, "too_long", "not_text" (control bytes, or not in the configured encoding),
             "glued" (two codes in one).
    """

    text: str
    symbology: str
    raw: bytes
    port: str
    at: float
    fault: str = ""
    encoding: str = "utf-8"


class Framing(Struct, frozen=True):
    """How a scanner packs its codes.

    Units:   `idle_gap_ms` of silence ends a frame; `max_bytes` of one code, without prefix and identifiers.
    Shape:   CR and LF always end a frame, so they need not be part of `suffix`. `encoding` "auto" tries
             UTF-8, then latin-1 (what QR codes use by default); any other name is taken alone and strictly.
    Errors:  ValueError for values that could never work.
    """

    prefix: bytes = b""
    suffix: bytes = b""
    idle_gap_ms: int = 60
    max_bytes: int = 512
    encoding: str = "auto"

    def __post_init__(self) -> None:
        for name, value in (("prefix", self.prefix), ("suffix", self.suffix)):
            bare = value.strip(b"\r\n")
            if b"\r" in bare or b"\n" in bare or len(value) > 16:
                raise ValueError(f"{name}: at most 16 bytes, CR and LF only at its ends")
        if not (1 <= self.idle_gap_ms <= 5000 and 8 <= self.max_bytes <= 4096):
            raise ValueError("idle_gap_ms must be 1 to 5000 and max_bytes 8 to 4096")
        if self.encoding != "auto":
            try:
                b"A".decode(self.encoding)
            except (LookupError, UnicodeError) as error:
                raise ValueError(f"encoding {shown(self.encoding)} does not suit a scanner") from error


class Framer:
    """Collects bytes until a code is whole.

    The same bytes give the same scans however they are cut into reads. The buffer is bounded: a frame that
    is too long gives one scan with the fault "too_long" at once, and all up to the next ending is dropped.
    """

    def __init__(self, framing: Framing, port: str = "") -> None:
        self._framing = framing
        self._port = port
        self._prefix = framing.prefix.strip(b"\r\n")
        suffix = framing.suffix.strip(b"\r\n")
        self._ending = re.compile(b"|".join([re.escape(suffix)] * bool(suffix) + [b"[\r\n]"]))
        self._ending_bytes = max(1, len(suffix))
        self._limit = framing.max_bytes + len(self._prefix) + _AIM_BYTES
        self._buffer = bytearray()
        self._searched = 0
        self._is_dropping = False
        self._fed_at = 0.0
        self._has_endings = False
        self._without_ending = 0

    @property
    def has_lost_endings(self) -> bool:
        """Tell that codes used to have an ending and the last two had none: is the scanner reprogrammed?"""
        return self._without_ending >= 2

    @property
    def is_empty(self) -> bool:
        """Tell that no half code is waiting."""
        return not self._buffer and not self._is_dropping

    def feed(self, data: bytes, at: float) -> list[Scan]:
        """Take the bytes of one read and give the scans that they complete."""
        self._buffer += data
        self._fed_at = at
        scans: list[Scan] = []
        while (ending := self._ending.search(self._buffer, self._searched)) is not None:
            content = bytes(self._buffer[: ending.start()])
            del self._buffer[: ending.end()]
            self._searched = 0
            self._has_endings, self._without_ending = True, 0
            scans += self._close(content, at)
        if len(self._buffer) >= self._limit + self._ending_bytes and not self._is_dropping:
            scans.append(self._faulty("too_long", bytes(self._buffer), "", at))
            self._is_dropping = True
        if self._is_dropping:  # keep only what may be the first half of a suffix
            del self._buffer[: max(0, len(self._buffer) - self._ending_bytes + 1)]
        self._searched = max(0, len(self._buffer) - self._ending_bytes + 1)
        return scans

    def idle(self, at: float) -> list[Scan]:
        """Take note that a read found nothing; a frame without an ending is closed by enough silence."""
        if self.is_empty or at - self._fed_at < self._framing.idle_gap_ms / 1000:
            return []
        content = bytes(self._buffer)
        self._buffer.clear()
        self._searched = 0
        if self._has_endings:
            self._without_ending += 1
        return self._close(content, at)

    def _close(self, content: bytes, at: float) -> list[Scan]:
        if self._is_dropping:
            self._is_dropping = False
            return []
        if len(content) > self._limit:
            return [self._faulty("too_long", content, "", at)]
        begins_codes = bool(self._prefix) and max(self._prefix) < 0x20
        parts = content.split(self._prefix) if begins_codes else [content]
        return [scan for part in parts if (scan := self._scan(part, at)) is not None]

    def _scan(self, content: bytes, at: float) -> Scan | None:
        """Read one code; None when nothing is left without its prefix and AIM identifier."""
        body = content.removeprefix(self._prefix)
        symbology = AIM.get(body[:_AIM_BYTES], "")
        if symbology:
            body = body[_AIM_BYTES:].removeprefix(self._prefix)
        if not body:
            return None
        if len(body) > self._framing.max_bytes:
            return self._faulty("too_long", content, symbology, at)
        if symbology and (_AIM_INSIDE.search(body) or (symbology == "EAN/UPC" and len(body) > _LONGEST_EAN)):
            return self._faulty("glued", content, symbology, at)
        text, encoding = _decode(body, self._framing.encoding)
        if text is None:
            return self._faulty("not_text", content, symbology, at)
        return Scan(text, symbology, content[: self._framing.max_bytes], self._port, at, "", encoding)

    def _faulty(self, fault: str, content: bytes, symbology: str, at: float) -> Scan:
        raw = content[: self._framing.max_bytes]
        return Scan(shown(raw.decode("latin-1")), symbology, raw, self._port, at, fault, "")


def _decode(body: bytes, encoding: str) -> tuple[str | None, str]:
    """Read the bytes as text; None when they are none.

    GS is kept, GS1 needs it between its fields; TAB is kept as the white space that it is. Every other
    control character means that this is not a code, or that the line settings are wrong.
    """
    for name in ("utf-8", "latin-1") if encoding == "auto" else (encoding,):
        try:
            text = body.decode(name)
        except UnicodeError:
            continue
        is_text = not any(_is_control(ord(char)) for char in text)
        return (text.removeprefix("\ufeff"), name) if is_text else (None, "")
    return None, ""


def _is_control(point: int) -> bool:
    return (point < 0x20 and point not in (_GS, _TAB)) or 0x7F <= point < 0xA0
