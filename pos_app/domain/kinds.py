"""What is known of each kind of command: when it may wait, how it is found again, and what "not found" means.

One table, `KINDS`. The outbox delivers by it, `till/deliver.py` looks up by it, and the same rows stand in
resources/docs/delivery.md for people (a test compares the two). Grades: A-live = seen in a test against the real
Perx, B* = in Perx's own programs, C = inferred.
"""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import Literal

from msgspec import Struct

from pos_app.domain.commands import Kind

SAVED_AFTER = timedelta(seconds=8)
"""A sale that is written down and still not sent after this is shown as saved, and the counter goes on."""


class WhenOffline(StrEnum):
    """What happens to a command that could not be sent."""

    DEFER = "defer"
    REFUSE = "refuse"


class Absent(StrEnum):
    """What it means that a command was looked for, long enough, and not found.

    RESEND: it never happened, and is sent again with the same reference. NOTHING: it never happened, and nobody wants
    it any more. PERSON: Perx shows too little to know; a person decides, the till never repeats it.
    """

    RESEND = "send it again"
    NOTHING = "it did not happen"
    PERSON = "a person decides"


class Refusal(StrEnum):
    """Who has to hear of a refusal.

    COUNTER: who stands there waits for the answer and sees it. LATE: a person, when the counter had been told that
    the sale is written down and may have moved on. PERSON: always a person, for the customer has had the value.
    """

    COUNTER = "the counter"
    LATE = "a person, when the counter has moved on"
    PERSON = "a person"


class KindRule(Struct, frozen=True):
    """What the outbox has to know of a kind.

    `urgent`: goes ahead of earnings after an outage. `takes`/`frees`: its vouchers become, or stop being, held by this
    till. `binds`: what it does at Perx has to be brought to an end by a later command (its `ends`), also after a crash.
    `look`: where a lost one is looked for; `found`: what counts as found. `wait`: how long before "not found"
    counts, in multiples of `outbox.settle_after_s`, the longest time that Perx may still be working on it. `patience`:
    how long its look-ups may fail while Perx answers others, in the same multiples, until it goes to a person. `source`
    and `grade`: why the look-up can be believed, and how far (A shown by tests, B in programs, C inferred).
    """

    when_offline: WhenOffline
    look: str
    found: str
    source: str
    grade: Literal["A", "B", "C"]
    urgent: bool = False
    takes: bool = False
    frees: bool = False
    binds: bool = False
    wait: float = 1.0
    patience: float = 10.0
    absent: Absent = Absent.RESEND
    refusal: Refusal = Refusal.COUNTER
    why: str = ""


KINDS: dict[Kind, KindRule] = {
    Kind.HOLD_VOUCHER: KindRule(
        WhenOffline.REFUSE,
        look="the voucher",
        found="it is held; used = a person decides",
        source="GET /v4/vouchers/{id}, perx-api 4, A-nock; the states A-live",
        grade="A",
        urgent=True,
        takes=True,
        patience=5.0,
        absent=Absent.NOTHING,
        why="Nobody waits for a hold that late. One that comes true after all is found and given back.",
    ),
    Kind.RELEASE_VOUCHER: KindRule(
        WhenOffline.DEFER,
        look="the voucher",
        found="it is free again; used = a person decides",
        source="GET /v4/vouchers/{id}, perx-api 4, A-nock; the states A-live",
        grade="A",
        urgent=True,
        frees=True,
        patience=30.0,
        why="Giving back twice changes nothing: what is not held, or held for a later sale, is left alone.",
    ),
    Kind.REDEEM_VOUCHER: KindRule(
        WhenOffline.DEFER,
        look="the voucher and its date of use",
        found="it is used, and not before we asked for it; used earlier or never asked for = a person decides",
        source="GET /v4/vouchers/{id}, perx-api 4, A-nock; redemption_date A-live",
        grade="A",
        urgent=True,
        frees=True,
        refusal=Refusal.PERSON,
        why="The customer had its value while Perx was away: a refusal is the shop's loss, and a person's matter.",
    ),
    Kind.CHECKOUT: KindRule(
        WhenOffline.REFUSE,
        look="the customer's sales and points history, by our reference; the vouchers' states",
        found="a sale or points with our reference; used vouchers without them, late = a person decides",
        source="GET /v4/transactions, perx-api 6.5, B*; transactions_history by reference A-nock",
        grade="B",
        urgent=True,
        frees=True,
        refusal=Refusal.LATE,
        why="A second invoice over used vouchers is refused, but one over points alone would not be.",
    ),
    Kind.RECORD_SALE: KindRule(
        WhenOffline.DEFER,
        look="the customer's sales and points history, by our reference",
        found="a sale or points with our reference",
        source="GET /v4/transactions, perx-api 6.5, B*; transactions_history by reference A-nock",
        grade="B",
        refusal=Refusal.LATE,
        why="Perx itself refuses no duplicate, so it is never repeated unless the look-up shows it is not there.",
    ),
    Kind.EARN_POINTS: KindRule(
        WhenOffline.DEFER,
        look="the customer's points history, by our reference in the row or its properties",
        found="a row with our reference",
        source="GET /v4/loyalty/transactions_history, perx-api 6.5, C: rows of exact points may carry no reference",
        grade="C",
        wait=1.5,
        absent=Absent.PERSON,
        refusal=Refusal.LATE,
        why="A row without its reference looks like no row at all, so absence proves nothing.",
    ),
    Kind.BURN_POINTS: KindRule(
        WhenOffline.REFUSE,
        look="the customer's points history, by our reference in the row or its properties",
        found="a row with our reference",
        source="GET /v4/loyalty/transactions_history, perx-api 6.5, C: rows of exact points may carry no reference",
        grade="C",
        urgent=True,
        wait=1.5,
        absent=Absent.PERSON,
        refusal=Refusal.LATE,
        why="A row without its reference looks like no row at all, so absence proves nothing.",
    ),
    Kind.HOLD_POINTS: KindRule(
        WhenOffline.REFUSE,
        look="the points that Perx keeps back for the customer",
        found="never by itself: a rise since before = a person decides, for the hold's number is lost",
        source="GET /v4/loyalty/{id}, redemption_in_progress_points, perx-api 6.3, A-live",
        grade="A",
        urgent=True,
        binds=True,
        patience=5.0,
        absent=Absent.NOTHING,
        why="Perx tells a hold's number once, in the answer that was lost; without it nobody can use or free it.",
    ),
    Kind.RELEASE_POINTS: KindRule(
        WhenOffline.DEFER,
        look="nothing: it names one hold, and is asked for again",
        found="Perx answers that the hold is not there any more",
        source="PUT .../revert_redemption twice: refused as a state transition, perx-api 1.4 code 7, C",
        grade="C",
        urgent=True,
        patience=30.0,
        wait=0.0,
        why="It can free one hold once, however often it is sent.",
    ),
    Kind.CREATE_CUSTOMER: KindRule(
        WhenOffline.REFUSE,
        look="the customer, by identifier",
        found="Perx knows the identifier",
        source="GET /v4/pos/user_accounts/search, perx-api 3, B",
        grade="B",
        urgent=True,
        patience=5.0,
        why="An identifier is taken once; a second request is refused.",
    ),
    Kind.REVERSE_POINTS: KindRule(
        WhenOffline.DEFER,
        look="the customer's points history, by our reference in the row or its properties",
        found="a row with our reference",
        source="GET /v4/loyalty/transactions_history, perx-api 6.5, C: rows of exact points may carry no reference",
        grade="C",
        urgent=True,
        wait=1.5,
        absent=Absent.PERSON,
        refusal=Refusal.LATE,
        why="A row without its reference looks like no row at all, so absence proves nothing.",
    ),
    Kind.REVERT_VOUCHER: KindRule(
        WhenOffline.REFUSE,
        look="the voucher and its date of use",
        found="it is not used any more, or by a later use; used without a date = a person decides",
        source="GET /v4/vouchers/{id}, perx-api 4, A-nock; the states and redemption_date A-live",
        grade="A",
        urgent=True,
        refusal=Refusal.LATE,
        why="It is read before each send, and only the use that was meant is taken back: a later one is never touched.",
    ),
    Kind.REDEEM_PIN: KindRule(
        WhenOffline.REFUSE,
        look="the voucher and its date of use",
        found="it is used, and not before we asked for it; used earlier = a person decides",
        source="GET /v4/vouchers/{id}, perx-api 4, A-nock; redemption_date A-live",
        grade="A",
        urgent=True,
        frees=True,
        binds=True,
        patience=5.0,
        absent=Absent.NOTHING,
        why="The PIN is kept nowhere, so it is sent once only; what did not happen is asked for with the PIN again.",
    ),
    Kind.RESERVE_REWARD: KindRule(
        WhenOffline.REFUSE,
        look="the customer's held rewards, by the reward",
        found="one of this reward is held: Perx answers the same reservation however often it is asked",
        source="GET /v4/vouchers?state=reserved, perx-api 4, A-live; that it lists reservations C",
        grade="C",
        urgent=True,
        binds=True,
        patience=5.0,
        absent=Absent.NOTHING,
        why="No points leave by it, and one that nobody takes ends by itself.",
    ),
    Kind.CONFIRM_REWARD: KindRule(
        WhenOffline.REFUSE,
        look="the voucher",
        found="it is issued, or used already",
        source="GET /v4/vouchers/{id}, perx-api 4, A-nock; the states A-live",
        grade="A",
        urgent=True,
        patience=5.0,
        absent=Absent.NOTHING,
        why="Nobody waits for it that late; the reservation is let go then.",
    ),
    Kind.RELEASE_REWARD: KindRule(
        WhenOffline.DEFER,
        look="the voucher",
        found="it is held no more",
        source="GET /v4/vouchers/{id}, perx-api 4, A-nock; the states A-live",
        grade="A",
        urgent=True,
        patience=30.0,
        why="Only what is still held is let go, however often it is asked for.",
    ),
    Kind.JOIN_LATER: KindRule(
        WhenOffline.DEFER,
        look="the customer, by identifier",
        found="Perx knows the identifier",
        source="GET /v4/pos/user_accounts/search, perx-api 3, B",
        grade="B",
        urgent=True,
        patience=30.0,
        refusal=Refusal.PERSON,
        why="An identifier is taken once; what the customer bought meanwhile waits behind it.",
    ),
    Kind.UPDATE_CUSTOMER: KindRule(
        WhenOffline.REFUSE,
        look="the customer, by identifier",
        found="Perx shows what was asked for",
        source="GET /v4/pos/user_accounts/search, perx-api 3, B",
        grade="B",
        patience=5.0,
        why="Setting the same again changes nothing.",
    ),
}
