"""What the domain says in English, in the language of whoever reads the screen.

`present` takes these sentences from here; the domain's own go to the command line and into what is stored.
"""

from __future__ import annotations

from msgspec.structs import replace

from pos_app.domain import attention, problems
from pos_app.domain.attention import REASONS, Act, Explained
from pos_app.domain.entries import Entry
from pos_app.domain.problems import Problem
from pos_app.language import _
from pos_app.till.approve import CloseShift, CloseTill, GivePoints, OpenService, RecentMember, ReverseSale, TypedMember

_USUAL = frozenset(
    [
        *(reason for usual in REASONS.values() for reason in usual),
        *TypedMember("").reasons,
        *ReverseSale.reasons,
        *CloseTill.reasons,
        *CloseShift.reasons,
        *RecentMember.reasons,
        *GivePoints.reasons,
        *OpenService.reasons,
    ]
)


def problem(code: str) -> Problem:
    """The problem of a support code."""
    known = problems.problem(code)
    return Problem(known.code, _(known.happened), _(known.kept), _(known.do_next))


def explain(entry: Entry) -> Explained:
    """What stands about an entry."""
    said = attention.explain(entry)
    return replace(
        said, title=_(said.title), what=_(said.what), cause=_(said.cause), told=_(said.told), who=_(said.who)
    )


def consequence(entry: Entry, act: Act) -> str:
    """What a decision will do."""
    return _(attention.consequence(entry, act))


def reason(text: str) -> str:
    """A reason as it is read: the usual ones are stored in English, any other as it was typed."""
    return _(text) if text in _USUAL else text
