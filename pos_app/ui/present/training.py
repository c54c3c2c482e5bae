"""The guided first shift in words: the card beside the sale, the list of tasks, and the codes to scan by touch."""

from __future__ import annotations

from pos_app.domain import codes
from pos_app.domain.vouchers import Yes, may_hold
from pos_app.language import _
from pos_app.till.events import PanelOpened, Scanned
from pos_app.till.shifting import OpenTapped
from pos_app.till.staff import SwitchTapped
from pos_app.till.state import LineState, PanelKind, State
from pos_app.till.training import AgainTapped, BeginTapped, CardTapped, LeaveTapped, Supplies, Task
from pos_app.ui.lesson import LessonCard
from pos_app.ui.screen import Action, ListRow


def lesson_card(state: State) -> LessonCard | None:
    """The card, in a training till while it is shown; not over the list that says the same."""
    training = state.training
    panel = state.panel.kind if state.panel is not None else None
    if training.supplies is None or not training.is_shown or panel in (PanelKind.LESSON, PanelKind.CODES):
        return None
    done = _("{n} of {all} done").format(n=len(training.done), all=len(Task))
    tasks = Action("", PanelOpened(PanelKind.LESSON), icon="graduation-cap", name=_("All tasks"))
    if state.staff.is_shut or state.staff.gate is not None:
        return LessonCard(done, _("Sign on"), _cashier(training.supplies), ())
    task = training.task
    if task is None:
        away = Action("", CardTapped(False), icon="x", kind="quiet", name=_("Put this card away"))
        text = _("You have seen all of it. Go on as you like, or begin again.")
        return LessonCard(done, _("Your first shift is done"), text, (tasks, away))
    title, text, act = _next(state, training.supplies, task)
    return LessonCard(done, title, text, (*([act] if act is not None else []), tasks))


def lesson_rows(state: State) -> tuple[ListRow, ...]:
    """Every task, ticked or not, the next one marked; then what can be done with the training itself."""
    training = state.training
    rows = [_task_row(one, done=one in training.done, is_next=one is training.task) for one in Task]
    shown = training.is_shown
    card = _("Put the card away") if shown else _("Show the card")
    rows.append(
        ListRow("ok", card, _("The next thing to do, beside the sale"), "", "plain", CardTapped(not shown), "eye")
    )
    rows.append(
        ListRow("ok", _("Begin again"), _("The training shop is as on its first day"), "", "plain", AgainTapped(),
                "refresh-cw")
    )  # fmt: skip
    return tuple(rows)


def code_rows(state: State) -> tuple[ListRow, ...]:
    """The codes of the training shop; a tap scans one."""
    supplies = state.training.supplies or Supplies()
    return tuple(
        ListRow("ok", codes.shown(one.title, 60), codes.shown(one.detail, 80), codes.shown(one.text, 24), "plain",
                Scanned(one.text, typed=True), "scan-barcode")
        for one in supplies.codes
    )  # fmt: skip


def menu_rows(state: State) -> tuple[ListRow, ...]:
    """What the menu offers of training: the way in, or inside of it the tasks, the codes and the way out."""
    training = state.training
    if training.supplies is None:
        return (ListRow("train", _("Training"), _("A shop to practise in; nothing there is real"), "", "plain",
                        BeginTapped(), "graduation-cap"),)  # fmt: skip
    done = f"{len(training.done)}/{len(Task)}"
    back = _("Back to the real till") if training.supplies.from_till else _("Closes the training till")
    return (
        ListRow("train", _("First shift"), _("Ten tasks that tick themselves off"), done, "train",
                PanelOpened(PanelKind.LESSON), "graduation-cap"),
        ListRow("ok", _("Codes to scan"), _("Members, vouchers, badges: a tap scans one"), "", "plain",
                PanelOpened(PanelKind.CODES), "scan-barcode"),
        ListRow("ok", _("Leave training"), back, "", "plain", LeaveTapped(), "x"),
    )  # fmt: skip


def later_words(why: str) -> str:
    """Why the training shop cannot be entered now."""
    if why == "sale":
        return _("Finish, park or cancel the sale first; then train.")
    return _("Something is not sent yet. Train when Perx has it.")


def _task_row(task: Task, *, done: bool, is_next: bool) -> ListRow:
    title = _title(task)
    if done:
        return ListRow("ok", title, "", _("Done"), "ok")
    return ListRow("train" if is_next else "looking", title, "", _("Next") if is_next else "", "train")


def _title(task: Task) -> str:
    return {
        Task.SIGN_ON: _("Sign on"),
        Task.OPEN_SHIFT: _("Open the shift"),
        Task.MEMBER: _("Find a customer"),
        Task.VOUCHER: _("Scan a voucher"),
        Task.PAY: _("Take the bill and complete"),
        Task.OFFLINE: _("Sell without Perx, then let it be sent"),
        Task.PARK: _("Park a sale and take it up again"),
        Task.REVERSE: _("Reverse a sale with an approval"),
        Task.COPY: _("Print a slip again"),
        Task.CLOSE_SHIFT: _("Close the shift"),
    }[task]


def _person(supplies: Supplies, role: str, at: int = 0) -> tuple[str, str]:
    """Name and PIN of somebody of the training shop."""
    found = [(name, pin) for name, one, pin in supplies.people if one == role]
    return found[min(at, len(found) - 1)] if found else ("", "")


def _cashier(supplies: Supplies) -> str:
    name, pin = _person(supplies, "cashier")
    return _("You are {name}. Tap the name, then type {pin}.").format(name=name.rstrip("."), pin=pin)


def _supervisor(supplies: Supplies) -> str:
    name, pin = _person(supplies, "supervisor")
    return _("{name} approves it with the PIN {pin}.").format(name=name, pin=pin)


def _scan(words: str, text: str) -> Action:
    return Action(words, Scanned(text, typed=True), icon="scan-barcode", kind="solid")


_Told = tuple[str, str, Action | None]


def _next(state: State, supplies: Supplies, task: Task) -> _Told:
    """What to do, how, and the tap that does it where nobody has a scanner at hand."""
    title = _title(task)
    match task:
        case Task.SIGN_ON:
            return (
                title,
                _("Tap Sign on at the top right."),
                Action(title, SwitchTapped(), icon="user-round", kind="solid"),
            )
        case Task.OPEN_SHIFT:
            opened = Action(title, OpenTapped(), icon="check", kind="solid") if _is_in(state, PanelKind.SHIFT) else None
            return title, _("Tap Menu, then Shift, then Open the shift."), opened
        case Task.MEMBER:
            return title, _("Scan the card, or tap here as if you had."), _scan(_("Scan the card"), supplies.member)
        case Task.VOUCHER:
            return _voucher(state, supplies, title)
        case Task.PAY:
            return title, _("Type 56.00 as on the cash register, then tap Complete."), None
        case Task.OFFLINE:
            return _offline(state, supplies)
        case Task.PARK:
            if any(not one.cancelled for one in state.parked):
                return _("Take the parked sale up again"), _("Tap Parked sales, then the sale."), None
            return _("Park a sale"), _("Type any bill, then tap Park. The next customer can come."), None
        case Task.REVERSE:
            how = _("Menu, Earlier sales, tap a sale, Reverse the sale.")
            return title, f"{how} {_supervisor(supplies)}", None
        case Task.COPY:
            return title, _("Menu, Earlier sales, tap a sale, Print again. The slip says COPY."), None
    return title, _("Menu, Shift, Close the shift. The Z report is made."), None


def _voucher(state: State, supplies: Supplies, title: str) -> _Told:
    known = state.sale.known
    if known is None:
        first = _("First the customer, then the voucher.")
        return title, first, _scan(_("Scan the card"), supplies.member)
    tried = {line.voucher_id for line in state.sale.lines if line.state is not LineState.LOOKING}
    now, who = state.perx_now, known.identifier
    free = [one.code for one in known.vouchers if one.id not in tried and isinstance(may_hold(one, who, now), Yes)]
    usable = [code for code in free if code]
    code = supplies.voucher if supplies.voucher in usable or not usable else usable[0]
    return title, _("Perx holds it for this sale."), _scan(_("Scan the voucher"), code)


def _offline(state: State, supplies: Supplies) -> _Told:
    link, saved = state.link, state.training.saved
    if saved and not link.online:
        return _("Let it be sent"), _("Menu, Service, Use Perx again. Then watch it go."), None
    if saved:
        return _("Let it be sent"), _("It goes by itself. The header shows what still waits."), None
    if link.online:
        return _("Sell without Perx"), _("Menu, Service, Work without Perx: as if the line were down."), None
    if state.sale.known is None:
        text = _("Scan the customer: the till remembers them.")
        return _("Sell without Perx"), text, _scan(_("Scan the card"), supplies.member)
    return _("Sell without Perx"), _("Type a bill, then tap Save sale. The till keeps the points."), None


def _is_in(state: State, kind: PanelKind) -> bool:
    return state.panel is not None and state.panel.kind is kind
