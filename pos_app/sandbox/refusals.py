"""What the pretend Perx says when it says no: two envelopes and one catalogue of codes."""

from __future__ import annotations

from typing import Any


class Refusal(Exception):  # noqa: N818  a refusal is an answer, not a fault of ours
    """The server refuses and has changed nothing."""

    def __init__(self, status: int, body: dict[str, Any], headers: dict[str, str] | None = None) -> None:
        super().__init__(f"{status} {body}")
        self.status = status
        self.body = body
        self.headers = headers or {}


def refuse(code: int, message: str, status: int = 400) -> Refusal:
    """Build an application error of the first envelope.

    Source: perx-api 1.4, A-nock and B*; the HTTP status is C wherever the catalogue does not state it.
    """
    return Refusal(status, {"code": code, "message": message})


def refuse_oauth(slug: str, description: str, status: int = 401) -> Refusal:
    """Build an error of the second, Doorkeeper-like envelope.

    Source: perx-api 1.4, A-nock.
    """
    headers = {"www-authenticate": f'Bearer realm="Doorkeeper", error="{slug}"'} if status == 401 else {}
    return Refusal(status, {"error": slug, "error_description": description}, headers)


def user_not_found() -> Refusal:
    """Say that no customer has this identifier.

    Source: perx-api 1.4 code 1, B*; status 404 is C.
    """
    return refuse(1, "user-id was not found in our database", 404)


def no_record() -> Refusal:
    """Say that the thing named in the path does not exist.

    Source: perx-api 1.4 code 45, B*.
    """
    return refuse(45, "The record requested does not exist", 404)


def forbidden() -> Refusal:
    """Say that this token may not touch this object.

    Source: perx-api 1.4 code 9 and 21, B*.
    """
    return refuse(9, "User does not have rights to this object", 403)


def bad_transition(state: str, wish: str) -> Refusal:
    """Say that the state machine does not go there.

    Source: perx-api 1.4 code 7, B*; a second hold "not permit", A-live.
    """
    return refuse(7, f"State transition from {state} to {wish} is not permitted")


def not_enough_points() -> Refusal:
    """Say that the balance does not cover the points.

    Source: perx-api 1.4 code 40, A-live (pattern "not ... enough points").
    """
    return refuse(40, "You do not have enough points to redeem")


def inactive_user() -> Refusal:
    """Say that the customer is not active.

    Source: perx-api 1.4 code 4220, B*.
    """
    return refuse(4220, "User is inactive.")


def invalid(field: str) -> Refusal:
    """Say that a field of the request cannot be used.

    Source: perx-api 1.4 code 40 (the grab-bag), C for this use.
    """
    return refuse(40, f"Parameter {field} is missing or invalid")
