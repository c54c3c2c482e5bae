"""Earlier sales: the list by day, customer or number, and what typing one of them looks for."""

from __future__ import annotations

import string
from datetime import timedelta

from pos_app.domain import codes
from pos_app.domain.day import today
from pos_app.domain.sale import SaleRecord
from pos_app.language import _
from pos_app.till.events import KeyTapped, PanelClosed, PanelOpened, SaleTapped, TypedEntered
from pos_app.till.history import DayTapped, FindLeft, FindTapped, History, OfCustomerTapped, OlderTapped
from pos_app.till.state import Panel, PanelKind, State
from pos_app.ui.present import zones
from pos_app.ui.present.done import outcome_words
from pos_app.ui.present.words import Words, tail
from pos_app.ui.screen import Action, Glyph, Keypad, ListBody, ListRow, Main, Till, Tone, TypeBody, TypedCard

LETTERS = (*string.ascii_uppercase, "-", "+", "@", ".")
_SHORT = 4
_TONES: dict[Glyph, Tone] = {"ok": "ok", "bad": "bad", "unknown": "unknown"}


def history_body(state: State, words: Words, panel: Panel, now: History) -> ListBody | TypeBody:
    """The list of what is looked for, or the keys to type it."""
    if now.typing:
        return _find(panel)
    rows = [_row(state, words, one) for one in panel.records or ()]
    if now.more:
        rows.append(ListRow("ok", _("Show older ones"), "", "", event=OlderTapped(), icon="chevron-right"))
    main = Main(_("Back"), _("to the sale"), icon="chevron-left", event=PanelClosed())
    title, empty = _title(state, words, now)
    return ListBody(
        title,
        _("Scan a slip to open its sale, or a member's code for theirs."),
        tuple(rows),
        _("Reading") if panel.records is None else empty,
        _actions(state, words, now),
        Till(card=zones.bill_card(state, words, caret=False), main=main),
    )


def _title(state: State, words: Words, now: History) -> tuple[str, str]:
    """What the list shows, and what it says when it is empty."""
    query = now.query
    if query.day is not None:
        this = today(state.now).on
        on = words.day(query.day.on, this)
        if query.day.on == this:
            return _("Today, {day}").format(day=on), _("No sales today yet.")
        if query.day.on == this - timedelta(days=1):
            return _("Yesterday, {day}").format(day=on), _("No sales on this day.")
        return on, _("No sales on this day.")
    if query.identifier:
        return _("Sales of {member}").format(member=tail(query.identifier)), _("No sales of this member on this till.")
    found = codes.mask(query.text) if len(query.text) > _SHORT else codes.shown(query.text)
    return _("Found for {what}").format(what=found), _("Nothing on this till: no slip, no member.")


def _actions(state: State, words: Words, now: History) -> tuple[Action, ...]:
    find = Action(_("Find"), FindTapped(), icon="search", name=_("Find by number or member"))
    known = state.sale.known
    theirs: list[Action] = []
    if known is not None and known.identifier != now.query.identifier and not state.staff.hidden:
        name = _("Sales of {member}").format(member=tail(known.identifier))
        theirs = [Action(tail(known.identifier), OfCustomerTapped(known.identifier), icon="user-round", name=name)]
    if now.query.day is None:
        return Action(_("By day"), PanelOpened(PanelKind.SALES), icon="clock"), find, *theirs
    this = today(state.now).on
    before, after = now.before, now.after
    back = Action(
        words.day(before, this) if before else _("Earlier"),
        DayTapped(before or this),
        icon="chevron-left",
        enabled=before is not None,
        why=_("None before"),
        name=_("Sales of the day before"),
    )
    on = Action(
        words.day(after, this) if after else _("Later"),
        DayTapped(after or this),
        icon="chevron-right",
        enabled=after is not None,
        why=_("None after"),
        name=_("Sales of the day after"),
    )
    return back, on, find, *theirs


def _row(state: State, words: Words, record: SaleRecord) -> ListRow:
    glyph, result = outcome_words(record)
    when = words.clock(record.sold)
    this, on = today(state.now).on, record.sold.astimezone().date()
    when = when if on == this else f"{words.day(on, this)} {when}"
    title = f"{when}   {words.money(record.due)}"
    if record.by_hand:
        title = _("{when}   {n} points by hand").format(when=when, n=words.gained(record.points or 0))
    detail = _("{member}, slip {ref}").format(member=tail(record.identifier), ref=codes.short_ref(record.ref))
    return ListRow(glyph, title, detail, result, _TONES.get(glyph, "wait"), SaleTapped(record.ref))


def _find(panel: Panel) -> TypeBody:
    typed = panel.typed
    clear = Action(_("Clear"), KeyTapped("clear"), kind="quiet") if typed else None
    hint = "" if typed else _("The scanner works here too.")
    main = Main(
        _("Find"),
        "" if typed else _("Type it first"),
        enabled=bool(typed),
        icon="search",
        event=TypedEntered(),
    )
    text = _("The last four digits of a slip, more of them, or a member's number.")
    back = Action(_("Back to the list"), FindLeft(), icon="chevron-left")
    card = TypedCard(_("Find"), "", typed, hint=hint, clear=clear)
    return TypeBody(
        _("Find a sale"), text, LETTERS, KeyTapped, (back,), Till(card, main, Keypad(KeyTapped, left_key="00"))
    )
