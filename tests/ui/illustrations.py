"""The pictures of the cashier's guide and of the README, drawn anew from the list of screens: `make pictures`.

Each language has its own. They are small, because the guide is part of the Windows setup: few colours, and only the
part of the screen that the page is about. A number stands where the step of that number is done.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from functools import lru_cache

from checks import settle
from PIL import Image
from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QApplication
from shots import PLAIN, Shot, draw, few, pixels, screen

from pos_app.language import LANGUAGES
from pos_app.settings import resources
from pos_app.ui import tokens
from pos_app.ui.theme import Look
from pos_app.ui.window import TillWindow

WHOLE = QRect(0, 0, 1024, 768)


@dataclass(frozen=True)
class Part:
    """A part of a screen, in px of a plain till, and the places of its steps. `share`: how much smaller it is kept."""

    screen: str
    box: QRect = WHOLE
    share: float = 0.5
    steps: tuple[tuple[int, int], ...] = field(default=())


GUIDE = {
    "sale": Part("real-showcase", WHOLE, 0.42, ((14, 130), (14, 340), (300, 170), (708, 110), (708, 690))),
    "vouchers": Part("real-showcase", QRect(302, 58, 404, 258), 0.7),
    "done": Part("real-showcase-done", QRect(14, 62, 704, 412), 0.45),
    "no-answer": Part("real-showcase-no-answer", QRect(302, 62, 404, 336), 0.6),
    "offline": Part("real-showcase-offline", QRect(14, 62, 690, 232), 0.55),
}
README = {
    "bill-typed": "real-showcase",
    "late-points-shown": "real-showcase-done",
    "no-answer-yet": "real-showcase-no-answer",
    "earning-queued": "real-showcase-offline",
    "scanner-unplugged": "real-showcase-no-scanner",
}


def numbered(image: QImage, steps: tuple[tuple[int, int], ...], look: Look) -> QImage:
    """The picture with the numbers of the steps on it."""
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    font = look.font("h1")
    painter.setFont(font)
    for number, (x, y) in enumerate(steps, 1):
        spot = QRectF(x - 22, y - 22, 44, 44)
        painter.setBrush(look.colour("focus"))
        painter.setPen(look.colour("surface"))
        painter.drawEllipse(spot)
        painter.drawText(spot, int(Qt.AlignmentFlag.AlignCenter), str(number))
    painter.end()
    return image


def small(image: QImage, share: float) -> Image.Image:
    """The picture in few colours."""
    whole = pixels(image)
    size = (round(whole.width * share), round(whole.height * share))
    return whole.resize(size, Image.Resampling.BOX).quantize(palette=palette(), dither=Image.Dither.NONE)


@lru_cache(maxsize=1)
def palette() -> Image.Image:
    """The colours of the light theme, and those between each and its ground: a state keeps its colour."""
    theme = tokens.THEMES["light"]
    pairs = [("ink", "surface"), ("ink2", "canvas"), ("action", "on_action"), ("member", "on_member")]
    pairs += [(state, f"{state}_fill") for state in ("ok", "wait", "bad", "unknown")]
    found = [QColor(theme[one]) for one in ("line", "control_line", "sunken", "focus", "member_warn", "ok_mark")]
    for ink, ground in pairs:
        one, other = QColor(theme[ink]), QColor(theme[ground])
        for part in (0.0, 0.33, 0.67, 1.0):
            mixed = [round(a + (b - a) * part) for a, b in zip(one.getRgb(), other.getRgb(), strict=True)]
            found.append(QColor(*mixed))
    flat = [value for rgb in dict.fromkeys(one.getRgb()[:3] for one in found) for value in rgb]
    made = Image.new("P", (1, 1))
    made.putpalette(flat)
    return made


def main() -> int:
    """Write every picture anew."""
    application = QApplication.instance() or QApplication([])
    application.setStyle("Fusion")  # type: ignore[attr-defined]
    for language in LANGUAGES:
        look = Shot("", PLAIN, 100, "light", language).look
        window = TillWindow(look)
        window.setAttribute(Qt.WidgetAttribute.WA_DontShowOnScreen)
        window.show()
        for page, part in GUIDE.items():
            window.render(screen(part.screen, language))
            settle()
            image = numbered(draw(window, 1.0), part.steps, look).copy(part.box)
            small(image, part.share).save(resources() / "guide" / language / f"{page}.png", optimize=True)
        for name, shown in README.items() if language == "en" else ():
            window.render(screen(shown, language))
            settle()
            kept = few(pixels(draw(window, 1.0)))
            kept.save(resources() / "docs" / "pictures" / f"{name}.png", optimize=True)
        window.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
