"""What a screen reader is told of a change: each state once, in the words of the screen. No Qt."""

from __future__ import annotations

from collections.abc import Iterator

from pos_app.language import _
from pos_app.ui.screen import Banner, CheckingBody, DoneBody, Member, NoticeBody, Pill, Ring, SaleBody, SaleRow, Screen

LAST_S = 10
"""The hold's last seconds are said once more; that a minute is left, the row's own words say."""


def spoken(before: Screen | None, after: Screen) -> str:
    """The changes from one screen to the next as sentences; "" when nothing has changed that is worth a word."""
    if before is None:
        return ""
    said = [*_body(before, after), *_around(before, after)]
    return " ".join(f"{one.rstrip('.')}." for one in said if one)


def row_words(row: SaleRow) -> str:
    """A voucher of the sale as it is read aloud: title, state, time left, amount, detail."""
    left = time_left(row.ring) if row.ring is not None else ""
    return ", ".join(part for part in (row.title, row.words, left, amount_words(row.amount), row.detail) if part)


def amount_words(amount: str) -> str:
    """An amount as it is read aloud: readers skip the sign of what is taken off."""
    return amount.replace("\u2212", _("minus") + " ")


def time_left(ring: Ring) -> str:
    minutes, seconds = divmod(max(0, ring.left_s), 60)
    return _("{minutes} minutes {seconds} seconds left").format(minutes=minutes, seconds=seconds)


def _body(before: Screen, after: Screen) -> Iterator[str]:
    old, new = before.body, after.body
    if isinstance(new, DoneBody | CheckingBody | NoticeBody):
        if type(old) is not type(new) or getattr(old, "title", "") != new.title:
            text = " ".join(new.text) if isinstance(new, NoticeBody) else new.text
            yield from (new.title, text)
        return
    if before.header.title != after.header.title:
        yield after.header.title
    if isinstance(old, SaleBody) and isinstance(new, SaleBody):
        yield from _sale(old, new)
    if new.till.main.busy and new.till.main.busy != old.till.main.busy:
        yield ", ".join(part for part in (new.till.main.words, new.till.main.detail) if part)


def _sale(old: SaleBody, new: SaleBody) -> Iterator[str]:
    if isinstance(new.customer, Member) and _member(new.customer) != _member(old.customer):
        yield _member(new.customer)
    rows = {row.key: row for row in old.rows}
    for row in new.rows:
        was = rows.get(row.key)
        if was is None or (was.title, was.words) != (row.title, row.words):
            yield row_words(row)
        elif was.ring and row.ring and was.ring.left_s > LAST_S >= row.ring.left_s:
            yield f"{row.title}, {time_left(row.ring)}"


def _member(customer: object) -> str:
    """The customer, once everything about them is known."""
    if not isinstance(customer, Member) or customer.busy:
        return ""
    points = f"{customer.points} {customer.unit}"
    return ", ".join(part for part in (customer.tier, customer.name, customer.tail, points, customer.note) if part)


def _around(before: Screen, after: Screen) -> Iterator[str]:
    """Banner, pills and the small messages. How long the till is offline already is no news."""
    if after.banner is not None and _news(before.banner) != _news(after.banner):
        yield from (after.banner.title, after.banner.text)
    elif after.banner is None and before.banner is not None:
        yield ", ".join(pill.words for pill in after.header.pills)
    old = {_kind(pill) for pill in before.header.pills}
    if after.banner == before.banner:
        yield from (pill.words for pill in after.header.pills if pill.glyph != "ok" and _kind(pill) not in old)
    if after.toast is not None and (before.toast is None or before.toast.serial != after.toast.serial):
        yield after.toast.words


def _news(banner: Banner | None) -> tuple[str, str]:
    return (banner.glyph, banner.text) if banner is not None else ("", "")


def _kind(pill: Pill) -> tuple[str, object]:
    return pill.glyph, pill.event
