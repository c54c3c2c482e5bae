"""Something to read and decide: an unknown member, a refusal, a full disk."""

from __future__ import annotations

from functools import partial

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget

from pos_app.ui.screen import Member, NoticeBody
from pos_app.ui.views.customer import member_card, member_strip
from pos_app.ui.widgets.bars import ActionBar
from pos_app.ui.widgets.pages import Pages, Row, Zone
from pos_app.ui.widgets.surface import Box, Text, bare, h, plain, state_icon, v
from pos_app.ui.widgets.taps import Kit

_RAW_LIMIT = 600
_SHORT = 200


class NoticeView(QWidget):
    """The body of a notice: what happened first, then what to do; the code for support at the end."""

    def __init__(self, kit: Kit) -> None:
        super().__init__()
        self.kit = kit
        self._customer = Zone(kit)
        self._pages = Pages(kit, gap=kit.look.gap)
        self._actions = Zone(kit)
        self._body: NoticeBody | None = None
        for part in (self._customer, self._pages, self._actions):
            part.setParent(self)

    def put(self, body: NoticeBody) -> None:
        """Show a notice."""
        self._body = body
        member = body.customer
        self._customer.put(member, lambda: self._build_customer(member) if member else None)
        text = body.text
        short = text[:1] if text and len(text[0]) <= _SHORT else ()
        hero = (body.glyph, body.tone, body.title, short)
        rows = [Row("hero", hero, lambda: self._hero(body, short))]
        rest = text[len(short) :]
        if rest and sum(len(line) for line in rest) <= _SHORT * 2:
            rows.append(Row("said", rest, partial(self._said, *rest)))
        else:
            rows += [Row(i, line, partial(self._said, line)) for i, line in enumerate(rest)]
        if body.raw:
            rows.append(Row("raw", (body.raw_title, body.raw), partial(self._raw, body.raw_title, body.raw)))
        if body.code:
            rows.append(Row("code", body.code, partial(self._code, body.code)))
        self._pages.put(rows)
        self._actions.put(body.actions or None, lambda: ActionBar(self.kit, body.actions))
        self._place()

    def _build_customer(self, member: Member) -> QWidget:
        return member_strip(self.kit, member) if self.kit.look.compact else member_card(self.kit, member)

    def _said(self, *lines: str) -> QWidget:
        look = self.kit.look
        return Box(look, "card", v(*(Text(look, line) for line in lines), gap=look.px(8), pad=look.px(18)))

    def _raw(self, title: str, words: str) -> QWidget:
        look = self.kit.look
        heading = Text(look, title, "caption", "ink2") if title else None
        code = Text(look, plain(words, _RAW_LIMIT), "code", "ink")
        pad = (look.px(18), look.px(12), look.px(18), look.px(12))
        return Box(look, "sunken", v(heading, code, gap=look.px(3), pad=pad))

    def _code(self, words: str) -> QWidget:
        look = self.kit.look
        return bare(v(Text(look, words, "caption", "ink3"), pad=(look.px(18), 0, look.px(18), 0)))

    def _hero(self, body: NoticeBody, said: tuple[str, ...]) -> QWidget:
        look, glyph, tone = self.kit.look, body.glyph, body.tone
        title, text = body.title, " ".join(said)
        kind, ink = ("card", "ink") if tone == "plain" else (tone, tone)
        icon = state_icon(look, glyph, 52, "surface" if tone == "plain" else f"{tone}_fill")
        words = v(Text(look, title, "h1", ink), Text(look, text) if text else None, gap=look.px(6))
        return Box(look, kind, h(v(icon, 1.0), (words, 1), gap=look.px(18), pad=look.px(18)))

    def _place(self) -> None:
        look, gap = self.kit.look, self.kit.look.px(12)
        x, y, wide = 0, 0, self.width()
        if self._customer.content is not None and look.compact:
            y = self._customer.height_at(wide)
            self._customer.setGeometry(0, 0, wide, y)
            y += gap
        elif self._customer.content is not None:
            side = look.px(272)
            wide -= side + gap
            x = 0 if look.mirror else side + gap
            left = wide + gap if look.mirror else 0
            self._customer.setGeometry(left, 0, side, self._customer.height_at(side))
        foot = self._actions.height_at(wide)
        self._actions.setGeometry(x, self.height() - foot, wide, foot)
        self._pages.setGeometry(x, y, wide, self.height() - y - (foot + gap if foot else 0))

    def resizeEvent(self, event: QResizeEvent) -> None:
        if self._body is not None:
            self._place()
