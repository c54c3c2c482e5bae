"""The service screen: its rows, the line to Perx, the scanner's bytes, the text for support, the test of the glass."""

from __future__ import annotations

from pathlib import PurePath

from pos_app import __version__
from pos_app.domain import codes
from pos_app.language import _, ngettext
from pos_app.till.events import OfflineChosen, PanelClosed, PanelOpened
from pos_app.till.serviced import may_open
from pos_app.till.servicing import (
    COLOURS,
    COLUMNS,
    FIELDS,
    ColourTouched,
    CopyTapped,
    FieldTouched,
    Page,
    PageTapped,
    SlipTestTapped,
    Traced,
)
from pos_app.till.state import Link, PanelKind, State
from pos_app.till.supporttext import support_groups
from pos_app.ui.glass import GlassBody
from pos_app.ui.present import zones
from pos_app.ui.present.printer import printer_row
from pos_app.ui.present.sentences import problem
from pos_app.ui.present.words import Words
from pos_app.ui.report import Note, Part, Remark, ReportBody, Table, Tile
from pos_app.ui.screen import Action, Body, Glyph, ListBody, ListRow, Main, Till, Tone, TypedCard

AGREES_S = 5
MOST_BYTES, MOST_TRACED = 48, 30


def service_title(state: State) -> str:
    """What the header says."""
    return {
        Page.LINK: _("The line to Perx"),
        Page.SCANNER: _("What the scanner sends"),
        Page.SUPPORT: _("Text for support"),
        Page.GLASS: _("Screen test"),
    }.get(state.service.page, _("Service"))


def service_body(state: State, words: Words) -> Body:
    """The page that is open."""
    match state.service.page:
        case Page.LINK:
            return _link(state, words)
        case Page.SCANNER:
            return _scanner(state, words)
        case Page.SUPPORT:
            return _support(state, words)
        case Page.GLASS:
            return _glass(state)
    main = Main(_("Back"), _("to the sale"), icon="chevron-left", event=PanelClosed())
    return ListBody("", "", _rows(state, words), "", (), Till(zones.bill_card(state, words, caret=False), main))


def by_hand(link: Link) -> ListRow:
    """Taking the till offline by hand, for a line that is too slow to sell with, and back."""
    if link.manual:
        detail = _("The till asks whether Perx answers, and goes on by itself")
        return ListRow("ok", _("Use Perx again"), detail, "", "plain", OfflineChosen(False), "refresh-cw")
    detail = _("For a line that is too slow to sell with; you end it yourself")
    return ListRow("offline", _("Work without Perx"), detail, "", "plain", OfflineChosen(True), "cloud-off")


# ---------------------------------------------------------------- the rows


def _rows(state: State, words: Words) -> tuple[ListRow, ...]:
    scanner, link, backlog = state.scanner, state.link, state.backlog
    glyph, tone = _scanner_look(scanner.state)
    where = " ".join(part for part in (scanner.port, codes.shown(scanner.detail, 80)) if part)
    cause = _("Perx answers") if link.online else zones.offline_cause(link)
    far = link.drift_s is not None and abs(link.drift_s) >= zones.DRIFT_WARN_S
    waits = backlog.waiting + backlog.checking + backlog.attention
    waiting = ngettext("{n} not finished", "{n} not finished", waits).format(n=waits) if waits else _("Nothing waits")
    return (
        ListRow(glyph, _("Scanner"), where or _("none found"), _scanner_word(scanner.state), tone,
                PageTapped(Page.SCANNER)),
        printer_row(state.printer),
        _test_print(state),
        ListRow("ok" if link.online else "offline", _("Perx"), cause, _last_ms(state),
                "ok" if link.online else "wait", PageTapped(Page.LINK)),
        ListRow("wait" if waits else "ok", _("Queue"), waiting, "", "plain", PanelOpened(PanelKind.WAITING)),
        ListRow("notyet" if far else "ok", _("Clock"), f"{words.clock_s(state.now)}, {_drift(link)}", "",
                "wait" if far else "ok"),
        by_hand(link),
        ListRow("ok", _("Test sounds"), _("Hear each, and see what it means"), "", "plain",
                PanelOpened(PanelKind.SOUNDS), "volume-2"),
        ListRow("ok", _("Test the screen"), _("Touch all of it, then look at plain colours"), "", "plain",
                PageTapped(Page.GLASS), "hand"),
        ListRow("ok", _("Text for support"), _support_detail(state), "", "plain", PageTapped(Page.SUPPORT), "download"),
        ListRow("ok", _("Profile"), f"{state.shop.profile}, {state.shop.environment}", f"pos-app {__version__}"),
    )  # fmt: skip


def _support_detail(state: State) -> str:
    told = _("How this till stands, without secrets and names")
    if may_open(state, Page.SUPPORT):
        return told
    return " ".join((f"{told}.", _("A supervisor approves it")))


def _test_print(state: State) -> ListRow:
    service = state.service
    match service.print_state:
        case "printing":
            return ListRow("looking", _("Test slip"), _("It is being printed"), "", "plain", None, "printer")
        case "printed":
            return _slip_row("ok", _("It was sent. Look at it: letters, width, bars."), _("Out"), "ok")
        case "saved":
            file = codes.shown(PurePath(service.problem).name, 60)
            return _slip_row("ok", _("No printer is set up. It is a file: {file}").format(file=file), "", "ok")
        case "failed":
            known = problem(service.problem)
            return _slip_row("bad", f"{known.happened} ({known.code})", _("Did not come out"), "bad")
    return ListRow("ok", _("Test slip"), _("Letters of every language, the width, a bar code"), "", "plain",
                   SlipTestTapped(), "printer")  # fmt: skip


def _slip_row(glyph: Glyph, detail: str, state: str, tone: Tone) -> ListRow:
    return ListRow(glyph, _("Test slip"), detail, state, tone, SlipTestTapped())


def _last_ms(state: State) -> str:
    seen = state.service.exchanges
    return _("{n} ms").format(n=seen[-1].ms) if seen and seen[-1].ok and state.link.online else ""


def _drift(link: Link) -> str:
    if link.drift_s is None:
        return _("not known yet")
    if abs(link.drift_s) < AGREES_S:
        return _("agrees with Perx's clock")
    return _("{n} s off Perx's clock").format(n=abs(round(link.drift_s)))


def _scanner_look(state: str) -> tuple[Glyph, Tone]:
    if state == "connected":
        return "ok", "ok"
    return ("notyet", "wait") if state in ("searching", "off") else ("bad", "bad")


def _scanner_word(state: str) -> str:
    return {
        "connected": _("Ready"),
        "missing": _("Unplugged"),
        "held": _("In use elsewhere"),
        "denied": _("Not allowed"),
        "failed": _("Not working"),
        "off": _("Switched off"),
    }.get(state, _("Looking for it"))


# ---------------------------------------------------------------- the pages


def _till(state: State, words: Words) -> Till:
    main = Main(_("Back"), _("to Service"), icon="chevron-left", event=PageTapped(Page.ROWS))
    return Till(zones.bill_card(state, words, caret=False), main)


def _link(state: State, words: Words) -> ReportBody:
    """The line as it is now: when Perx answered last, how fast, and how far its clock is off."""
    link, seen = state.link, state.service.exchanges
    good = [one for one in seen if one.ok]
    last = words.clock_s(good[-1].at) if good else "–"
    took = _("{n} ms").format(n=good[-1].ms) if good else "–"
    drift = "–" if link.drift_s is None else f"{link.drift_s:+.1f} s"
    slow = max((one.ms for one in good), default=0)
    tiles = (
        Tile(_("Last answer"), _("Answer"), last, _("Perx answers") if link.online else zones.offline_cause(link),
             "ok" if link.online else "offline"),
        Tile(_("It took"), _("Took"), took, _("slowest lately {n} ms").format(n=slow) if slow else ""),
        Tile(_("Perx's clock"), _("Clock"), drift, _drift(link)),
    )  # fmt: skip
    rows = tuple(
        (f"{words.clock_s(one.at)}  {one.call}", _("answered") if one.ok else one.problem, words.points(one.ms))
        for one in reversed(seen)
    )
    parts: tuple[Part, ...] = ()
    if rows:
        parts = (Table((_("Asked for"), _("Came"), _("ms")), rows),)
    return ReportBody(tiles, parts, _("Perx has not been asked yet."), (), _till(state, words))


def _scanner(state: State, words: Words) -> ListBody:
    """What came from the scanner, the newest first, as letters and as bytes."""
    shown = [one for one in reversed(state.service.trace) if one.kind != "link" or one.note][:MOST_TRACED]
    rows = tuple(_traced(one, words) for one in shown)
    text = _("Scan something: here it goes to no sale. The newest stands on top.")
    return ListBody("", text, rows, _("Nothing has come yet."), (), _till(state, words))


def _traced(one: Traced, words: Words) -> ListRow:
    at = words.clock_s(one.at)
    if one.kind == "link":
        return ListRow("looking", codes.shown(one.note, 120), at, _("line"))
    cut = one.data[:MOST_BYTES]
    more = " …" if len(one.data) > MOST_BYTES else ""
    letters = codes.shown(cut.decode("latin-1"), MOST_BYTES * 2) + more
    raw = f"{at}   {cut.hex(' ')}{more}"
    if one.kind == "bytes":
        return ListRow(
            "looking", letters, raw, ngettext("{n} byte", "{n} bytes", len(one.data)).format(n=len(one.data))
        )
    if one.kind == "scan":
        return ListRow("ok", letters, raw, one.note or _("code, kind not told"), "ok")
    return ListRow("notyet", letters, raw, _("dropped: {why}").format(why=one.note), "wait")


def _support(state: State, words: Words) -> ReportBody:
    """What support asks first. It stays English; it can be copied, and stands in a file."""
    service = state.service
    copy = Action(_("Copy"), CopyTapped(), icon="download", kind="solid", enabled=service.findings is not None,
                  why=_("One moment"))  # fmt: skip
    groups = support_groups(state) if service.findings is not None else ()
    parts = tuple(Note(title, lines) for title, lines in groups if lines)
    said = None
    if service.copied:
        said = Remark("ok", "ok", _("Copied"), _("It is on the clipboard and in the file {file}.").format(
            file=codes.shown(service.copied, 200)))  # fmt: skip
    return ReportBody((), parts, _("Looking this machine over"), (copy,), _till(state, words), said)


def _glass(state: State) -> GlassBody:
    glass = state.service.glass
    till = Till(TypedCard("", "", "", caret=False), Main("", enabled=False))
    if glass.colour is not None:
        name = _("Next colour")
        return GlassBody(COLUMNS, FIELDS // COLUMNS, glass.hit, COLOURS[glass.colour], "", "",
                         FieldTouched, Action("", ColourTouched(), name=name), till)  # fmt: skip
    left = FIELDS - len(glass.hit)
    text = ngettext(
        "Touch every field. {n} is left. This card moves away at the end.",
        "Touch every field. {n} are left. This card moves away at the end.",
        left,
    ).format(n=left)
    leave = Action(_("On to the colours"), ColourTouched(), icon="arrow-right")
    return GlassBody(COLUMNS, FIELDS // COLUMNS, glass.hit, "", text, _("Field {n}"), FieldTouched, leave, till)
