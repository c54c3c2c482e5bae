"""The text for support: how a till stands, in English, without a secret and without anybody's name or code. Pure."""

from __future__ import annotations

import platform
from collections.abc import Iterator

from pos_app import __version__
from pos_app.domain.codes import shown
from pos_app.till.state import State

MOST_OF_GROUP, MOST_OF_LINE, MOST_CHARS = 30, 200, 6000


Group = tuple[str, tuple[str, ...]]


def support_groups(state: State) -> tuple[Group, ...]:
    """What support asks first: a heading and its lines, each. Bounded."""
    found = state.service.findings or ()
    findings = [f"{one.level.upper():4} {one.what}{_fix(one.fix)}{_code(one.code)}" for one in found]
    groups = (
        ("Till", _till(state)),
        ("Line to Perx", _link(state)),
        ("Queue and devices", _devices(state)),
        ("Machine", findings),
    )
    return tuple((title, tuple(shown(line, MOST_OF_LINE) for line in lines)[:MOST_OF_GROUP]) for title, lines in groups)


def support_text(state: State) -> str:
    """The same as one text."""
    lines = [line for title, group in support_groups(state) for line in (title, *(f"  {one}" for one in group))]
    return "\n".join(lines)[:MOST_CHARS] + "\n"


def _till(state: State) -> Iterator[str]:
    shop, local = state.shop, state.now.astimezone()
    yield f"pos-app {__version__}, Python {platform.python_version()}, {platform.system()} {platform.release()}"
    yield f"{shop.name}, {shop.till}; profile {shop.profile}, {shop.environment}; {shop.currency}, {state.language}"
    yield f"Time {state.now:%Y-%m-%dT%H:%M:%SZ}, local {local:%Y-%m-%d %H:%M:%S %z}"
    for code in dict.fromkeys(code for code in _codes(state) if code):
        yield f"Seen [{code}]"


def _devices(state: State) -> Iterator[str]:
    backlog = state.backlog
    yield f"Queue {backlog.waiting} waiting, {backlog.checking} checking, {backlog.attention} need attention"
    if backlog.oldest_at is not None:
        yield f"Oldest since {backlog.oldest_at:%Y-%m-%dT%H:%M:%SZ}"
    yield " ".join(("Scanner", state.scanner.state, state.scanner.port, state.scanner.detail)).rstrip()
    yield " ".join(("Printer", state.printer.state, state.printer.port, state.printer.detail)).rstrip()


def _link(state: State) -> Iterator[str]:
    link, drift = state.link, state.link.drift_s
    known = "online" if link.online else f"offline since {link.since:%H:%M:%SZ}" if link.since else "offline"
    yield f"{known}{', by hand' if link.manual else ''}{_code(link.problem)}"
    yield f"Perx's clock {'is not known' if drift is None else f'{drift:+.1f} s from ours'}"
    for one in state.service.exchanges[-5:]:
        told = "answered" if one.ok else f"no answer [{one.problem}]"
        yield f"{one.at:%H:%M:%SZ} {one.call} {told} in {one.ms} ms"


def _codes(state: State) -> Iterator[str]:
    """The support codes that the till shows now."""
    yield state.wrong
    yield state.link.keys
    yield state.printing.problem
    if state.salvaged is not None:
        yield "DISK-07"
    if state.sale.trouble is not None:
        yield state.sale.trouble.problem


def _fix(fix: str) -> str:
    return f" -> {fix}" if fix else ""


def _code(code: str) -> str:
    return f" [{code}]" if code else ""
