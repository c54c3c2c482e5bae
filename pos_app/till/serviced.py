"""The rules of the service screen. Pure."""

from __future__ import annotations

from msgspec.structs import replace

from pos_app.till import events as ev
from pos_app.till import panels
from pos_app.till.approve import OpenService
from pos_app.till.effects import Effect, Note
from pos_app.till.servicing import (
    COLOURS,
    FIELDS,
    ColourTouched,
    Copied,
    CopyTapped,
    CopyText,
    Event,
    Examine,
    Examined,
    Exchanged,
    FieldTouched,
    Glass,
    Page,
    PageTapped,
    PrintTest,
    ReadTrace,
    Service,
    SlipTested,
    SlipTestTapped,
    TraceRead,
)
from pos_app.till.state import PanelKind, State
from pos_app.till.supporttext import support_text

MOST_EXCHANGES = 12
GLASS_WAITS_S = 30
"""A screen test that nobody touches any more ends by itself: where the glass is dead no touch could end it."""
GUARDED = (Page.SCANNER, Page.SUPPORT)
"""What shows customers' codes, or what a till is set up with."""

Step = tuple[State, list[Effect]]


def on_event(state: State, event: Event) -> Step:
    """A tap on the service screen, or an answer for it. What comes after it was left changes nothing that is seen."""
    match event:
        case PageTapped():
            return _on_page(state, event.page)
        case SlipTestTapped() if is_open(state) and state.service.print_state != "printing":
            return _with(state, print_state="printing", problem=""), [PrintTest(), Note("test slip")]
        case SlipTested():
            out = "failed" if event.problem else "saved" if event.saved else "printed"
            return _with(state, print_state=out, problem=event.problem or event.saved), []
        case CopyTapped() if is_open(state) and state.service.findings is not None:
            return state, [CopyText(support_text(state)), Note("text for support copied")]
        case Copied():
            return _with(state, copied=event.place), []
        case TraceRead():
            shown = is_open(state) and state.service.page is Page.SCANNER
            return (_with(state, trace=event.trace) if shown else state), []
        case Examined():
            return _with(state, findings=event.findings), []
        case FieldTouched() | ColourTouched():
            return _on_glass(state, event), []
    return state, []


def is_open(state: State) -> bool:
    """Whether the service screen is looked at."""
    return state.panel is not None and state.panel.kind is PanelKind.SERVICE


def takes_scans(state: State) -> bool:
    """Whether a scan is looked at and goes to no sale: the scanner itself is what is tried."""
    asked = state.panel is not None and state.panel.ask is not None
    return is_open(state) and state.service.page is Page.SCANNER and not asked


def may_open(state: State, page: Page) -> bool:
    """Whether whoever is at the till may see this page without being asked for an approval."""
    people = state.staff
    free = page not in GUARDED or state.shop.people.service == "anyone"
    return free or not people.people or (people.on is not None and people.on.role.may_approve)


def opened(state: State, page: Page) -> Step:
    """The state with a page of the service screen, and what has to be read for it."""
    state = _with(state, page=page, trace=(), glass=Glass(), copied="")
    if page is Page.SCANNER:
        return state, [ReadTrace(), Note("scanner trace seen")]
    if page is Page.SUPPORT:
        return _with(state, findings=None), [Examine()]
    return state, []


def approved(state: State, page: Page, number: int, facts: dict[str, object]) -> Step:
    """A supervisor lets a page be seen, unless the approval was left meanwhile."""
    panel = state.panel
    if panel is None or panel.ask is None or panel.ask.number != number:
        return state, []
    state, effects = opened(replace(state, panel=replace(panel, ask=None)), page)
    return state, [Note("service page opened", facts={"page": page.value, **facts}), *effects]


def on_tick(state: State) -> Step:
    """A second more: what is looked at is read anew."""
    if not is_open(state):
        return state, []
    service = state.service
    if service.page is Page.SCANNER and state.panel is not None and state.panel.ask is None:
        return state, [ReadTrace()]
    if service.page is Page.GLASS:
        glass = replace(service.glass, idle_s=service.glass.idle_s + 1)
        return _with(state, glass=glass, page=Page.ROWS if glass.idle_s >= GLASS_WAITS_S else Page.GLASS), []
    return state, []


def on_exchange(state: State, event: ev.ExchangeSeen) -> State:
    """Take note of an exchange with Perx, for the live view of the line."""
    seen = Exchanged(state.now, event.ok, event.call, event.ms, event.problem)
    return _with(state, exchanges=(*state.service.exchanges, seen)[-MOST_EXCHANGES:])


def _on_page(state: State, page: Page) -> Step:
    if not is_open(state):
        return state, []
    if not may_open(state, page):
        return panels.asking(state, OpenService(page)), []
    return opened(state, page)


def _on_glass(state: State, event: FieldTouched | ColourTouched) -> State:
    service = state.service
    if not is_open(state) or service.page is not Page.GLASS:
        return state
    glass = replace(service.glass, idle_s=0)
    if glass.colour is None:
        if isinstance(event, FieldTouched) and 0 <= event.number < FIELDS:
            glass = replace(glass, hit=glass.hit | {event.number})
            glass = replace(glass, colour=0) if len(glass.hit) == FIELDS else glass
        elif isinstance(event, ColourTouched):  # the rest cannot be touched: on to the colours all the same
            glass = replace(glass, colour=0)
        return _with(state, glass=glass)
    if not isinstance(event, ColourTouched):
        return state
    at_end = glass.colour + 1 >= len(COLOURS)
    glass = replace(glass, colour=glass.colour if at_end else glass.colour + 1)
    return _with(state, glass=glass, page=Page.ROWS if at_end else Page.GLASS)


def _with(state: State, **changes: object) -> State:
    made: Service = replace(state.service, **changes)
    return replace(state, service=made)
