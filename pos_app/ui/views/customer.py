"""The customer: member card, the place of a customer not yet known, and the vouchers that the customer has."""

from __future__ import annotations

from functools import partial

from msgspec.structs import replace
from PySide6.QtWidgets import QWidget

from pos_app.ui.screen import Action, Member, NoMember, VoucherLine, VoucherList
from pos_app.ui.widgets.bars import ActionBar, ActionColumn
from pos_app.ui.widgets.marks import TierBadge
from pos_app.ui.widgets.pages import Pages, Row
from pos_app.ui.widgets.surface import Box, Figure, Icon, Rule, Text, bare, chip, h, state_icon, v
from pos_app.ui.widgets.taps import Button, Kit, Pane

_LONG_NAME = 18
_STRIP_PX = 500


def _remove(kit: Kit, action: Action | None) -> Button | None:
    if action is None:
        return None
    button = Button(kit, replace(action, words="", name=action.name or action.words))
    button.kind = "member"
    button.setFixedSize(button.least_h, button.least_h)
    return button


def _inset(kit: Kit, lines: tuple[str, ...], icon: str = "hourglass") -> QWidget | None:
    if not lines:
        return None
    look = kit.look
    words = v(1.0, *[Text(look, line, "strong", "member_warn") for line in lines], 1.0, gap=look.px(2))
    glyph = Icon(look, icon, 20, "member_warn", "member2")
    return Box(
        look, "inset", h(glyph, (words, 1), gap=look.px(8), pad=(look.px(12), look.px(7), look.px(10), look.px(7)))
    )


def member_card(kit: Kit, member: Member) -> QWidget:
    """The one decorated surface: tier, masked name, points, and the points that end."""
    look = kit.look
    remove = _remove(kit, member.remove)
    tier = Text(look, member.tier, "strong", "on_member")
    top = h(TierBadge(look, member.metal), (tier, 1), remove, gap=look.px(8))
    top.addStrut(look.mm("button"))
    long = len(member.name) > _LONG_NAME
    name = Text(look, member.name, "h3" if long else "h2", "on_member")
    tail = Text(look, member.tail, "code", "on_member2")
    who = v(name, tail) if long else h((name, 1), tail, gap=look.px(8))
    unit = Text(look, member.unit, "body", "on_member2")
    figure = Figure(look, member.points, "amount_l", "on_member", "left")
    points = h(figure, unit, 1.0, gap=look.px(8)) if member.points else None
    as_of = Text(look, member.as_of, "caption", "on_member2") if member.as_of else None
    busy = Text(look, member.busy, "caption", "on_member2") if member.busy else None
    more = [Text(look, line, "caption", "on_member2") for line in member.lines]
    note = _inset(kit, (member.note,), "circle-help") if member.note else None
    ends = _inset(kit, member.ends)
    body = v(who, points, *more, as_of, busy, look.px(8) if ends or note else None, note, ends, gap=look.px(3))
    body.setContentsMargins(0, 0, look.px(10), 0)
    return Box(look, "member", v(top, body, pad=(look.px(16), look.px(6), look.px(6), look.px(16))))


def member_strip(kit: Kit, member: Member) -> QWidget:
    """The member card on a narrow screen: the same facts in a strip."""
    look = kit.look
    who = h(
        TierBadge(look, member.metal),
        Text(look, member.tier, "strong", "on_member"),
        (Text(look, member.name, "h3", "on_member"), 1),
        gap=look.px(8),
    )
    tail = Text(look, member.tail, "code", "on_member2")
    points = h(
        Figure(look, member.points, "amount_s", "on_member", "left") if member.points else None,
        Text(look, member.unit, "body", "on_member2") if member.points else None,
        look.px(6),
        tail,
        1.0,
        gap=look.px(8),
    )
    told = (*member.lines[:1], member.as_of, member.busy)
    said = [Text(look, line, "caption", "on_member2") for line in told if line]
    note = _inset(
        kit, (member.note,) if member.note else member.ends[:3], "circle-help" if member.note else "hourglass"
    )
    pad = (look.px(14), look.px(8), look.px(4), look.px(8))
    away = _remove(kit, member.remove)
    if note is not None and look.places.work.width() < look.px(_STRIP_PX):  # beside it the name would not be whole
        parts = h(v(h((v(who, points, *said), 1), gap=0), note, gap=look.px(6)), away, gap=look.px(8), pad=pad)
        return Box(look, "member", parts)
    return Box(look, "member", h((v(who, points, *said), 1), note, away, gap=look.px(8), pad=pad))


def no_member_card(kit: Kit, nobody: NoMember, brief: bool) -> QWidget:
    """Before a customer is known: how to find one, and the last sale. `brief` leaves out all but the ways."""
    look = kit.look
    art = None if brief else h(1.0, Icon(look, "user-round", 44, "ink3"), 1.0)
    title = Text(look, nobody.title, "h2" if not brief else "h3", align="centre")
    text = Text(look, nobody.text, "body", "ink2", "centre") if nobody.text and not brief else None
    column = ActionColumn(kit, nobody.actions) if nobody.actions else None
    pad = (look.px(16), look.px(18 if not brief else 12), look.px(16), look.px(12))
    card = Box(look, "card", v(art, title, text, look.px(8) if column else None, column, gap=look.px(4), pad=pad))
    last = None if brief else last_sale(kit, nobody)
    return bare(v(card, last, gap=look.px(12))) if last else card


def last_sale(kit: Kit, nobody: NoMember) -> QWidget | None:
    """The sale before this one, in case its customer comes back."""
    if not nobody.last_title:
        return None
    look = kit.look
    word = chip(look, nobody.last_glyph, nobody.last_words) if nobody.last_words else None
    figure = Figure(look, nobody.last_amount, "amount_s", align="left") if nobody.last_amount else None
    text = Text(look, nobody.last_text, "body", "ink2") if nobody.last_text else None
    action = ActionBar(kit, (nobody.last_action,), "button") if nobody.last_action else None
    parts = v(
        Text(look, nobody.last_title, "h3"),
        h(figure, 1.0, word, gap=look.px(8)),
        text,
        look.px(6) if action else None,
        action,
        gap=look.px(4),
        pad=look.px(16),
    )
    return Box(look, "card", parts)


def no_member_strip(kit: Kit, nobody: NoMember) -> QWidget:
    """The ways to find a customer on a narrow screen."""
    look = kit.look
    words = Text(look, nobody.title, "h3")
    title = h(Icon(look, "user-round", 26, "ink3"), (words, 1), gap=look.px(10))
    pad = (look.px(14), look.px(9), look.px(10), look.px(9))
    if not nobody.actions:
        text = Text(look, nobody.text, "caption", "ink2") if nobody.text else None
        return Box(look, "card", v(title, text, gap=look.px(3), pad=pad))
    bar = ActionBar(kit, nobody.actions, "button")
    room = look.places.work.width() - pad[0] - pad[2] - look.px(8)
    beside = look.px(26 + 10) + words.natural_width + bar.sizeHint().width() <= room
    return Box(
        look, "card", h((title, 1), bar, gap=look.px(8), pad=pad) if beside else v(title, bar, gap=look.px(8), pad=pad)
    )


def voucher_row(kit: Kit, line: VoucherLine) -> QWidget:
    """One voucher. The whole row is the target; in the sale, or without an event, it only says so."""
    look = kit.look
    active = line.event is not None and not line.in_sale
    tail: QWidget | None = Icon(look, "check", 26, "ok") if line.in_sale else None
    if active:
        tail = Icon(look, "plus", 26, "ink")
    title = Text(look, line.title, "strong", "ink" if active else "ink2")
    detail = None
    if line.detail:
        detail = Text(look, line.detail, "strong" if line.in_sale else "caption", "ok" if line.in_sale else "ink3")
    words = v(title, detail, gap=1)
    pad = (look.px(10), look.px(8), look.px(10), look.px(8))
    lead = Icon(look, line.icon, 26, "ink2")
    name = line.name or f"{line.title}, {line.detail}"
    return Pane(
        kit, h(lead, (words, 1), tail, gap=look.px(12), pad=pad), "row", Action(name, line.event, enabled=active)
    )


class VoucherCard(Box):
    """The vouchers of the customer, as many as fit, with arrows for the rest."""

    def __init__(self, kit: Kit) -> None:
        super().__init__(kit.look, "card")
        look = self.look
        self._title = Text(look, "", "h3")
        self._count = Text(look, "", "caption", "ink2", "right")
        self._empty = Text(look, "", "body", "ink2", "centre")
        self.pages = Pages(kit, between=lambda: Rule(look))
        self._kit = kit
        head = h(self._title, 1.0, self._count, gap=look.px(8), pad=(look.px(10), look.px(2), look.px(10), look.px(6)))
        self.setLayout(v(head, Rule(look), self._empty, (self.pages, 1), gap=look.px(2), pad=look.px(8)))

    def put(self, vouchers: VoucherList) -> None:
        """Show vouchers; unchanged rows stay as they are."""
        self._title.say(vouchers.title)
        self._count.say(vouchers.count)
        self._empty.say(vouchers.empty if not vouchers.rows else "")
        self._empty.setVisible(bool(vouchers.empty) and not vouchers.rows)
        self.pages.put([Row(i, row, partial(voucher_row, self._kit, row)) for i, row in enumerate(vouchers.rows)])

    def wish(self, width: int) -> int:
        """The height that shows every voucher."""
        empty = self._empty.heightForWidth(width) if self._empty.text() else 0
        return self.look.px(64) + empty + self.pages.full_height(max(60, width - self.look.px(16)))


def glyph_words(kit: Kit, works: bool, text: str) -> QWidget:
    """A line that says what works and what waits."""
    look = kit.look
    icon = state_icon(look, "ok" if works else "notyet", 22)
    return bare(h(icon, (Text(look, text), 1), gap=look.px(10), pad=(0, look.px(3), 0, look.px(3))))
