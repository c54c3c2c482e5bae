"""The set-up on the screen: one question at a time, with a keyboard where words are typed. No Qt."""

from __future__ import annotations

import string

from pos_app.domain import codes
from pos_app.domain.problems import PROBLEMS
from pos_app.firstrun import steps as st
from pos_app.firstrun.stepping import CAPS, SIGNS, may_go_on
from pos_app.firstrun.steps import MAY_SKIP, ORDER, TYPED, Page, Setup
from pos_app.language import LANGUAGES, _, speaking
from pos_app.till.leaving import CloseTapped
from pos_app.ui.desk import PinCard
from pos_app.ui.present.sentences import problem
from pos_app.ui.screen import (
    Action,
    Banner,
    Body,
    Header,
    Keypad,
    ListBody,
    ListRow,
    Main,
    NoticeBody,
    Screen,
    Till,
    TypeBody,
    TypedCard,
)

_SMALL = (*string.ascii_lowercase, ".", "-", "@", "Space", CAPS, SIGNS)
_LARGE = (*string.ascii_uppercase, ".", "-", "@", "Space", "abc", SIGNS)
_SIGNS = (*"/:_,;+=&%#!?*'\"()<>[]{}|~^$", "\\", ".", "-", "Space", "abc", CAPS)
_SHOWN_TYPED = 22
CURRENCIES = ("SGD", "THB", "IDR", "VND", "MYR", "PHP", "HKD", "TWD", "CNY", "JPY")


def setup_screen(setup: Setup) -> Screen:
    """What is asked now, in the language that was chosen."""
    with speaking(setup.language):
        at = ORDER.index(setup.page) + 1 if setup.page in ORDER else 0
        place = _("Step {n} of {all}").format(n=at, all=len(ORDER)) if at else ""
        header = Header(_("Set-up"), place, place, (), "")
        trouble = None if _is_typed(setup) else _trouble(setup)
        banner = Banner("bad", *trouble) if trouble is not None else None
        return Screen(header, _body(setup), banner=banner, language=setup.language)


def _is_typed(setup: Setup) -> bool:
    """Whether letters are typed: a banner would leave no room for them on a small glass."""
    return setup.page in TYPED or setup.page in (Page.SECRET, Page.NAME)


def _trouble(setup: Setup) -> tuple[str, str] | None:
    """Why the last answer was not taken, and what to do."""
    if setup.problem in PROBLEMS:
        known = problem(setup.problem)
        text = known.do_next if not setup.unchecked else _("You can also keep it and go on; the till checks it later.")
        return known.happened, f"{text} ({known.code})"
    if setup.said == "pins_differ":
        return _("The two PINs are not the same."), _("Type it again, twice.")
    if setup.said:
        return _("That cannot be taken."), codes.shown(setup.said, 160 if _is_typed(setup) else 300)
    return None


def _body(setup: Setup) -> Body:
    page = setup.page
    if _is_typed(setup):
        return _typed(setup)
    match page:
        case Page.LANGUAGE:
            return _list(setup, _("Which language does this till speak?"), _languages(setup))
        case Page.WAY:
            return _list(setup, _("How do you want to set this till up?"), _ways())
        case Page.FILES:
            rows = _files(setup)
            empty = _("No file was found. Plug the stick in, go back, and try again.")
            return _list(setup, _("Which file?"), rows, empty if setup.files is not None else _("Looking for files"))
        case Page.ENVIRONMENT:
            return _list(setup, _("What is this till for?"), _environments(setup))
        case Page.PRINTER:
            return _list(setup, _("Tap your printer: a test slip comes out."), _printers(setup))
        case Page.PEOPLE:
            return _list(setup, _("Who works at this till? Begin with a supervisor."), _people(setup))
        case Page.PIN | Page.PIN_AGAIN:
            return _pin(setup)
        case Page.SCANNER:
            return _scanner(setup)
    return _list(setup, _("Everything is ready."), _summary(setup))


# ---------------------------------------------------------------- the frame of a page


def _main(setup: Setup, words: str = "", detail: str = "", icon: str = "arrow-right") -> Main:
    busy = {
        "reading": _("Reading the file"),
        "trying": _("Asking Perx"),
        "printing": _("Printing"),
        "adding": _("Writing it down"),
        "writing": _("Writing it down"),
    }.get(setup.busy, "")
    if busy:
        return Main(busy, _("One moment"), busy="action", share=0.4, enabled=False)
    return Main(words or _("Next"), detail, enabled=may_go_on(setup), icon=icon, event=st.NextTapped())


def _ways_out(setup: Setup) -> tuple[Action, ...]:
    free = not setup.busy
    why = "" if free else _("One moment")
    if setup.page is Page.LANGUAGE:
        return (Action(_("Close"), CloseTapped(), icon="x", enabled=free, why=why),)
    actions = [Action(_("Back"), st.BackTapped(), icon="chevron-left", enabled=free, why=why)]
    if setup.unchecked:
        actions.append(Action(_("Keep it unchecked"), st.SkipTapped(), icon="arrow-right", enabled=free, why=why))
    elif setup.page in MAY_SKIP and setup.page is not Page.PEOPLE:
        actions.append(Action(_("Skip"), st.SkipTapped(), icon="arrow-right", enabled=free, why=why))
    return tuple(actions)


def _list(setup: Setup, title: str, rows: tuple[ListRow, ...], empty: str = "") -> ListBody:
    """A question with choices; where a tap answers it, the main action waits for nothing."""
    chosen = setup.page in (Page.PRINTER, Page.PEOPLE, Page.READY)
    words, detail = _("Next"), ""
    if setup.page is Page.READY:
        words, detail = _("Open the till"), _("and begin to sell")
    elif not chosen:
        detail = _("Tap one of them")
    elif setup.page is Page.PEOPLE and not setup.people:
        detail = _("Nobody has to sign on then")
    main = _main(setup, words, detail) if chosen else Main(words, detail, enabled=False, icon="arrow-right")
    if setup.busy:
        main = _main(setup)
    if setup.busy:
        rows = tuple(ListRow(one.glyph, one.title, one.detail, one.state, one.tone, None, one.icon) for one in rows)
    return ListBody(title, "", rows, empty, _ways_out(setup), Till(TypedCard("", "", "", caret=False), main))


def _row(icon: str, title: str, detail: str, event: object, *, chosen: bool = False) -> ListRow:
    state = _("Chosen") if chosen else ""
    return ListRow("ok", codes.shown(title, 80), codes.shown(detail, 160), state, "ok", event, icon)


# ---------------------------------------------------------------- the pages


def _languages(setup: Setup) -> tuple[ListRow, ...]:
    used = setup.language
    return tuple(
        _row("check" if one.code == used else "languages", one.name, "", st.LanguageTapped(one.code))
        for one in LANGUAGES.values()
    )


def _ways() -> tuple[ListRow, ...]:
    return (
        _row("download", _("From a file"), _("Your IT gave you one, on a USB stick or in Downloads"),
             st.WayTapped("file")),
        _row("keyboard", _("Answer questions"), _("You need Perx's address, a client id and its secret"),
             st.WayTapped("type")),
    )  # fmt: skip


def _files(setup: Setup) -> tuple[ListRow, ...]:
    return tuple(
        _row("receipt-text", one.path.replace("\\", "/").rpartition("/")[2], one.where, st.FileTapped(one.path))
        for one in setup.files or ()
    )


def _environments(setup: Setup) -> tuple[ListRow, ...]:
    now = setup.value(Page.ENVIRONMENT)
    return (
        _row("badge-check", _("The shop"), _("Real customers and real points"), st.ValueTapped("production"),
             chosen=now == "production"),
        _row("eye", _("A trial"), _("Perx's staging: slips say VOID"), st.ValueTapped("staging"),
             chosen=now == "staging"),
    )  # fmt: skip


def _printers(setup: Setup) -> tuple[ListRow, ...]:
    none = st.PrinterChoice("none", "", "")
    pdf = st.PrinterChoice("pdf", "", "")
    rows = [
        _row("printer", one.name, _("Tap to print a test slip"), st.PrinterTapped(one), chosen=one == setup.tried)
        for one in setup.printers or ()
    ]
    if setup.tried is not None and not setup.problem and not setup.busy and setup.tried.printer not in ("none", "pdf"):
        said = _("It was sent. Did a slip come out? Then tap Next; else tap another one.")
        rows.insert(0, ListRow("ok", codes.shown(setup.tried.name, 80), said, _("Sent"), "ok"))
    rows.append(_row("eye", _("No printer"), _("Slips are shown on the screen"), st.PrinterTapped(none)))
    rows.append(
        _row("download", _("Files"), _("Each slip is a PDF file"), st.PrinterTapped(pdf), chosen=setup.tried == pdf)
    )
    return tuple(rows)


def _people(setup: Setup) -> tuple[ListRow, ...]:
    roles = {"supervisor": _("Supervisor"), "cashier": _("Cashier"), "deployer": _("Set-up and service")}
    known = [ListRow("ok", codes.shown(name, 40), roles.get(role, ""), _("Known"), "ok") for name, role in setup.people]
    return (
        *known,
        _row("shield-check", _("Add a supervisor"), _("Approves, and may see Service"), st.PersonTapped("supervisor")),
        _row("user-plus", _("Add a cashier"), _("Signs on with a PIN"), st.PersonTapped("cashier")),
    )


def _summary(setup: Setup) -> tuple[ListRow, ...]:
    def text(section: str, key: str) -> str:
        return str(setup.tables.get(section, {}).get(key) or "")

    printer = setup.tried.name if setup.tried is not None and setup.tried.name else text("receipt", "printer")
    heard = setup.heard
    people = ", ".join(name for name, _role in setup.people)
    rows = (
        (_("Perx"), text("perx", "base_url")),
        (_("Shop"), " · ".join(part for part in (text("shop", "name"), text("shop", "till")) if part)),
        (_("Scanner"), f"{heard.port} ({heard.text})" if heard is not None else _("found by itself, by its USB ids")),
        (_("Printer"), printer if printer not in ("", "none") else _("none: slips are shown on the screen")),
        (_("People"), people or _("nobody has to sign on")),
    )
    return tuple(ListRow("ok", title, codes.shown(detail, 160), "", "ok") for title, detail in rows)


def _scanner(setup: Setup) -> NoticeBody:
    heard, ports = setup.heard, ", ".join(setup.ports)
    card = TypedCard("", "", "", caret=False)
    if heard is not None:
        how = _("{port}, {baud} baud").format(port=codes.shown(heard.port, 60), baud=heard.baud)
        text: tuple[str, ...] = (_("This is your scanner. Tap Next, or scan again to be sure."), how)
        return NoticeBody(None, "ok", "ok", _("It works"), text, "", _ways_out(setup), Till(card, _main(setup)),
                          codes.shown(heard.text, 120), heard.symbology or _("It read"))  # fmt: skip
    listened = _("Listening to: {ports}").format(ports=codes.shown(ports, 300)) if ports else _("No port is there yet.")
    text = (_("Hold any code under the scanner."), listened)
    if setup.garbled:
        text = (
            _("Something came that is no code. Scan it once more: the till listens at another speed now."),
            listened,
        )
    main = _main(setup, detail=_("Scan something first"))
    return NoticeBody(None, "looking", "plain", _("Scan anything"), text, "", _ways_out(setup), Till(card, main))


def _typed(setup: Setup) -> TypeBody:
    title, text = _asked(setup)
    secret = setup.page is Page.SECRET
    typed = "•" * min(len(setup.typed), _SHOWN_TYPED) if secret else setup.typed
    shown = typed if len(typed) <= _SHOWN_TYPED else f"…{typed[1 - _SHOWN_TYPED :]}"
    clear = Action(_("Clear"), st.KeyTapped("clear"), kind="quiet") if typed else None
    hint = _("It is kept already. Type it only to change it.") if secret and setup.has_secret and not typed else ""
    letters = _SIGNS if setup.signs else _LARGE if setup.caps else _SMALL
    words, detail = _("Next"), ""
    if secret and typed:
        words, detail = _("Check with Perx"), _("then it goes into the vault")
    elif setup.page is Page.OUTLET and not typed:
        detail = _("or leave it empty")
    elif not may_go_on(setup):
        detail = _("Type it first")
    more = typed if len(typed) > _SHOWN_TYPED else ""
    card = TypedCard(title, "", shown, hint=hint, clear=clear)
    pad = Keypad(st.KeyTapped, enabled=not setup.busy, left_key=".")
    told = "\n".join(part for part in (text, more) if part)
    till = Till(card, _main(setup, words, detail), pad)
    trouble = _trouble(setup)
    title, told = trouble if trouble is not None else (title, told)
    return TypeBody(title, told, letters, st.KeyTapped, _ways_out(setup), till, free=True)


def _asked(setup: Setup) -> tuple[str, str]:
    role = _("the supervisor") if setup.role == "supervisor" else _("the cashier")
    return {
        Page.ADDRESS: (_("Perx's address"), _("As Perx told it, such as api.perxtech.io")),
        Page.CLIENT: (_("Client id"), _("Of the application that Perx made for your shop")),
        Page.PROGRAM: (_("Loyalty programme"), _("Its number in Perx")),
        Page.SECRET: (_("Client secret"), _("It is checked with Perx at once, and never stands in a file.")),
        Page.SHOP: (_("Shop"), _("Its name, as printed on slips")),
        Page.TILL: (_("Till"), _("A name of its own in this shop, such as Till 1")),
        Page.CURRENCY: (_("Currency"), _("Three letters, such as {codes}").format(codes=", ".join(CURRENCIES[:5]))),
        Page.OUTLET: (_("Merchant"), _("Its identifier in Perx, if Perx told you one")),
        Page.NAME: (_("Name"), _("Of {role}, as on slips").format(role=role)),
    }[setup.page]  # fmt: skip


def _pin(setup: Setup) -> NoticeBody:
    name = codes.shown(setup.name, 40)
    again = setup.page is Page.PIN_AGAIN
    title = _("The same PIN again") if again else _("A PIN for {name}").format(name=name)
    text = (_("{name} types it, 4 to 8 digits, and nobody looks.").format(name=name),)
    card = PinCard(_("PIN for {name}").format(name=name), "", "", hint="", dots=len(setup.typed))
    main = _main(setup, detail="" if may_go_on(setup) else _("Type the PIN"), icon="shield-check")
    pad = Keypad(st.KeyTapped, enabled=not setup.busy, left_key="")
    return NoticeBody(None, "super", "plain", title, text, "", _ways_out(setup), Till(card, main, pad))
