"""A reversal in words: what it would do, what became of each part, and where the whole stands."""

from __future__ import annotations

from pos_app.domain import codes
from pos_app.domain.reversal import Part, Undo
from pos_app.domain.sale import SaleRecord
from pos_app.language import _
from pos_app.till import earlier, undo
from pos_app.till.history import (
    History,
    ListTapped,
    OfCustomerTapped,
    Plan,
    ReverseConfirmed,
    ReverseLeft,
    ReverseTapped,
)
from pos_app.till.state import State
from pos_app.ui.present import zones
from pos_app.ui.present.reasons import MAX_TITLE
from pos_app.ui.present.sentences import problem
from pos_app.ui.present.words import Words, tail
from pos_app.ui.screen import Action, AmountLine, Glyph, Main, NoticeBody, Points, SaleRow, Till, Tone

Look = tuple[Glyph, Tone, str]

NEVER_OFFERED = ("REV-01", "REV-03", "REV-06")


def whole(record: SaleRecord) -> tuple[Glyph, Tone, str, str] | None:
    """Where the reversal of a sale stands: glyph, tone, word and sentence; None when it was not reversed."""
    undone = record.reversal
    if undone is None:
        return None
    states = {one.state for one in undone.parts}
    if "attention" in states:
        return "unknown", "unknown", _("Reversal needs attention"), _("A supervisor settles what Perx did not answer.")
    if states & {"checking", "sending"}:
        return "unknown", "unknown", _("Being reversed"), _("The till goes on checking. Nothing is asked for twice.")
    if "waiting" in states:
        return "wait", "wait", _("Reversal waits"), _("Written down on this till. It is sent when Perx can be reached.")
    if "refused" in states:
        return "notyet", "wait", _("Partly reversed"), _("Perx did not agree to all of it; see each part.")
    if undo.left_used(record):
        return "notyet", "wait", _("Partly reversed"), _("A voucher was not asked back yet, because Perx was away.")
    if any(one.what is Undo.UNSENT for one in undone.parts):
        return "ok", "ok", _("Reversed"), _("Perx never heard of it: no points, and nothing to undo.")
    return "ok", "ok", _("Reversed"), _("Perx confirmed each part.")


def part_rows(record: SaleRecord, words: Words) -> tuple[SaleRow, ...]:
    """One row for each part of a reversal, with its own state; what asks for somebody comes first."""
    parts = record.reversal.parts if record.reversal is not None else ()
    rows = (
        SaleRow(
            f"part{number}",
            *look(part)[:2],
            title(part),
            look(part)[2],
            detail=_why(part),
            amount=words.gained(part.points if part.moved is None else part.moved) if part.points else "",
            calm=part.state in ("done", "waiting", "sending"),
        )
        for number, part in enumerate(parts)
    )
    return tuple(sorted(rows, key=lambda row: row.calm))


def title(part: Part) -> str:
    """What a part is about."""
    if part.title:
        return codes.shown(part.title, MAX_TITLE)
    if part.what is Undo.UNSENT:
        return _("This sale")
    if part.what is Undo.VOUCHER:
        return _("Voucher {id}").format(id=part.voucher_id)
    return _("Points given back") if part.points > 0 else _("Points taken back")


def look(part: Part) -> Look:
    """The state of a part: glyph, tone and words."""
    match part.state:
        case "done":
            return "ok", "ok", _done(part)
        case "refused":
            return "bad", "bad", _("Stays used") if part.what is Undo.VOUCHER else _("Not undone")
        case "attention":
            return "unknown", "unknown", _("Needs attention: a supervisor settles it")
        case "checking":
            return "unknown", "unknown", _("No answer yet, checking")
        case "sending":
            return "wait", "wait", _("Sending")
    return "wait", "wait", _("Waiting to send")


def _done(part: Part) -> str:
    if part.what is Undo.UNSENT:
        return _("Perx was never told that it was used") if part.voucher_id else _("Never sent to Perx")
    if part.what is Undo.POINTS:
        return _("Perx gave them back") if part.points > 0 else _("Perx took them back")
    return {
        "redeemed": _("Given back, and used again since"),
        "expired": _("Given back, but it has ended"),
    }.get(part.back, _("Good again"))


def _why(part: Part) -> str:
    """Why Perx did not do it, in its own words where it said any."""
    if part.state not in ("refused", "attention") or not part.problem:
        return ""
    code = "REV-10" if part.what is Undo.VOUCHER and part.problem in ("PX-003", "PX-000") else part.problem
    known, said = problem(code), codes.shown(part.said, 100)
    return (
        f"{known.happened} {known.do_next} ({known.code})" if not said else f"{known.happened} “{said}” ({known.code})"
    )


def points_card(record: SaleRecord, words: Words) -> Points | None:
    """What the reversal did to the points; None when it has no such part."""
    undone = record.reversal
    part = next((one for one in undone.parts if one.what is Undo.POINTS), None) if undone is not None else None
    if undone is None or part is None:
        return None
    lines = [AmountLine(_("Perx gave"), words.gained(record.points))] if record.points is not None else []
    if part.state == "refused":
        return Points(
            _("Points"), _("Refused"), "bad", _("Perx changed"), words.points(0), final=True, lines=tuple(lines)
        )
    if part.state != "done" or part.moved is None:
        text = _("Not confirmed by Perx yet. The slip says so too.")
        label = _("To give back") if part.points > 0 else _("To take back")
        figure = words.gained(part.points)
        return Points(
            _("Points"), _("Not final"), "estimate", label, figure, final=False, text=text, lines=tuple(lines)
        )
    if undone.points_after is not None:
        lines.append(AmountLine(_("New balance"), words.points(undone.points_after)))
    label = _("Perx gave back") if part.points > 0 else _("Perx took back")
    return Points(_("Points"), _("Final"), "ok", label, words.gained(part.moved), final=True, lines=tuple(lines))


# ---------------------------------------------------------------- before it is done


def follows(plan: Plan, words: Words) -> tuple[str, ...]:
    """What a reversal would do, in sentences."""
    told = [_one(part, words) for part in plan.parts]
    told += [
        _("{what}: {why}").format(what=codes.shown(name, 40), why=problem(code).happened) for name, code in plan.left
    ]
    return tuple(told)


def _one(part: Part, words: Words) -> str:
    if part.what is Undo.UNSENT and not part.voucher_id:
        return _("The sale was not sent yet, and never will be.")
    if part.what is Undo.UNSENT:
        return _("{what}: Perx is not told that it was used.").format(what=title(part))
    if part.what is Undo.VOUCHER:
        return _("{what}: Perx is asked to take it back, and may refuse.").format(what=title(part))
    if part.points > 0:
        return _("Points that the customer gets back: {n}.").format(n=words.points(part.points))
    return _("Points that the customer loses: {n}.").format(n=words.points(-part.points))


def confirm_body(state: State, words: Words, plan: Plan) -> NoticeBody:
    """The plan, where whoever is at the till decides alone."""
    undo = Action(_("Reverse the sale"), ReverseConfirmed(), icon="undo-2", kind="danger")
    main = Main(_("Keep the sale"), _("change nothing"), icon="chevron-left", event=ReverseLeft())
    text = (_("It cannot be taken back."), *follows(plan, words))
    card = zones.bill_card(state, words, caret=False)
    return NoticeBody(None, "notyet", "plain", _("Reverse the sale?"), text, "", (undo,), Till(card, main))


def actions(state: State, record: SaleRecord, now: History) -> tuple[Action, ...]:
    """What can be done with an earlier sale; what undoes it stands alone."""
    made: list[Action] = []
    why = earlier.offer(state, record)
    if why not in NEVER_OFFERED:
        whys = {"REV-02": _("Too old"), "REV-04": _("Not settled yet")}
        name = _("Reverse what is left") if record.reversal is not None else _("Reverse")
        made.append(
            Action(
                name,
                ReverseTapped(record.ref),
                icon="undo-2",
                kind="danger",
                enabled=not why and not now.busy,
                why=_("One moment") if now.busy else whys.get(why, ""),
            )
        )
    if record.identifier and not state.staff.hidden:
        name = _("Sales of {member}").format(member=tail(record.identifier))
        made.append(Action(tail(record.identifier), OfCustomerTapped(record.identifier), icon="user-round", name=name))
    made.append(Action(_("List"), ListTapped(), icon="receipt-text", name=_("Back to the list of sales")))
    return tuple(made)


def trouble_rows(now: History) -> tuple[SaleRow, ...]:
    """Why the sale was not reversed."""
    if not now.problem:
        return ()
    known = problem(now.problem)
    text = f"{known.kept} {known.do_next} ({known.code})"
    return (SaleRow("problem", "notyet", "wait", known.happened, "", text, calm=False),)
