"""The end of the day: its figures, and where the till and Perx do not agree."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pos_app.domain.day import Figures
from pos_app.domain.money import Money
from pos_app.language import _, ngettext
from pos_app.till.events import CompareTapped, PanelClosed
from pos_app.till.reconcile import Difference, What, reference, sentence
from pos_app.till.report import Report
from pos_app.till.state import State
from pos_app.ui.present import zones
from pos_app.ui.present.sentences import problem
from pos_app.ui.present.words import Words, span, tail
from pos_app.ui.screen import Action, ListBody, ListRow, Main, Till


def day_body(state: State, words: Words) -> ListBody:
    """The figures of the day; above them, once it was asked for, what Perx has otherwise."""
    seen = state.day
    rows: list[ListRow] = []
    if seen.report is not None or seen.comparing:
        rows += _compared(words, seen.report, comparing=seen.comparing)
    if seen.figures is not None:
        rows += _figures(state, words, seen.figures)
    text = ""
    if seen.figures is not None:
        day = seen.figures.day
        text = _("{day}, counted in {zone}. As of {time}.").format(
            day=words.day(day.on, day.on), zone=day.zone, time=words.clock(seen.figures.as_of)
        )
    back = Action(_("Back to the sale"), PanelClosed(), icon="chevron-left")
    till = Till(zones.bill_card(state, words, caret=False), _main(seen.report, comparing=seen.comparing))
    return ListBody("", text, tuple(rows), _("Reading"), (back,), till)


def _main(report: Report | None, *, comparing: bool) -> Main:
    if comparing:
        share = report.compared / report.customers if report is not None and report.customers else 0.0
        return Main(_("Comparing"), _progress(report), enabled=False, busy="action", share=share)
    if report is not None and report.stopped:
        return Main(_("Go on comparing"), _progress(report), icon="refresh-cw", event=CompareTapped())
    words = _("Compare again") if report is not None else _("Compare with Perx")
    return Main(words, _("sales, both ways"), icon="refresh-cw", event=CompareTapped())


def _progress(report: Report | None) -> str:
    if report is None:
        return _("reading the day")
    text = ngettext("{n} of {all} customer", "{n} of {all} customers", report.customers)
    return text.format(n=report.compared, all=report.customers)


# ---------------------------------------------------------------- what differs


def _compared(words: Words, report: Report | None, *, comparing: bool) -> Iterator[ListRow]:
    yield _result(words, report, comparing=comparing)
    if report is None:
        return
    for told in report.found.differences:
        yield _difference(words, told)
    for identifier, code in report.unread:
        title = _("Customer {member} could not be compared").format(member=tail(identifier))
        yield ListRow("unknown", title, f"{problem(code).happened} [{code}]", "", "unknown")
    if report.found.not_sent:
        detail = _("Not compared: Perx has not been told of them.")
        yield ListRow("wait", _("Not sent yet"), detail, words.points(len(report.found.not_sent)), "wait")
    if report.found.on_the_way:
        detail = _("Too young to be missed: Perx may show them late.")
        yield ListRow("wait", _("Still on their way"), detail, words.points(len(report.found.on_the_way)), "wait")


def _result(words: Words, report: Report | None, *, comparing: bool) -> ListRow:
    if comparing or report is None:
        return ListRow("looking", _("Comparing with Perx"), _progress(report), "")
    count = len(report.found.differences)
    if report.stopped:
        title = _("{count} compared").format(count=_progress(report))
        detail = _("{why} Go on when Perx answers.").format(why=problem(report.stopped).happened)
        return ListRow("unknown", title, f"{detail} [{report.stopped}]", _differ(count), "bad" if count else "wait")
    detail = _("{count} compared, as of {time}.").format(count=_progress(report), time=words.clock(report.as_of))
    if count:
        return ListRow("bad", _differ(count), detail, "", "bad")
    return ListRow("ok", _("Nothing differs"), detail, "", "ok")


def _differ(count: int) -> str:
    if not count:
        return ""
    return ngettext("{n} difference", "{n} differences", count).format(n=count)


def _difference(words: Words, told: Difference) -> ListRow:
    def money(amount: Money) -> str:
        return f"{amount.currency} {words.money(amount)}"

    at = words.clock(told.at) if told.at is not None else ""
    is_slip = told.what not in (What.FOREIGN, What.USED)
    slip = (_("slip {ref}") if is_slip else _("reference {ref}")).format(ref=reference(told))
    detail = ", ".join(part for part in (at, tail(told.identifier), slip) if part)
    return ListRow("bad", sentence(told, money), detail, "", "bad")


# ---------------------------------------------------------------- figures


def _undone(state: State, words: Words, told: Figures) -> ListRow:
    """What was reversed today, apart from the sales: it may be of another day."""
    worth = words.off(Money(told.reversed_minor, state.shop.currency))
    parts = [ngettext("{n} sale", "{n} sales", told.reversed_sales).format(n=words.points(told.reversed_sales))]
    if told.points_taken:
        parts.append(_("{n} points taken back").format(n=words.points(told.points_taken)))
    if told.points_returned:
        parts.append(_("{n} points returned").format(n=words.points(told.points_returned)))
    return ListRow("ok", _("Reversed, not taken off above"), ", ".join(parts), worth, icon="undo-2")


def _figures(state: State, words: Words, told: Figures) -> Iterator[ListRow]:
    value = words.money(Money(told.value_minor, state.shop.currency))
    refused = ""
    if told.refused:
        refused = ngettext("{n} more was refused", "{n} more were refused", told.refused).format(n=told.refused)
    yield ListRow("ok", _("Sales that Perx has"), refused, words.points(told.sales), icon="receipt-text")
    yield ListRow("ok", _("Their value"), state.shop.currency, value, icon="coins")
    yield ListRow("ok", _("Vouchers used"), "", words.points(told.vouchers), icon="ticket-percent")
    if told.reversed_sales or told.points_taken or told.points_returned:
        yield _undone(state, words, told)
    backlog = told.backlog
    count = backlog.waiting + backlog.checking
    if count and backlog.oldest_at is not None:
        detail = _("Of any day. The oldest: {span}.").format(span=span(told.as_of - backlog.oldest_at))
        yield ListRow("wait", _("Still to be sent"), detail, words.points(count), "wait")
    else:
        yield ListRow("ok", _("Still to be sent"), _("Perx has been told of everything."), "0", "ok")
    attention = backlog.attention
    detail = _("A person has to decide.") if attention else _("Nothing to decide.")
    mark: Literal["unknown", "ok"] = "unknown" if attention else "ok"
    yield ListRow(mark, _("Needs attention"), detail, words.points(attention), mark)
