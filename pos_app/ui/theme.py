"""The look of one till: theme, size of the glass, fonts, and the places of the zones that never move.

A `Look` is a value that is handed to every widget; there is no style sheet and no global state, so that a widget
paints what its own look says, and a change of theme is a new window content, nothing else.
"""

from __future__ import annotations

import math
from functools import cached_property, lru_cache
from typing import Literal

from msgspec import Struct, field
from msgspec.structs import replace
from PySide6.QtCore import QRect
from PySide6.QtGui import QColor, QFont, QFontDatabase, QScreen

from pos_app.language import N_, _, speaking
from pos_app.settings import resources
from pos_app.ui import tokens

Theme = Literal["light", "dark", "contrast"]
FONT_FILES = (
    "Inter-Regular.otf",
    "Inter-Medium.otf",
    "Inter-SemiBold.otf",
    "InterDisplay-Medium.otf",
    "InterDisplay-SemiBold.otf",
    "NotoSansThai-Regular.ttf",
    "NotoSansThai-Bold.ttf",
    "NotoSansCJKsc-Regular.otf",
    "NotoSansCJKsc-Bold.otf",
)
PLAIN_PPI = 101.0
SALE_COLUMN_PX = 380


@lru_cache(maxsize=1)
def load_fonts() -> tuple[str, ...]:
    """Load the fonts that come with the till, once, and return their family names.

    Errors:  FileNotFoundError when a font file is missing or unreadable.    Thread: main, after QApplication.
    """
    families: list[str] = []
    for name in FONT_FILES:
        path = resources() / "fonts" / name
        number = QFontDatabase.addApplicationFont(str(path))
        if number < 0:
            raise FileNotFoundError(f"the font {path} is missing or unreadable")
        families += QFontDatabase.applicationFontFamilies(number)
    return tuple(dict.fromkeys(families))


@lru_cache(maxsize=256)
def _colour(theme: str, token: str) -> QColor:
    value = tokens.THEMES[theme][token]
    return QColor("#" + value[7:9] + value[1:7]) if len(value) == 9 else QColor(value)


class Words(Struct, frozen=True):
    """The few words that widgets say by themselves, most of them for the accessibility tree."""

    till: str = N_("Till")
    next_page: str = N_("Next page")
    previous_page: str = N_("Previous page")
    rows_shown: str = N_("{first:,} to {last:,} of {count:,}")
    row_shown: str = N_("{last:,} of {count:,}")
    delete_digit: str = N_("Delete last digit")
    double_zero: str = N_("Double zero")
    space: str = N_("Space")
    time_left: str = N_("{minutes} minutes {seconds} seconds left")
    barcode: str = N_("Barcode {words}")
    chosen: str = N_("Chosen")
    training: str = N_("TRAINING")

    @staticmethod
    def of(code: str) -> Words:
        """The words in a language."""
        plain = Words()
        with speaking(code):
            return Words(**{name: _(getattr(plain, name)) for name in Words.__struct_fields__})


class Places(Struct, frozen=True):
    """Where the zones of the window lie. Units: px. The till zone's parts are the same for every body."""

    header: QRect
    work: QRect
    till: QRect
    card: QRect
    pad: QRect
    main: QRect
    key_h: int
    gap_key: int


class Look(Struct, frozen=True, dict=True):  # the properties that are worked out once need it
    """Everything that a widget may ask about its surroundings. Units: px are logical; `ppi` = logical px per inch."""

    theme: Theme = "light"
    width: int = 1024
    height: int = 768
    ppi: float = 85.33
    mirror: bool = False
    lang: str = "en"
    words: Words = field(default_factory=Words)

    @staticmethod
    def of_screen(
        screen: QScreen, *, theme: Theme = "light", diagonal_in: float = 0.0, mirror: bool = False, lang: str = "en"
    ) -> Look:
        """The look for a real screen; `diagonal_in` wins over what the screen says about its own size."""
        size = screen.availableGeometry().size()
        whole = screen.geometry().size()
        mm = screen.physicalSize()
        inch = diagonal_in or math.hypot(mm.width(), mm.height()) / 25.4
        pixels = math.hypot(whole.width(), whole.height())
        ppi = pixels / inch if inch > 0 else 0.0
        if not 60 <= ppi <= 300:  # a screen that lies about its size (0 mm, 16 x 9 cm): take a 15 inch one
            ppi = pixels / 15.0
        return Look(theme, size.width(), size.height(), round(ppi, 2), mirror, lang)

    def speaking(self, code: str) -> Look:
        """This look in another language."""
        return replace(self, lang=code, words=Words.of(code))

    @property
    def unit(self) -> float:
        """How much larger than on a plain till screen things are drawn, for type and ordinary gaps."""
        return max(1.0, min(self.ppi / PLAIN_PPI, self.width / 768, self.height / 614))

    @property
    def compact(self) -> bool:
        """True when there is no room for a customer column beside the sale and the till zone."""
        till_w = 3 * (self.mm("key") + self.px(22)) + 2 * self.mm("gap_key")
        room = self.width - till_w - 2 * self.mm("edge") - self.px(12)
        return room < self.px(600) or self.height < self.px(600)

    @property
    def tall(self) -> bool:
        """True for a screen that stands upright."""
        return self.height / self.unit >= 900

    @property
    def contrast(self) -> bool:
        return self.theme == "contrast"

    @cached_property
    def wide(self) -> bool:
        """True when the vouchers get a column of their own."""
        room = self.places.work.width() - self.px(268 + 284 + 24)
        return self.width / self.unit >= 1280 and room >= self.px(SALE_COLUMN_PX)

    def px(self, plain: float) -> int:
        """Pixels for a size that was designed for a plain till screen."""
        return round(plain * self.unit)

    def mm(self, size: str | float) -> int:
        """Pixels for a size on glass, rounded up so that a floor in millimetres is never missed."""
        mm = tokens.MM[size] if isinstance(size, str) else size
        return math.ceil(mm * self.ppi / 25.4 - 1e-6)

    @property
    def line_px(self) -> int:
        return 2 if self.contrast else 1

    @property
    def gap(self) -> int:
        return self.px(8 if self.compact else 12)

    def colour(self, token: str) -> QColor:
        """The colour of a token in this theme."""
        return _colour(self.theme, token)

    def font_px(self, role: str) -> int:
        """The size of a type role on this screen, never under its floor."""
        scaled = round(tokens.TYPE[role][0] * self.unit * (0.92 if self.compact else 1.0))
        return max(tokens.AMOUNT_FLOOR_PX if role.startswith("amount") else tokens.TEXT_FLOOR_PX, scaled)

    def font(self, role: str, px: int = 0) -> QFont:
        """The font of a type role, with its OpenType features, at its own size or at `px`."""
        _, weight, face, features = tokens.TYPE[role]
        font = QFont(tokens.FAMILIES[face][0])
        font.setFamilies(list(tokens.FAMILIES[face]))
        font.setPixelSize(px or self.font_px(role))
        if self.lang == "th" and weight == 500 and face == "text":  # the Thai face has two weights
            weight = 400
        font.setWeight(QFont.Weight(weight))
        font.setHintingPreference(QFont.HintingPreference.PreferVerticalHinting)
        for tag in features.split():
            font.setFeature(QFont.Tag(tag), 1)
        return font

    @cached_property
    def places(self) -> Places:
        """Where the zones lie on this screen."""
        compact, gap = self.compact, self.px(12)
        edge = self.px(14) if compact else self.mm("edge")
        header_h = max(self.px(52 if compact else 56), self.mm("floor") + 4)
        top, bottom = header_h + gap, self.height - edge
        key_w = self.mm("key") + self.px(23 if compact else 22)
        gap_key = max(6, self.mm("gap_key"))
        till_w = 3 * key_w + 2 * gap_key
        key_h, main_h = self._heights(bottom - top - 2 * gap, gap_key)
        pad_h = 4 * key_h + 3 * gap_key
        x = edge if self.mirror else self.width - edge - till_w
        main = QRect(x, bottom - main_h, till_w, main_h)
        pad = QRect(x, main.y() - gap - pad_h, till_w, pad_h)
        card = QRect(x, top, till_w, pad.y() - gap - top)
        work_x = x + till_w + gap if self.mirror else edge
        work = QRect(work_x, top, self.width - 2 * edge - till_w - gap, bottom - top)
        header = QRect(0, 0, self.width, header_h)
        return Places(header, work, QRect(x, top, till_w, bottom - top), card, pad, main, key_h, gap_key)

    def _heights(self, room: int, gap_key: int) -> tuple[int, int]:
        """Key and main action, in px: 20 and 25 mm, less where the glass is too small for the amount card."""
        card_least = self.px(176)
        key_h, main_h = self.mm("key"), self.mm("main")
        if room - main_h - 4 * key_h - 3 * gap_key < card_least:
            main_h = self.mm("key")
            key_h = min(key_h, (room - main_h - card_least - 3 * gap_key) // 4)
        return max(key_h, self.mm("floor")), main_h


def sample_looks() -> dict[str, Look]:
    """The screens that every picture and every check is made for, by name."""
    sizes = {
        "0819": (819, 614, 68.27),
        "1024": (1024, 768, 85.33),
        "1280": (1280, 800, 100.63),
        "1280-10in": (1280, 800, 149.45),
        "1366": (1366, 768, 100.46),
        "1920": (1920, 1080, 141.21),
        "0768-portrait": (768, 1024, 85.33),
        "0960-200pc": (960, 540, 70.61),
    }
    return {name: Look(width=w, height=h, ppi=ppi) for name, (w, h, ppi) in sizes.items()}
