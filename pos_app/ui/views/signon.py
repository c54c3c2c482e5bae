"""Signing on: the shop with its clock and the badge, the names, and the PIN on the till zone's own pad."""

from __future__ import annotations

from functools import partial

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget

from pos_app.ui.desk import Choice
from pos_app.ui.gate import SignOnBody, Strip
from pos_app.ui.screen import Action
from pos_app.ui.widgets.bars import ActionBar
from pos_app.ui.widgets.pages import Pages, Row, Zone
from pos_app.ui.widgets.surface import STATE_TONE, Box, Figure, Icon, Text, bare, h, state_icon, v
from pos_app.ui.widgets.taps import Kit, Pane

_BRAND_PX, _BRAND_WIDE_PX = 320, 440


def person_tile(kit: Kit, choice: Choice) -> QWidget:
    """One person. The chosen one says so by outline, fill and a tick."""
    look = kit.look
    words = v(1.0, Text(look, choice.words, "h3"), Text(look, choice.detail, "caption", "ink2"), 1.0)
    tick = Icon(look, "check", 26, "focus", "select") if choice.chosen else None
    lead = Icon(look, choice.icon, 30, "ink2", "select" if choice.chosen else "surface")
    inner = h(lead, (words, 1), tick, gap=look.px(14), pad=(look.px(16), look.px(4), look.px(16), look.px(4)))
    name = ", ".join(part for part in (choice.words, choice.detail) if part)
    tile = Pane(kit, inner, "tile", Action(name, choice.event), "key")
    tile.chosen = choice.chosen
    return tile


def _badge(kit: Kit, body: SignOnBody, kind: str, ground: str) -> Box:
    look = kit.look
    icon = Icon(look, "id-card", 36 if look.compact else 44, "on_member", ground)
    title = Text(look, body.badge_title, "h3" if look.compact else "h2", "on_member")
    said = Text(look, body.badge_text, "body", "on_member2")
    pad = (look.px(16), look.px(8), look.px(12), look.px(8)) if look.compact else look.px(16)
    return Box(look, kind, h(icon, (v(title, said, gap=look.px(1)), 1), gap=look.px(14), pad=pad))


class BrandPanel(Box):
    """The shop and its till, a clock that can be read from afar, and the quickest way to sign on. The clock ticks."""

    def __init__(self, kit: Kit, body: SignOnBody) -> None:
        super().__init__(kit.look, "member")
        look = kit.look
        self._clock = Figure(look, body.clock, "clock", "on_member", "left")
        parts = v(
            Text(look, body.shop, "hero", "on_member"),
            Text(look, body.place, "body", "on_member2"),
            1.0,
            self._clock,
            Text(look, body.day, "body", "on_member2"),
            1.0,
            _badge(kit, body, "inset", "member2"),
            gap=look.px(2),
            pad=(look.px(22), look.px(20), look.px(22), look.px(22)),
        )
        self.setLayout(parts)

    def tick(self, clock: str) -> None:
        """Move the clock in place."""
        self._clock.say(clock)


class SignOnView(QWidget):
    """The body of signing on and of the lock. A narrow screen has the badge as a strip; names page, never scroll."""

    def __init__(self, kit: Kit) -> None:
        super().__init__()
        self.kit = kit
        self._brand = Zone(kit)
        self._head = Zone(kit)
        self._people = Pages(kit, gap=kit.look.px(8 if kit.look.compact else 10), follow=False)
        self._actions = Zone(kit)
        self._body: SignOnBody | None = None
        for part in (self._brand, self._head, self._people, self._actions):
            part.setParent(self)

    def put(self, body: SignOnBody) -> None:
        """Show who may sign on."""
        self._body = body
        compact = self.kit.look.compact
        fixed = (body.shop, body.place, body.day, body.badge_title, body.badge_text)
        make = partial(_badge, self.kit, body, "member", "member") if compact else partial(BrandPanel, self.kit, body)
        self._brand.put(fixed, make)
        if isinstance(self._brand.content, BrandPanel):
            self._brand.content.tick(body.clock)
        self._head.put((body.title, body.text, body.strip), lambda: self._build_head(body))
        rows = [Row(choice.words, choice, partial(person_tile, self.kit, choice)) for choice in body.people]
        self._people.put(rows or [Row("empty", body.empty, partial(self._build_empty, body.empty))])
        self._actions.put(body.actions or None, lambda: ActionBar(self.kit, body.actions))
        self._place()

    def _build_head(self, body: SignOnBody) -> QWidget:
        look = self.kit.look
        words = v(
            Text(look, body.title, "h3" if look.compact else "h2"),
            Text(look, body.text, "body", "ink2") if body.text else None,
            gap=look.px(2),
            pad=(look.px(4), 0, look.px(4), 0),
        )
        strip = self._build_strip(body.strip) if body.strip is not None else None
        return bare(v(words, strip, gap=look.px(8)))

    def _build_strip(self, strip: Strip) -> QWidget:
        look, tone = self.kit.look, STATE_TONE[strip.glyph]
        icon = v(state_icon(look, strip.glyph, 28, f"{tone}_fill"), 1.0)
        return Box(look, tone, h(icon, (Text(look, strip.text, "body", tone), 1), gap=look.px(12), pad=look.px(12)))

    def _build_empty(self, words: str) -> QWidget:
        look = self.kit.look
        return Box(look, "card", v(Text(look, words, "body", "ink2"), pad=look.px(20)))

    def _place(self) -> None:
        look, gap, wide = self.kit.look, self.kit.look.px(12), self.width()
        if look.compact:
            top = self._brand.height_at(wide)
            self._brand.setGeometry(0, 0, wide, top)
            self._fill(0, top + look.gap, wide)
            return
        brand = min(look.px(_BRAND_WIDE_PX if look.wide else _BRAND_PX), wide * 9 // 20)
        self._brand.setGeometry(wide - brand if look.mirror else 0, 0, brand, self.height())
        self._fill(0 if look.mirror else brand + gap, 0, wide - brand - gap)

    def _fill(self, x: int, y: int, wide: int) -> None:
        """The names under their heading, and the actions at the foot."""
        gap = self.kit.look.gap
        head, foot = self._head.height_at(wide), self._actions.height_at(wide)
        self._head.setGeometry(x, y, wide, head)
        self._actions.setGeometry(x, self.height() - foot, wide, foot)
        top = y + head + gap
        self._people.setGeometry(x, top, wide, self.height() - top - (foot + gap if foot else 0))

    def resizeEvent(self, event: QResizeEvent) -> None:
        if self._body is not None:
            self._place()
