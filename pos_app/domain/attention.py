"""What stands about an entry in words a person can act on: what happened, what the customer was told, who settles it.

One table for the screen and the command line, keyed by kind of command, state and support code; the most exact row
wins, and a kind without rows of its own reads by the general ones. The words are English sentences, as in
`problems`; amounts, times and names are the caller's.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum

from msgspec import Struct

from pos_app.domain.commands import Kind, Spoilt
from pos_app.domain.entries import Entry, EntryState
from pos_app.domain.kinds import KINDS, Absent
from pos_app.domain.problems import BY_HAND, OUR_CREDENTIALS, PROBLEMS, problem


class Act(StrEnum):
    """What a person may do about an entry. Only CHECK changes nothing and needs nobody's approval."""

    CHECK = "check"
    AGAIN = "again"
    DONE = "done"
    GIVE_UP = "give_up"

    @property
    def leads_to(self) -> EntryState:
        """The state that the decision gives the entry."""
        return _LEADS_TO[self]

    @property
    def needs_approval(self) -> bool:
        return self is not Act.CHECK


_LEADS_TO = {
    Act.CHECK: EntryState.CHECKING,
    Act.AGAIN: EntryState.WAITING,
    Act.DONE: EntryState.DONE,
    Act.GIVE_UP: EntryState.REFUSED,
}


class Explained(Struct, frozen=True):
    """An entry for a person. `title` is the question or the state in a few words; `may` what can be done now.

    `what` has happened, and `cause`, where one is known, why: a sentence each.
    """

    title: str
    what: str
    cause: str
    told: str
    who: str
    may: tuple[Act, ...]

    @property
    def happened(self) -> str:
        return f"{self.what} {self.cause}" if self.cause else self.what


class _Words(Struct, frozen=True):
    title: str
    happened: str
    told: str = ""
    who: str = ""


_W, _S, _C = EntryState.WAITING, EntryState.SENDING, EntryState.CHECKING
_D, _R, _A = EntryState.DONE, EntryState.REFUSED, EntryState.ATTENTION

_ANYBODY = "Any supervisor, here. Or Perx support, with the reference."
_NOBODY_YET = "Nobody yet: the till goes on looking. A supervisor can close it."
_ITSELF = "Nobody has to: the till sends it by itself."
_NOTHING = "Nothing is left to settle."
_SUPPORT = "Perx has decided. Perx support can say more, with the reference."
_FOLLOW = "“Your points will follow.” The slip says so too."
_SLOW = "“The system is slow. I am checking your voucher.” The discount was given once."

# General rows first, then those of a kind. `told` and `who` that are empty come from the general row.
_GENERAL: dict[EntryState, _Words] = {
    _W: _Words("Waiting to be sent", "It is written down here and has not reached Perx yet.",
               "That it will be done a little later.", _ITSELF),
    _S: _Words("Being sent", "It is on its way; Perx has not answered yet.", "Nothing yet.", _ITSELF),
    _C: _Words("No answer yet", "Perx did not answer, so the till is looking it up.",
               "That it is being checked.", _NOBODY_YET),
    _D: _Words("Done", "Perx has it.", "That it was done.", _NOTHING),
    _R: _Words("Refused", "Perx refused it, and nothing was changed.",
               "The refusal; or, when it was saved first, that it would follow.", _SUPPORT),
    _A: _Words("Did this go through?", "Perx never said whether this went through.",
               "That it is being checked.", _ANYBODY),
}  # fmt: skip

_OF_KIND: dict[tuple[Kind, EntryState], _Words] = {
    (Kind.RECORD_SALE, _W): _Words("Waiting to be sent", "This sale is written down here; Perx does not know it yet.",
                                   _FOLLOW),
    (Kind.RECORD_SALE, _S): _Words("Being sent", "This sale is on its way to Perx.", "Nothing yet."),
    (Kind.RECORD_SALE, _C): _Words("No answer yet", "Perx did not say whether it has this sale; the till looks it up.",
                                   "“The system is slow. Your points will follow.”"),
    (Kind.RECORD_SALE, _D): _Words("Done", "Perx has this sale and decides its points.",
                                   "The points, or that they follow."),
    (Kind.RECORD_SALE, _R): _Words("Refused", "Perx refused this sale: it gives no points.",
                                   "The refusal; or, when it was saved first, that the points follow."),
    (Kind.RECORD_SALE, _A): _Words("Does Perx have this sale?", "Perx never said whether it has this sale.", _FOLLOW),
    (Kind.CHECKOUT, _W): _Words("Waiting to be sent", "This sale with its vouchers waits to be sent.",
                                "That it is saved; nothing yet when it was only just sent off."),
    (Kind.CHECKOUT, _S): _Words("Being sent", "This sale with its vouchers is on its way to Perx.", "Nothing yet."),
    (Kind.CHECKOUT, _C): _Words("No answer yet", "Perx did not say whether it has this sale; it is looked up.", _SLOW),
    (Kind.CHECKOUT, _D): _Words("Done", "Perx has this sale, and its vouchers are used.", "The discount was given."),
    (Kind.CHECKOUT, _R): _Words("Refused", "Perx refused this sale; its vouchers were not used.",
                                "The refusal, while the sale was open."),
    (Kind.CHECKOUT, _A): _Words("Were these vouchers used?", "Perx never said whether this sale went through.", _SLOW),
    (Kind.HOLD_VOUCHER, _A): _Words("Is this voucher held?", "Perx never said whether it holds this voucher.",
                                    "That the voucher does not count in this sale."),
    (Kind.HOLD_VOUCHER, _C): _Words("No answer yet", "Perx did not say whether it holds this voucher.",
                                    "That the voucher is being checked."),
    (Kind.HOLD_VOUCHER, _D): _Words("Done", "Perx held this voucher for a sale.", "That the voucher counts."),
    (Kind.HOLD_VOUCHER, _R): _Words("Refused", "Perx did not hold this voucher.", "That the voucher does not count."),
    (Kind.RELEASE_VOUCHER, _W): _Words("Waiting to be sent", "This voucher is to be given back.",
                                       "Nothing: the voucher stays good."),
    (Kind.RELEASE_VOUCHER, _C): _Words("No answer yet", "Perx did not say whether it took this voucher back.",
                                       "Nothing: the voucher stays good."),
    (Kind.RELEASE_VOUCHER, _D): _Words("Done", "Perx has this voucher back.", "Nothing: the voucher stays good."),
    (Kind.RELEASE_VOUCHER, _R): _Words("Refused", "Perx did not take this voucher back.", "Nothing."),
    (Kind.RELEASE_VOUCHER, _A): _Words("Is this voucher back?", "Perx never said whether it took this voucher back.",
                                       "Nothing: the voucher was to stay good."),
    (Kind.CREATE_CUSTOMER, _C): _Words("No answer yet", "Perx did not say whether it made this member.",
                                       "That the membership is being checked."),
    (Kind.CREATE_CUSTOMER, _D): _Words("Done", "Perx made this member.", "Welcome."),
    (Kind.CREATE_CUSTOMER, _R): _Words("Refused", "Perx did not make this member.", "That they are no member yet."),
    (Kind.CREATE_CUSTOMER, _A): _Words("Is this a member now?", "Perx never said whether it made this member.",
                                       "That the membership is being checked."),
    (Kind.JOIN_LATER, _W): _Words("Waiting to be sent", "Somebody wants to be a member; Perx does not know it yet.",
                                  "That they are a member as soon as Perx is told."),
    (Kind.JOIN_LATER, _D): _Words("Done", "Perx made this member, or had them already.", "That they are a member."),
    (Kind.JOIN_LATER, _A): _Words("Is this a member now?", "Perx did not make this member, or never said so.",
                                  "That they would be a member."),
    (Kind.UPDATE_CUSTOMER, _D): _Words("Done", "Perx keeps what was changed of this member.", "That it was changed."),
    (Kind.UPDATE_CUSTOMER, _A): _Words("Was this changed?", "Perx never said whether it changed this member.",
                                       "That it is being checked."),
}  # fmt: skip

_ON_TRUST = "The discount was given: the voucher was taken on trust while Perx was away."
_TRUSTED: dict[tuple[Kind, EntryState], _Words] = {
    (Kind.REDEEM_VOUCHER, _W): _Words("Waiting to be sent", "It was taken on trust; Perx is told of it first.",
                                      _ON_TRUST),
    (Kind.REDEEM_VOUCHER, _S): _Words("Being sent", "Perx is asked to use this voucher.", _ON_TRUST),
    (Kind.REDEEM_VOUCHER, _C): _Words("No answer yet", "Perx did not say whether it used this voucher.", _ON_TRUST),
    (Kind.REDEEM_VOUCHER, _D): _Words("Done", "Perx has used this voucher.", _ON_TRUST),
    (Kind.REDEEM_VOUCHER, _R): _Words("Settled", "A person closed it: Perx does not count this voucher as used here.",
                                      _ON_TRUST, _NOTHING),
    (Kind.REDEEM_VOUCHER, _A): _Words("Who pays for this voucher?", "It was taken on trust; Perx did not accept it.",
                                      _ON_TRUST),
    (Kind.HOLD_POINTS, _A): _Words("Are points kept back?", "Perx keeps points back for this customer, but the till "
                                   "does not know under which number.", "That no points were used."),
    (Kind.EARN_POINTS, _A): _Words("Did these points arrive?", "Perx never said whether it gave these points, and may "
                                   "not show them.", "That the points follow."),
    (Kind.BURN_POINTS, _A): _Words("Were these points taken?", "Perx never said whether it took these points, and may "
                                   "not show it.", "That it is being checked."),
}  # fmt: skip
_OF_KIND |= _TRUSTED

_TAKEN_BACK = "That the sale is reversed, and that this part is being checked."
_UNDONE: dict[tuple[Kind, EntryState], _Words] = {
    (Kind.REVERSE_POINTS, _W): _Words("Waiting to be sent", "The points of a reversed sale are to be undone.",
                                      "That the points are undone a little later."),
    (Kind.REVERSE_POINTS, _C): _Words("No answer yet", "Perx did not say whether it undid these points.", _TAKEN_BACK),
    (Kind.REVERSE_POINTS, _D): _Words("Done", "Perx has undone the points of a reversed sale.",
                                      "That the points are undone."),
    (Kind.REVERSE_POINTS, _R): _Words("Refused", "Perx did not undo the points of a reversed sale.", "The refusal."),
    (Kind.REVERSE_POINTS, _A): _Words("Were these points undone?", "Perx never said whether it undid these points, and "
                                      "may not show it.", _TAKEN_BACK),
    (Kind.REVERT_VOUCHER, _C): _Words("No answer yet", "Perx did not say whether it took this used voucher back.",
                                      _TAKEN_BACK),
    (Kind.REVERT_VOUCHER, _D): _Words("Done", "This voucher does not count as used by that sale any more.",
                                      "That the voucher is good again."),
    (Kind.REVERT_VOUCHER, _R): _Words("Refused", "Perx does not take this used voucher back.", "The refusal."),
    (Kind.REVERT_VOUCHER, _A): _Words("Is this voucher good again?", "Perx never said whether it took this used "
                                      "voucher back.", _TAKEN_BACK),
}  # fmt: skip
_OF_KIND |= _UNDONE

_REWARDS: dict[tuple[Kind, EntryState], _Words] = {
    (Kind.REDEEM_PIN, _C): _Words("No answer yet", "Perx did not say whether the PIN was right and the "
                                  "voucher is used.",
                                  "That the voucher is being checked."),
    (Kind.REDEEM_PIN, _A): _Words("Who used this voucher?", "Its use by PIN got no answer, and Perx shows another use.",
                                  "That the voucher does not count in this sale."),
    (Kind.RESERVE_REWARD, _A): _Words("Is this reward held?", "Perx never said whether it holds this reward. No points "
                                      "have left, and a hold ends by itself.", "That the reward was not claimed."),
    (Kind.CONFIRM_REWARD, _C): _Words("No answer yet", "Perx did not say whether the customer has this reward.",
                                      "That the reward is being checked."),
    (Kind.CONFIRM_REWARD, _A): _Words("Has the customer this reward?", "Perx never said whether this reward was taken "
                                      "and its points have left.", "That the reward is being checked."),
}  # fmt: skip
_OF_KIND |= _REWARDS

# A refusal that came when the counter had moved on: Perx has decided, and only the customer does not know it yet.
_TOO_LATE: dict[Kind, _Words] = {
    Kind.RECORD_SALE: _Words("Who tells the customer?", "Perx refused this sale after it had been saved.", _FOLLOW),
    Kind.CHECKOUT: _Words("Who tells the customer?", "Perx refused this sale after the counter had moved on; its "
                          "vouchers were not used.", _SLOW),
    Kind.EARN_POINTS: _Words("Who tells the customer?", "Perx refused these points after they had been promised.",
                             "That the points follow."),
    Kind.REVERSE_POINTS: _Words("Who tells the customer?", "Perx did not undo the points of a reversed sale.",
                                "That the points are undone a little later."),
    Kind.REVERT_VOUCHER: _Words("Who tells the customer?", "Perx does not take this used voucher back.", _TAKEN_BACK),
    Kind.BURN_POINTS: _Words("Who tells the customer?", "Perx refused to take these points, after the counter had "
                             "moved on.", "That it is being checked."),
}  # fmt: skip

_EXACT: dict[tuple[Kind | None, EntryState, str], _Words] = {
    (Kind.RECORD_SALE, _A, "NET-02"): _Words(
        "Does Perx have this sale?", "It was sent several times, always without an answer, and Perx shows no trace."),
    (Kind.RECORD_SALE, _R, "PX-007"): _Words(
        "Refused", "Perx refused this sale: the member is not active. It gives no points.", "",
        "The customer, with Perx. Perx support can say more, with the reference."),
    (Kind.CHECKOUT, _A, "SALE-02"): _Words(
        "Were these vouchers used?", "The vouchers are used at Perx, but Perx shows no sale of ours."),
    (Kind.HOLD_VOUCHER, _A, "PX-003"): _Words(
        "Who used this voucher?", "Its hold got no answer, and by now Perx says that the voucher is used."),
    (Kind.HOLD_VOUCHER, _R, "NET-02"): _Words(
        "Not held", "The hold got no answer, and Perx shows none: the voucher is free."),
    (Kind.RELEASE_VOUCHER, _A, "PX-003"): _Words(
        "Who used this voucher?", "This till wanted to give it back, but Perx says that it is used."),
    (Kind.RELEASE_VOUCHER, _R, "SALE-05"): _Words(
        "Not given back", "A sale that used this voucher is not settled yet. The voucher is given back with that sale, "
        "where it was not used."),
    (Kind.RELEASE_VOUCHER, _R, "PX-003"): _Words(
        "Not given back", "This till wanted to give it back, but Perx says that it is used."),
    **{(None, _W, code): _Words("Waiting for IT", PROBLEMS[code].happened, "",
                                "IT, with the till's credentials. Then it is sent by itself.")
       for code in OUR_CREDENTIALS},
    (Kind.REDEEM_VOUCHER, _A, "NET-02"): _Words(
        "Was this voucher used?", "It was taken on trust; Perx never said whether it used the voucher."),
    (Kind.REDEEM_VOUCHER, _A, "NET-09"): _Words(
        "Was this voucher used?", "It was taken on trust. Perx never said whether it used the voucher, and every "
        "look-up fails."),
    (Kind.HOLD_POINTS, _A, "NET-09"): _Words(
        "Are points kept back?", "Perx never said whether it keeps points back, and every look-up fails."),
    (None, _D, "ATT-03"): _Words(
        "Marked as done", "A supervisor marked this as done. Perx itself did not say so.",
        "What was said before; of this decision nothing."),
    (None, _R, "ATT-04"): _Words(
        "Given up", "A supervisor gave this up: nothing more is sent. What went through before stays at Perx.",
        "What was said before; of this decision nothing.", "Nothing is left to settle."),
    (None, _A, "APP-01"): _Words("What became of this?", "The till could not read or finish this by itself.", "",
                                 "Support, with the reference. Then a supervisor, here."),
}  # fmt: skip

# What may be done in a state, where the kind allows nothing else. A refused or done entry is closed for good.
_MAY: dict[EntryState, tuple[Act, ...]] = {
    _A: (Act.CHECK, Act.AGAIN, Act.DONE, Act.GIVE_UP),
    _C: (Act.CHECK, Act.DONE, Act.GIVE_UP),  # it may still take effect: sending again waits for the look-up
    _W: (Act.DONE, Act.GIVE_UP),  # it goes by itself
    _S: (),
    _D: (),
    _R: (),
}
# A hold that may be somebody else's is not asked for or believed in; one that was to end is not kept.
_NOT_FOR_KIND: dict[Kind, tuple[Act, ...]] = {
    Kind.HOLD_VOUCHER: (Act.AGAIN, Act.DONE),
    Kind.RELEASE_VOUCHER: (Act.GIVE_UP,),
    Kind.HOLD_POINTS: (Act.DONE,),
}

_DOES: dict[Act, str] = {
    Act.CHECK: "The till looks at Perx once more. This changes nothing.",
    Act.AGAIN: "It is sent to Perx once more. If the first one did go through, it happens twice.",
    Act.DONE: "Nothing is sent. It counts as done; if Perx never did it, nobody will do it later.",
    Act.GIVE_UP: "Nothing is sent any more. What did go through at Perx stays as it is.",
}
_DOES_OF_KIND: dict[tuple[Kind, Act], str] = {
    (Kind.RECORD_SALE, Act.AGAIN):
        "The sale is sent to Perx once more. If the first one did go through, the customer gets the points twice.",
    (Kind.RECORD_SALE, Act.DONE):
        "Nothing is sent. The sale counts as known to Perx; if it is not, the customer never gets its points.",
    (Kind.RECORD_SALE, Act.GIVE_UP):
        "Nothing is sent any more. The customer gets no points for this sale, unless the first one went through.",
    (Kind.CHECKOUT, Act.AGAIN):
        "The sale is sent once more with its vouchers. Perx refuses vouchers that are used already; if the first one "
        "did go through without them, the customer gets the points twice.",
    (Kind.CHECKOUT, Act.DONE):
        "Nothing is sent. The vouchers count as used and the sale as known to Perx; if it is not, the customer never "
        "gets its points.",
    (Kind.CHECKOUT, Act.GIVE_UP):
        "Nothing is sent any more. Vouchers that Perx still holds go back to the customer, who has had the discount.",
    (Kind.HOLD_VOUCHER, Act.GIVE_UP):
        "The till forgets this hold. If Perx does hold the voucher, it stays held until Perx lets it go.",
    (Kind.RELEASE_VOUCHER, Act.AGAIN):
        "The till asks Perx once more to take the voucher back, if it is still held. Nothing can happen twice.",
    (Kind.RELEASE_VOUCHER, Act.DONE):
        "Nothing is sent. The till forgets this hold; if Perx still holds the voucher, it stays held until Perx lets "
        "it go.",
    (Kind.REDEEM_VOUCHER, Act.AGAIN):
        "Perx is asked once more to use the voucher. It refuses one that is used already, so nothing can happen twice.",
    (Kind.REDEEM_VOUCHER, Act.DONE):
        "Nothing is sent. The voucher counts as used for this sale.",
    (Kind.REDEEM_VOUCHER, Act.GIVE_UP):
        "Nothing is sent any more. The shop carries the discount; a voucher that is still free stays the customer's.",
    (Kind.REVERSE_POINTS, Act.AGAIN):
        "The points are moved once more. If the first time did go through, they are undone twice.",
    (Kind.REVERSE_POINTS, Act.GIVE_UP):
        "Nothing is sent any more. The customer keeps the points of the sale, unless the first time went through.",
    (Kind.REVERT_VOUCHER, Act.AGAIN):
        "Perx is asked once more to take the voucher back, if that sale still uses it. Nothing can happen twice.",
    (Kind.REVERT_VOUCHER, Act.GIVE_UP):
        "Nothing is sent any more. The voucher stays as Perx has it.",
    (Kind.CREATE_CUSTOMER, Act.AGAIN):
        "Perx is asked once more to make this member. It refuses one that it has, so nothing can happen twice.",
}  # fmt: skip

REASONS: dict[Act, tuple[str, ...]] = {
    Act.AGAIN: ("Perx shows no such sale", "Perx support said so", "The customer asked"),
    Act.DONE: ("Seen at Perx", "Perx support said so", "Entered at Perx by hand"),
    Act.GIVE_UP: ("The sale was undone", "Perx support said so", "Never happened"),
}
"""The usual reasons for a decision, to be chosen by a touch; any other is typed."""

MAX_REASON = 60


_SPOILT_SALE = "Nothing is known of it but this. Compare the slips of that time."
_UNREADABLE = ("What was this?", "Its content cannot be read.")
_UNSENT = "It was not sent. It is never sent again by itself."
_PERHAPS_SENT = "It may have reached Perx before. It is never sent again by itself."
_SPOILT_WHO = "A supervisor, with the slips of that time. Or Perx support, with the reference."


def _explain_spoilt(entry: Entry) -> Explained:
    """What stands about an entry whose content cannot be read: how far it had come, as its row says."""
    by_hand = _EXACT.get((None, entry.state, entry.problem)) if entry.problem in BY_HAND.values() else None
    told = _ON_TRUST if entry.command.kind is Kind.REDEEM_VOUCHER else _SPOILT_SALE
    return Explained(
        by_hand.title if by_hand else _UNREADABLE[0],
        _UNREADABLE[1],
        by_hand.happened if by_hand else _PERHAPS_SENT if entry.tries else _UNSENT,
        told,
        by_hand.who or _NOTHING if by_hand else _SPOILT_WHO,
        may(entry),
    )


def explain(entry: Entry) -> Explained:
    """Say what stands about an entry, and what may be done about it now. Never raises, whatever the kind."""
    if isinstance(entry.command, Spoilt):
        return _explain_spoilt(entry)
    kind, state, code = entry.command.kind, entry.state, entry.problem
    general = _GENERAL[state]
    is_refusal = state is _A and code.startswith(("PX-", "KEY-"))
    of_kind = (_TOO_LATE.get(kind) if is_refusal else None) or _OF_KIND.get((kind, state))
    rows = (_EXACT.get((kind, state, code)), _EXACT.get((None, state, code)), of_kind, general)
    found = [row for row in rows if row is not None]
    return Explained(
        found[0].title,
        found[0].happened,
        _cause(code) if found[0] not in (rows[0], rows[1]) else "",
        next(row.told for row in found if row.told),
        next(row.who for row in found if row.who),
        may(entry),
    )


def may(entry: Entry) -> tuple[Act, ...]:
    """What a person may do about an entry in its present state; the outbox refuses the rest."""
    kind = entry.command.kind
    never = _NOT_FOR_KIND.get(kind, ()) if kind else ()
    if isinstance(entry.command, Spoilt):
        return tuple(act for act in _MAY[entry.state] if act in (Act.DONE, Act.GIVE_UP) and act not in never)
    rule = KINDS.get(entry.command.kind)
    if rule is None or rule.absent is Absent.NOTHING:
        never = (*never, Act.AGAIN)
    return tuple(act for act in _MAY[entry.state] if act not in never)


def consequence(entry: Entry, act: Act) -> str:
    """What a decision will do, plainly, before it is approved."""
    kind = entry.command.kind
    return _DOES_OF_KIND.get((kind, act), _DOES[act]) if kind else _DOES[act]


def sentences() -> Iterator[str]:
    """Every text that `explain`, `consequence` and `REASONS` may say, for whoever translates them."""
    for words in (*_GENERAL.values(), *_OF_KIND.values(), *_TOO_LATE.values(), *_EXACT.values()):
        yield from (words.title, words.happened, words.told, words.who)
    yield from (*_DOES.values(), *_DOES_OF_KIND.values())
    yield from (*_UNREADABLE, _UNSENT, _PERHAPS_SENT, _SPOILT_SALE, _SPOILT_WHO, _ON_TRUST)
    yield from (reason for usual in REASONS.values() for reason in usual)


def _cause(code: str) -> str:
    """The reason that a support code adds to a sentence; nothing for one that only says "no answer yet"."""
    if code not in PROBLEMS or code in ("NET-02", "PX-000", "SALE-02"):
        return ""
    return problem(code).happened
