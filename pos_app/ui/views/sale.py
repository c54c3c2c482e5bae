"""The sale: customer, vouchers and this sale. What does not fit beside each other takes turns."""

from __future__ import annotations

from functools import partial

from msgspec.structs import replace
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLayout, QWidget

from pos_app.ui.screen import Member, NoMember, Ready, SaleBody, VoucherList, Works
from pos_app.ui.theme import Look
from pos_app.ui.views.customer import (
    VoucherCard,
    last_sale,
    member_card,
    member_strip,
    no_member_card,
    no_member_strip,
)
from pos_app.ui.views.rows import amend_row, sale_row
from pos_app.ui.views.works import LinesCard, meter_rows, works_rows
from pos_app.ui.widgets.bars import ActionBar, DashedHint
from pos_app.ui.widgets.marks import ScanArt
from pos_app.ui.widgets.pages import Pages, Panel, Row, Shelf, Zone
from pos_app.ui.widgets.surface import Box, Icon, Text, bare, h, height_of, v
from pos_app.ui.widgets.taps import Kit

_LEAST_ROOM_PX = 150


class SalePanel(QWidget):
    """This sale: rows in the order of the scans, the hint, and the actions at the foot."""

    def __init__(self, kit: Kit, headed: bool) -> None:
        super().__init__()
        self.kit, look = kit, kit.look
        self._title = Text(look, "", "h2")
        self._count = Text(look, "", "caption", "ink2", "right")
        self.pages = Pages(kit, amend_row, gap=look.px(8 if look.compact else 10))
        self._actions = Zone(kit)
        head = bare(h(self._title, 1.0, self._count, gap=look.px(8), pad=(look.px(4), 0, look.px(4), 0)))
        self._head = head
        self._body: SaleBody | None = None
        for part in (head, self.pages, self._actions):
            part.setParent(self)
        head.setVisible(headed)  # with a parent: a widget without one would open a window of its own

    def _hint(self, words: str) -> QWidget:
        look = self.kit.look
        icon = Icon(look, "scan-barcode", 24, "ink3", "canvas")
        inner = h(1.0, icon, Text(look, words, "body", "ink3"), 1.0, gap=look.px(10), pad=look.px(12))
        return DashedHint(look, inner)

    def put(self, body: SaleBody) -> None:
        """Show the sale; rows that did not change stay."""
        self._title.say(body.title)
        self._count.say(body.count)
        self._body = body
        self._actions.put(body.actions or None, lambda: ActionBar(self.kit, body.actions))
        self._place(body)

    def _rows(self, body: SaleBody) -> list[Row]:
        rows = [Row(("row", row.key), row, partial(sale_row, self.kit, row)) for row in body.rows]
        if body.hint:
            rows.append(Row("hint", body.hint, partial(self._hint, body.hint), counted=False))
        return rows

    def _place(self, body: SaleBody) -> None:
        look, wide = self.kit.look, self.width()
        y = 0
        if not self._head.isHidden():
            y = height_of(self._head, wide)
            self._head.setGeometry(0, 0, wide, y)
            layout = self._head.layout()
            if layout is not None:
                layout.activate()  # at once: words that have grown must not be cut until Qt is back in its loop
            y += look.gap
        foot = self._actions.height_at(wide)
        room = self.height() - y - (foot + look.gap if foot else 0)
        rows = self._rows(body)
        if foot and room < look.px(_LEAST_ROOM_PX):  # too little is left for a row: the actions page with the rows
            rows.append(Row("actions", body.actions, lambda: ActionBar(self.kit, body.actions), counted=False))
            room, foot = self.height() - y, 0
        self._actions.setGeometry(0, self.height() - foot, wide, foot)
        self._actions.setVisible(foot > 0)
        self.pages.setGeometry(0, y, wide, max(0, room))
        self.pages.put(rows)

    def resizeEvent(self, event: QResizeEvent) -> None:
        if self._body is not None:
            self._place(self._body)


def ready_card(kit: Kit, ready: Ready, further: ActionBar | None) -> QWidget:
    """The invitation to scan. No tap is needed first."""
    look = kit.look
    small = look.compact
    art = ScanArt(look, 220 if small else 268, 120 if small else 150)
    kinds = [_kind(kit, icon, words) for icon, words in ready.kinds]
    legend = h(1.0, *kinds, 1.0, gap=look.px(14 if not look.wide else 30))
    parts = v(
        1.0,
        h(1.0, art, 1.0),
        look.px(12 if small else 20),
        Text(look, ready.title, "hero", align="centre"),
        Text(look, ready.text, "body", "ink2", "centre"),
        look.px(14 if small else 24),
        legend,
        1.0,
        further,
        gap=look.px(4),
        pad=(look.px(12), look.px(14), look.px(12), look.px(16)),
    )
    return ReadyCard(look, parts, art)


class ReadyCard(Box):
    """The card of the invitation; where the glass is low its picture gives way to its words."""

    def __init__(self, look: Look, parts: QLayout, art: QWidget) -> None:
        super().__init__(look, "card", parts)
        self._parts, self._art = parts, art

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._art.show()
        self._art.setVisible(self._parts.totalHeightForWidth(self.width()) <= self.height())


def _kind(kit: Kit, icon: str, words: str) -> QWidget:
    look = kit.look
    label = Text(look, words, "caption", "ink2", "centre")
    return bare(v(h(1.0, Icon(look, icon, 28, "ink2"), 1.0), label, gap=look.px(6)))


class SaleView(QWidget):
    """The body of a sale."""

    def __init__(self, kit: Kit) -> None:
        super().__init__()
        self.kit = kit
        compact = kit.look.compact
        self._customer = Zone(kit)
        self._ready = Zone(kit)
        self._sale = SalePanel(kit, headed=not compact)
        self._vouchers = VoucherCard(kit)
        self._works = LinesCard(kit)
        self._meters = LinesCard(kit)
        self._side = Shelf(kit, compact, ("works", "meters"))
        self._middle = Shelf(kit, snug=("works", "meters"))
        self._body: SaleBody | None = None
        self.by_keyboard = (self._ready, self._sale, self._customer, self._middle, self._side)
        for part in (self._customer, self._ready, self._sale, self._side, self._middle):
            part.setParent(self)

    def put(self, body: SaleBody) -> None:
        """Show a sale."""
        old, self._body = self._body, body
        compact = self.kit.look.compact
        idle = compact and body.ready is not None and isinstance(body.customer, NoMember)
        brief = body.works is not None
        self._customer.put(None if idle else (body.customer, brief), lambda: self._build_customer(body.customer, brief))
        if body.ready is not None:
            ready, nobody = body.ready, body.customer if idle and isinstance(body.customer, NoMember) else None
            self._ready.put((ready, nobody), lambda: self._build_ready(ready, nobody))
        self._sale.put(body)
        if body.vouchers is not None:
            self._vouchers.put(body.vouchers)
        if body.works is not None:
            self._works.pages.put(works_rows(self.kit, body.works))
            self._meters.pages.put(meter_rows(self.kit, body.works))
        self._place(body)
        if compact and old is not None and {r.key for r in body.rows} - {r.key for r in old.rows}:
            self._side.choose("sale")

    def _build_customer(self, customer: Member | NoMember, brief: bool) -> QWidget:
        look = self.kit.look
        if isinstance(customer, Member):
            strip = look.compact and not look.tall
            return member_strip(self.kit, customer) if strip else member_card(self.kit, customer)
        return no_member_strip(self.kit, customer) if look.compact else no_member_card(self.kit, customer, brief)

    def _build_ready(self, ready: Ready, nobody: NoMember | None) -> QWidget:
        actions = ready.actions
        if nobody is None:
            return ready_card(self.kit, ready, ActionBar(self.kit, actions, centred=True) if actions else None)
        actions = (*nobody.actions, *actions)
        if nobody.last_action is not None:
            actions = (*actions, nobody.last_action)
        bar = ActionBar(self.kit, actions, "button_big", centred=True) if actions else None
        card = ready_card(self.kit, ready, None)
        last = last_sale(self.kit, replace(nobody, last_action=None)) if self.kit.look.tall else None
        return bare(v((card, 1), last, bar, gap=self.kit.look.gap))

    def _panels(self, body: SaleBody) -> list[Panel]:
        vouchers: VoucherList | None = body.vouchers
        works: Works | None = body.works
        panels: list[Panel] = []
        if vouchers is not None and (vouchers.rows or works is None):
            count = f"  {len(vouchers.rows)}" if vouchers.rows else ""
            panels.append(("vouchers", vouchers.title + count, self._vouchers, self._vouchers.wish))
        if works is not None:
            panels.append(("works", works.works_title, self._works, self._works.wish))
            if works.meters:
                title = f"{works.meters_short or works.meters_title}  {works.count}".strip()
                panels.append(("meters", title, self._meters, self._meters.wish))
        return panels

    def _place(self, body: SaleBody) -> None:
        if self.width() < 100:
            return
        if self.kit.look.compact:
            self._place_compact(body)
        else:
            self._place_columns(body)

    def _place_compact(self, body: SaleBody) -> None:
        gap, wide = self.kit.look.gap, self.width()
        tall = min(self._customer.height_at(wide), self.height() // 2)
        self._customer.setGeometry(0, 0, wide, tall)
        y = tall + gap if tall else 0
        count = f"  {len(body.rows)}" if body.rows else ""
        main: QWidget = self._ready if body.ready is not None else self._sale
        (self._sale if main is self._ready else self._ready).hide()
        sale: Panel = ("sale", body.title + count, main, lambda width: 0)
        panels = [sale, *self._panels(body)]
        self._side.setGeometry(0, y, wide, self.height() - y)
        self._side.put(panels)
        self._middle.hide()

    def _place_columns(self, body: SaleBody) -> None:
        look, gap = self.kit.look, self.kit.look.px(12)
        panels = self._panels(body)
        side = look.px(268) if look.wide else min(look.px(340), max(look.px(272), self.width() * 2 // 5))
        middle = look.px(284) if look.wide and (panels or body.works is not None) else 0
        widths = [side, middle, self.width() - side - gap - (middle + gap if middle else 0)]
        order = [2, 1, 0] if look.mirror else [0, 1, 2]
        x, lefts = 0, [0, 0, 0]
        for i in order:
            lefts[i] = x
            x += widths[i] + gap if widths[i] else 0
        tall = min(self._customer.height_at(side), self.height())
        self._customer.setGeometry(lefts[0], 0, side, tall)
        outer, inner = (panels, []) if not middle else self._split(panels)
        y = tall + gap if tall else 0
        for shelf, content, left, top, wide in (
            (self._side, outer, lefts[0], y, side),
            (self._middle, inner, lefts[1], 0, middle),
        ):
            shelf.setVisible(bool(content))
            shelf.setGeometry(left, top, wide, self.height() - top)
            shelf.put(content)
        main: QWidget = self._ready if body.ready is not None else self._sale
        (self._sale if main is self._ready else self._ready).hide()
        main.setGeometry(lefts[2], 0, widths[2], self.height())
        main.show()

    @staticmethod
    def _split(panels: list[Panel]) -> tuple[list[Panel], list[Panel]]:
        """Wide screens: what works stands under the customer, the rest in the middle column."""
        outer = [p for p in panels if p[0] == "works"] if len(panels) > 1 else []
        return outer, [p for p in panels if p not in outer]

    def resizeEvent(self, event: QResizeEvent) -> None:
        if self._body is not None:
            self._place(self._body)
