"""The shift on the screen: its report so far, the question before it is closed, and the reports of earlier ones."""

from __future__ import annotations

from collections.abc import Iterator

from pos_app.domain import codes
from pos_app.domain.shift import Report, ReportKind, Shift
from pos_app.language import _, ngettext
from pos_app.till import shifting
from pos_app.till.events import PanelClosed, PanelOpened
from pos_app.till.shift import may_close
from pos_app.till.shifting import Page, Shifting
from pos_app.till.state import PanelKind, State
from pos_app.ui.present import zones
from pos_app.ui.present.reportwords import MORE_TABLES, age_table, tables, undone_lines, who
from pos_app.ui.present.sentences import problem
from pos_app.ui.present.words import NBSP, Words
from pos_app.ui.report import FactsCard, Note, Part, Remark, ReportBody, Tile
from pos_app.ui.screen import Action, ListBody, ListRow, Main, NoticeBody, Till, TypedCard

_NAMES = 3


def shift_title(state: State) -> str:
    """What the header says."""
    return {Page.PAST: _("Earlier shifts"), Page.PAST_ONE: _("Z report")}.get(state.shift.page, _("Shift"))


def shift_body(state: State, words: Words) -> ReportBody | ListBody:
    """The page of the shift's screen that is open."""
    if state.shift.page is Page.PAST:
        return _past(state, words)
    report = state.shift.report
    till = _till(state, words, report)
    if report is None:
        return ReportBody((), (), _("Reading"), _ways(state), till, _said(state.shift))
    parts = (*_remarks(words, report), *_parts(report, words, is_closing=state.shift.page is Page.CLOSING))
    return ReportBody(_tiles(report, words), parts, _("Nothing yet"), _ways(state), till, _said(state.shift))


def shift_first(state: State, words: Words) -> NoticeBody:
    """Nothing is sold before a shift is open."""
    shift = state.shift
    text: tuple[str, ...] = (_("This till sells in shifts. Open one, then scan the first customer."),)
    if shift.problem:
        known = problem(shift.problem)
        text = (known.happened, known.do_next)
    busy = shift.busy == "opening"
    main = Main(_("Open the shift"), _("then sell"), icon="check", event=shifting.OpenTapped(), enabled=not busy,
                busy="action" if busy else "")  # fmt: skip
    till = Till(zones.bill_card(state, words, caret=False), main)
    earlier = Action(_("Shift reports"), PanelOpened(PanelKind.SHIFT), icon="receipt-text")
    title = _("No shift is open")
    return NoticeBody(
        None, "notyet", "wait", title, text, f"[{shift.problem}]" if shift.problem else "", (earlier,), till
    )


# ---------------------------------------------------------------- the report


def _tiles(report: Report, words: Words) -> tuple[Tile, ...]:
    vouchers, points, unsent = report.vouchers, report.points, report.open.unsent
    used = vouchers.used + vouchers.open
    given, spent = points.given + points.about_given, points.spent + points.about_spent
    worth = _("worth {amount}")
    about = _("about {n} of it").format(n=words.points(points.about_given)) if points.about_given else ""
    return (
        Tile(_("Vouchers used"), _("Vouchers"), words.points(used.count),
             worth.format(amount=words.money(report.money(used.minor)))),
        Tile(_("Points given"), _("Given"), words.gained(given), about or _sales(points.given_sales, words)),
        Tile(_("Points spent"), _("Spent"), words.points(-spent), _sales(points.spent_sales, words)),
        Tile(_("Not yet sent"), _("Not sent"), words.points(unsent.count),
             worth.format(amount=words.money(report.money(unsent.minor))), "wait" if unsent.count else None),
    )  # fmt: skip


def _sales(count: int, words: Words) -> str:
    return ngettext("{n} sale", "{n} sales", count).format(n=words.points(count))


def _parts(report: Report, words: Words, *, is_closing: bool) -> Iterator[Part]:
    waits = tuple(_waits(report, words))
    if is_closing:
        yield from waits
        yield from age_table(report, words)
        return
    yield from tables(report, words)
    undone = tuple(undone_lines(report, words))
    if undone:
        yield Note(_("Put right by hand"), undone)
    yield from waits
    for more in MORE_TABLES:
        yield from more(report, words)


def _waits(report: Report, words: Words) -> Iterator[Remark]:
    open_ = report.open
    show = Action(_("Show"), PanelOpened(PanelKind.WAITING))
    if report.kind is ReportKind.Z:
        show_it, stays = None, _("So it was when the shift was closed. They stay in this shift.")
    else:
        show_it, stays = show, _("They stay in this shift, whenever they go out.")
    if open_.unsent.count:
        older = open_.unsent.count - open_.here.count
        if older:
            stays = _("{n} of them are from before. {stays}").format(n=words.points(older), stays=stays)
        count = open_.unsent.count
        title = ngettext("{n} entry is not sent yet", "{n} entries are not sent yet", count)
        title = title.format(n=words.points(count))
        yield Remark("wait", "wait", title, stays, show_it)
    if open_.attention.count:
        count = open_.attention.count
        title = ngettext("{n} entry needs a person", "{n} entries need a person", count).format(n=words.points(count))
        yield Remark("unknown", "unknown", title, _("A supervisor settles it, also after the shift."), show_it)


def _said(shift: Shifting) -> Remark | None:
    """What came of the last tap."""
    if shift.problem:
        known = problem(shift.problem)
        return Remark("bad", "bad", known.happened, f"{known.kept} {known.do_next} [{known.code}]")
    told = {
        "printed": (_("The report was printed"), ", ".join(shift.saved)),
        "saved": (_("Saved in the folder reports"), ", ".join(shift.saved)),
        "closed": (_("The shift is closed"), _("Its report is kept, and can be printed any time.")),
    }.get(shift.out)
    return None if told is None else Remark("ok", "ok", *told)


def _remarks(words: Words, report: Report) -> Iterator[Remark]:
    """What has to be known before the figures are believed."""
    if report.early:
        text = _("They were sold after the last shift was closed, and count in this one.")
        count = report.early
        title = ngettext("{n} sale from before it was opened", "{n} sales from before it was opened", count)
        yield Remark("notyet", "plain", title.format(n=words.points(count)), text)
    if report.other_currency:
        text = _("Their worth is in none of the figures.")
        count = report.other_currency
        title = ngettext("{n} sale in another currency", "{n} sales in another currency", count)
        yield Remark("notyet", "wait", title.format(n=words.points(count)), text)


# ---------------------------------------------------------------- beside it


def _till(state: State, words: Words, report: Report | None) -> Till:
    shift = state.shift
    if shift.page is Page.CLOSING:
        title, text = _("Close this shift?"), _("What is not settled is listed here. It is sent later, by itself.")
        main = Main(
            _("Close the shift"), _("and keep its Z report"), icon="lock", event=shifting.CloseTapped(sure=True)
        )
        return Till(_facts(state, words, report, title, text), _busy(state, main))
    is_z = report is not None and report.kind is ReportKind.Z
    if is_z:
        title = _("Z report")
        text = _("Closed. It never changes.") if shift.is_sound else _("It is not what was closed.")
    elif report is not None and report.kind is ReportKind.DAY:
        title, text = _("The day so far"), _("No shift is open.")
    else:
        title, text = _("X report, shift so far"), _("The shift stays open.")
    card = _facts(state, words, report, title, text)
    below, below_text = _below(state)
    return Till(card, _print_main(state, report), below=below, below_text=below_text)


def _print_main(state: State, report: Report | None) -> Main:
    ready = report is not None and state.shift.is_sound
    if report is not None and report.kind is ReportKind.Z:
        copy = state.shift.printed > 0
        main = Main(_("Print Z report"), _("marked COPY") if copy else _("the first one"))
    elif report is not None and report.kind is ReportKind.DAY:
        main = Main(_("Print the day"), _("changes nothing"))
    else:
        main = Main(_("Print X report"), _("changes nothing"))
    made = Main(main.words, main.detail, icon="printer", event=shifting.PrintReportTapped(), enabled=ready)
    return _busy(state, made)


def _busy(state: State, main: Main) -> Main:
    if not state.shift.busy:
        return main
    return Main(main.words, _("one moment"), icon=main.icon, enabled=False, busy="action")


def _below(state: State) -> tuple[tuple[Action, ...], str]:
    """Closing is a second button: it ends something."""
    shift = state.shift
    if shift.page is Page.PAST_ONE:
        return (), ""
    free = not shift.busy
    if shift.open is None:
        start = Action(_("Open a shift"), shifting.OpenTapped(), icon="check", enabled=free and shift.known)
        return (start,), _("A shift has a report of its own, kept when it is closed.")
    close = Action(_("Close shift (Z)") + NBSP + "…", shifting.CloseTapped(), icon="lock", enabled=free)
    return (close,), _("Lists what is not yet sent.") if may_close(state) else _("A supervisor approves it.")


def _facts(state: State, words: Words, report: Report | None, title: str, text: str) -> TypedCard:
    facts: list[tuple[str, str]] = []
    if report is not None:
        today = state.now.astimezone().date()

        def at(moment: object) -> str:
            return f"{words.clock(moment)}, {words.day(moment, today)}"  # type: ignore[arg-type]

        if report.opened_at is not None:
            opener = codes.shown(report.opened_by, 16)
            facts.append((_("Opened"), ", ".join(part for part in (at(report.opened_at), opener) if part)))
        closer = codes.shown(report.closed_by, 16)
        is_z = report.kind is ReportKind.Z
        last = _("Closed") if is_z else _("Now")
        facts.append((last, ", ".join(part for part in (at(report.until), closer) if part)))
        if report.approved_by:
            facts.append((_("Approved by"), codes.shown(report.approved_by, 16)))
        amount = words.money(report.money(report.sales.minor))
        facts.append((_("Sales"), f"{words.points(report.sales.count)}, {report.currency} {amount}"))
        facts += [(_("Report"), report.name)] if report.name else []
        facts += [(_("Cashiers"), names)] if (names := _cashiers(report)) else []
    return FactsCard(title, "", "", caret=False, hint=text, facts=tuple(facts))


def _cashiers(report: Report) -> str:
    names = [codes.shown(one.name, 16) for one in report.cashiers if one.name]
    more = len(names) - _NAMES
    return ", ".join((*names[:_NAMES], *([_("{n} more").format(n=more)] if more > 0 else ())))


def _ways(state: State) -> tuple[Action, ...]:
    shift = state.shift
    free = not shift.busy
    back = Action(_("Back to the sale"), PanelClosed(), icon="chevron-left")
    if shift.page is Page.CLOSING:
        return (Action(_("Do not close"), shifting.PageTapped(Page.NOW), icon="chevron-left", enabled=free),)
    ready = free and shift.report is not None and shift.is_sound
    save = Action(_("Save files"), shifting.SaveTapped(), icon="download", enabled=ready)
    if shift.page is Page.PAST_ONE:
        now = Action(_("Now"), shifting.PageTapped(Page.NOW), icon="clock", enabled=free)
        past = Action(_("Earlier shifts"), shifting.PageTapped(Page.PAST), icon="receipt-text", enabled=free)
        return (back, now, past, save)
    past = Action(_("Earlier shifts"), shifting.PageTapped(Page.PAST), icon="receipt-text", enabled=free)
    return (back, past, save)


# ---------------------------------------------------------------- earlier ones


def _past(state: State, words: Words) -> ListBody:
    past = state.shift.past
    rows = tuple(_past_row(state, words, one) for one in past or ())
    now = Action(_("Shift so far"), shifting.PageTapped(Page.NOW), icon="clock")
    main = Main(_("Back"), _("to the sale"), icon="chevron-left", event=PanelClosed())
    till = Till(zones.bill_card(state, words, caret=False), main)
    empty = _("Reading") if past is None else _("No shift was closed yet.")
    return ListBody("", _("Each can be shown, printed again and saved."), rows, empty, (now,), till)


def _past_row(state: State, words: Words, shift: Shift) -> ListRow:
    today = state.now.astimezone().date()
    closed = shift.closed_at or shift.opened_at
    title = f"Z-{shift.number:04d}   {words.day(closed, today)}"
    detail = _("{start} to {end}, {who}").format(
        start=words.clock(shift.opened_at), end=words.clock(closed), who=who(shift.closed_by)
    )
    return ListRow("ok", title, detail, "", "plain", shifting.PastTapped(shift.number), "receipt-text")
