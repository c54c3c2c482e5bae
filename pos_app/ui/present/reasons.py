"""What became of a voucher, in words: the state of a row, why it is refused, what to do next."""

from __future__ import annotations

from datetime import date

from msgspec import Struct

from pos_app.domain import codes
from pos_app.domain.offline import Distrust
from pos_app.domain.vouchers import No, Why, missing_spend
from pos_app.language import _
from pos_app.till.chimes import SOON_S
from pos_app.till.commit import taken_off
from pos_app.till.events import LineRemoved
from pos_app.till.state import Line, LineState, Phase, State
from pos_app.ui.present.sentences import problem
from pos_app.ui.present.words import Words
from pos_app.ui.screen import Action, Glyph, Ring, SaleRow, Tone

MAX_TITLE = 80


class _Look(Struct, frozen=True):
    glyph: Glyph
    tone: Tone
    words: str
    detail: str
    calm: bool = True


def sale_rows(state: State, words: Words) -> tuple[SaleRow, ...]:
    """The rows of this sale, in scan order."""
    off = taken_off(state.sale, state.terms)
    return tuple(
        _row(state, line, words, words.off(off[line.key]) if line.key in off else "") for line in state.sale.lines
    )


def _row(state: State, line: Line, words: Words, amount: str) -> SaleRow:
    title = _title(line)
    look = _look(state, line, words)
    ring = _ring(state, line)
    if ring is not None and ring.left_s < SOON_S:
        look = _Look("held", "wait", _("Hold ends soon: finish now"), look.detail, calm=False)
    may_go = state.sale.phase is Phase.OPEN and not state.staff.hidden
    name = _("Remove {title}").format(title=title)
    remove = Action("", LineRemoved(line.key), icon="x", kind="quiet", name=name) if may_go else None
    return SaleRow(
        key=line.key,
        glyph=look.glyph,
        tone=look.tone,
        title=title,
        words=look.words,
        detail=look.detail,
        amount=amount,
        calm=look.calm,
        ring=ring,
        remove=remove,
    )


def _title(line: Line) -> str:
    if line.voucher is not None and line.voucher.name:
        return codes.shown(line.voucher.name, MAX_TITLE)
    if line.voucher_id is not None:
        return _("Voucher {id}").format(id=line.voucher_id)
    return codes.shown(line.text, MAX_TITLE)


def _code(line: Line) -> str:
    code = line.voucher.code if line.voucher else None
    return _("Code ends {tail}").format(tail=code[-4:]) if code else ""


def _ring(state: State, line: Line) -> Ring | None:
    """A countdown, only when Perx gave the end of the hold."""
    until = line.voucher.held_until if line.voucher else None
    if line.state is not LineState.HELD or until is None or line.held_at is None:
        return None
    total = max(1, int((until - line.held_at - state.link.drift).total_seconds()))
    left = int((until - state.perx_now).total_seconds())
    return Ring(min(max(0, left), total), total)


def _look(state: State, line: Line, words: Words) -> _Look:
    match line.state:
        case LineState.LOOKING:
            return _Look("looking", "plain", _("Got it, asking Perx"), "")
        case LineState.HOLDING:
            return _Look("looking", "plain", _("Got it, holding it for this sale"), _code(line))
        case LineState.WAITING:
            asking = state.sale.looking is not None
            text = _("Got it, asking Perx") if asking else _("Got it: now scan the member's code")
            return _Look("looking", "plain", text, "")
        case LineState.HELD:
            return _held(state, line, words)
        case LineState.USED:
            spent = _("By PIN, for this sale") if line.is_spent else _code(line)
            return _Look("ok", "ok", _("Used"), spent)
        case LineState.NO_ANSWER:
            return _Look("unknown", "unknown", _("No answer: may or may not be held"), _("We are finding out."), False)
        case LineState.NEEDS_PIN:
            missing = _lacks(state, line, words)
            wrong = problem(line.problem).happened if line.problem else _("It is used as soon as the PIN is right.")
            return missing or _Look("held", "wait", _("Needs the shop's PIN"), wrong, calm=not line.problem)
        case LineState.PIN_SENT:
            if not line.problem:
                return _Look("looking", "plain", _("Got it, Perx looks at the PIN"), _code(line))
            return _Look("unknown", "unknown", _("No answer: may or may not be used"), _("We are finding out."), False)
        case LineState.ON_TRUST:
            missing = _lacks(state, line, words)
            return missing or _Look("wait", "wait", _("On trust: Perx decides later"), _code(line), calm=False)
        case LineState.NOT_NOW:
            return _Look("notyet", "wait", _("Not now: needs Perx"), _not_now(line), calm=False)
        case LineState.REFUSED:
            return _refused(state, line, words)


def _held(state: State, line: Line, words: Words) -> _Look:
    if state.sale.phase is Phase.CHECKING:
        return _Look("unknown", "unknown", _("May or may not be used"), _("Give the discount once."))
    if not state.link.online and not state.shop.trust.signed:
        text = _("Not now: needs Perx")
        return _Look("notyet", "wait", text, _("Will be given back. It stays good."), calm=False)
    return _lacks(state, line, words) or _Look("held", "wait", _("Held for this sale"), _code(line))


def _lacks(state: State, line: Line, words: Words) -> _Look | None:
    """A row that does not count because the bill is below its minimum spend."""
    bill = state.sale.bill(state.shop.currency)
    missing = missing_spend(line.voucher, bill) if line.voucher else None
    if missing is None or not state.sale.bill_minor:
        return None
    text = _("Not yet: {amount} more to spend").format(amount=words.money(missing))
    return _Look("notyet", "wait", text, _("In this sale, but not counted."), calm=False)


def _not_now(line: Line) -> str:
    """Why a voucher cannot even be used on trust, where the shop allows that at all."""
    whys = {
        Distrust.NOT_SEEN: _("Not seen before at this till. It stays good."),
        Distrust.TOO_OLD: _("Perx was last asked too long ago. It stays good."),
        Distrust.NO_AMOUNT: _("Its value is not fixed. It stays good."),
        Distrust.TOO_MANY: _("Too many wait for Perx already. It stays good."),
        Distrust.TOO_MUCH: _("Too much waits for Perx already. It stays good."),
    }
    return whys.get(line.distrust or Distrust.NOT_SIGNED, _("Not used. It stays good."))


def _refused(state: State, line: Line, words: Words) -> _Look:
    today = state.now.astimezone().date()
    if line.no is not None:
        return _no(line.no, words, today)
    known = problem(line.problem or "PX-000")
    if line.problem == "PX-002":
        text = _("Not known: no voucher of this member")
        return _Look("bad", "bad", text, _("Check the code. Nothing used, not counted."), calm=False)
    said = codes.shown(line.said, 90)
    detail = said if said and known.code == "PX-000" else known.do_next
    text = _("Refused: {why}").format(why=known.happened.rstrip(".。"))
    return _Look("bad", "bad", text, f"{detail} ({known.code})", calm=False)


def _no(no: No, words: Words, today: date) -> _Look:
    on = words.day(no.on, today) if no.on else ""
    if no.why is Why.NOT_YET:
        return _Look("notyet", "wait", _("Not yet: from {day}").format(day=on), _("Keep it for later."), calm=False)
    sentences = {
        Why.USED: _("Refused: already used on {day}").format(day=on) if on else _("Refused: already used"),
        Why.EXPIRED: _("Refused: ended on {day}").format(day=on) if on else _("Refused: it has ended"),
        Why.HELD_ELSEWHERE: _("Refused: held at another till or on a phone"),
        Why.NOT_THEIRS: _("Refused: belongs to another member"),
        Why.NOT_READY: _("Refused: not issued yet"),
        Why.CUSTOMER: _("Refused: this member may earn, but not use vouchers yet"),
    }
    return _Look("bad", "bad", sentences.get(no.why, _("Refused by Perx")), _("Nothing used, not counted."), calm=False)
