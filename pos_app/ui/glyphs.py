"""State glyphs (our own, one silhouette per state) and line icons (Lucide, ISC licence, resources/icons)."""

from __future__ import annotations

import logging
from functools import lru_cache

from PySide6.QtCore import QByteArray, QRectF
from PySide6.QtGui import QColor, QPainter
from PySide6.QtSvg import QSvgRenderer

from pos_app.settings import resources

log = logging.getLogger(__name__)

# {c} is the mark colour, {k} the colour knocked out of it. Silhouettes stay apart in grey scale and at 20 px.
STATES: dict[str, str] = {
    "ok": (
        '<circle cx="12" cy="12" r="11" fill="{c}"/>'
        '<path d="M6.8 12.5l3.5 3.5 7-7.6" fill="none" stroke="{k}" stroke-width="2.6" '
        'stroke-linecap="round" stroke-linejoin="round"/>'
    ),
    "bad": (
        '<path d="M7.4 1h9.2L23 7.4v9.2L16.6 23H7.4L1 16.6V7.4z" fill="{c}"/>'
        '<path d="M8.2 8.2l7.6 7.6M15.8 8.2l-7.6 7.6" stroke="{k}" stroke-width="2.6" '
        'stroke-linecap="round"/>'
    ),
    "unknown": (
        '<path d="M12 .4L23.6 12 12 23.6.4 12z" fill="{c}"/>'
        '<path d="M9.3 9.9a2.8 2.8 0 1 1 4 2.5c-.9.5-1.3 1-1.3 1.9" fill="none" stroke="{k}" '
        'stroke-width="2.2" stroke-linecap="round"/>'
        '<circle cx="12" cy="17.4" r="1.35" fill="{k}"/>'
    ),
    "wait": (
        '<rect x="1.5" y="1.5" width="21" height="21" rx="5" fill="{c}"/>'
        '<path d="M12 17.5V7.2M7.6 11.4L12 7l4.4 4.4" fill="none" stroke="{k}" stroke-width="2.5" '
        'stroke-linecap="round" stroke-linejoin="round"/>'
    ),
    "held": (
        '<circle cx="12" cy="12" r="9.3" fill="none" stroke="{c}" stroke-width="3.2" '
        'stroke-dasharray="43 60" transform="rotate(-90 12 12)"/>'
        '<path d="M9.6 8.6v6.8M14.4 8.6v6.8" stroke="{c}" stroke-width="2.6" stroke-linecap="round"/>'
    ),
    "notyet": (
        '<circle cx="12" cy="12" r="9.6" fill="none" stroke="{c}" stroke-width="2.6"/>'
        '<path d="M12 6.6V12l3.4 2.4" fill="none" stroke="{c}" stroke-width="2.4" '
        'stroke-linecap="round" stroke-linejoin="round"/>'
    ),
    "looking": (
        '<circle cx="12" cy="12" r="9.6" fill="none" stroke="{c}" stroke-width="2.4"/>'
        '<circle cx="7.6" cy="12" r="1.7" fill="{c}"/>'
        '<circle cx="12" cy="12" r="1.7" fill="{c}"/>'
        '<circle cx="16.4" cy="12" r="1.7" fill="{c}"/>'
    ),
    "super": (
        '<path d="M12 .8l9.4 3.4v7.2c0 5.4-3.8 9.6-9.4 11.8C6.4 21 2.6 16.8 2.6 11.4V4.2z" '
        'fill="{c}"/>'
        '<circle cx="12" cy="9.2" r="2.7" fill="{k}"/>'
        '<path d="M6.9 17.2c.6-2.7 2.6-4 5.1-4s4.5 1.3 5.1 4" fill="{k}"/>'
    ),
    "offline": (
        '<path d="M17.4 19.5H7.1a5.1 5.1 0 0 1-.9-10.1 6.4 6.4 0 0 1 12.2 1.3 4.5 4.5 0 0 1-1 8.8z" '
        'fill="{c}"/>'
        '<path d="M3 2.5l18 19" stroke="{k}" stroke-width="5"/>'
        '<path d="M3.6 3l17.4 18.4" stroke="{c}" stroke-width="2.4" stroke-linecap="round"/>'
    ),
    "train": (
        '<path d="M12 3.2L.8 8.6 12 14l11.2-5.4z" fill="{c}"/>'
        '<path d="M5.4 12.6v4.6c1.6 2 4 3 6.6 3s5-1 6.6-3v-4.6L12 15.9z" fill="{c}"/>'
    ),
    "estimate": (
        '<circle cx="12" cy="12" r="9.6" fill="none" stroke="{c}" stroke-width="2.4" '
        'stroke-dasharray="4 3.5"/>'
        '<path d="M7.4 10.6c1.6-1.6 3-1.4 4.6-.2s3 1.3 4.6-.2M7.4 14.8c1.6-1.6 3-1.4 4.6-.2s3 1.3 '
        '4.6-.2" fill="none" stroke="{c}" stroke-width="1.9" stroke-linecap="round"/>'
    ),
}
_MISSING = "circle-help"


@lru_cache(maxsize=512)
def _renderer(name: str, colour: str, knock: str) -> QSvgRenderer:
    if name in STATES:
        body = STATES[name].format(c=colour, k=knock)
        svg = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24">{body}</svg>'
    else:
        path = resources() / "icons" / f"{name}.svg"
        if not path.is_file():
            log.error("there is no icon %r, drawing %r instead", name, _MISSING)
            path = path.with_name(f"{_MISSING}.svg")
        svg = path.read_text(encoding="utf-8").replace("currentColor", colour)
    return QSvgRenderer(QByteArray(svg.encode()))


def draw(painter: QPainter, name: str, box: QRectF, colour: QColor, knock: QColor) -> None:
    """Draw a state glyph or an icon into a box. `knock` is the colour behind it, for what is cut out of a glyph."""
    _renderer(name, colour.name(), knock.name()).render(painter, box)
