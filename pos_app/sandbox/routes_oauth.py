"""The token endpoint: application, user and merchant tokens from one door."""

from __future__ import annotations

import hmac
import re
from typing import Any

from pos_app.sandbox import schema
from pos_app.sandbox.operation import Answer, Call, Operation, to_text
from pos_app.sandbox.refusals import refuse, refuse_oauth
from pos_app.sandbox.world import CLIENT_ID, CLIENT_SECRET, TENANT, Row

USER_SCOPE = re.compile(r"user_account\(identifier:(.{1,255})\)")
LONGEST_S = 10_000_000
FIELDS = ("client_id", "client_secret", "grant_type", "scope", "identifier", "username", "password", "expires_in")


def issue_token(call: Call) -> Answer:
    """Mint a token for an application, a customer or a merchant.

    Source: perx-api 2; A-live for application, user (exact expires_in) and merchant_user_account, B* for the rest.
    """
    asked: Row = {name: call.query.get(name) for name in FIELDS} | {
        name: value for name, value in call.fields().items() if value is not None
    }
    if not (_same(asked["client_id"], CLIENT_ID) and _same(asked["client_secret"], CLIENT_SECRET)):
        raise refuse_oauth("invalid_client", "Client authentication failed")
    scope = to_text(asked.get("scope"), "scope", limit=300) or ""
    if scope == "merchant_credentials":
        return _merchant_by_password(call, asked)
    if scope == "merchant_user_account":
        return _merchant_by_identifier(call, asked)
    if asked["grant_type"] != "client_credentials":
        raise refuse_oauth("unsupported_grant_type", "The authorization grant type is not supported", 400)
    match = USER_SCOPE.fullmatch(scope)
    if match:
        return _user(call, match.group(1), asked["expires_in"])
    if scope.startswith("user_account"):
        raise refuse_oauth("invalid_scope", "The requested scope is invalid, unknown, or malformed", 400)
    if asked["identifier"]:
        customer = _customer(call, asked["identifier"])
        return Answer({"bearer_token": call.world.mint("user", call.world.switches["token_s"], customer["id"])})
    seconds = int(call.world.switches["token_s"])
    token = call.world.mint("application", seconds)
    return Answer({"access_token": token, "token_type": "Bearer", "expires_in": seconds, "refresh_token": None})


def _user(call: Call, identifier: str, expires_in: Any) -> Answer:
    customer = _customer(call, identifier)
    seconds = int(call.world.switches["token_s"])
    if expires_in is not None:
        text = str(expires_in)
        if not re.fullmatch(r"[0-9]{1,8}", text) or not 0 < int(text) <= LONGEST_S:
            raise refuse_oauth("invalid_request", "expires_in is invalid", 400)
        seconds = int(text)
    token = call.world.mint("user", seconds, customer["id"])
    return Answer(
        {
            "access_token": token,
            "token_type": "Bearer",
            "expires_in": seconds,
            "scope": "user_account",
            "refresh_token": None,
        }
    )


def _customer(call: Call, identifier: Any) -> Row:
    """Find the customer of a token.

    Source: perx-api 2 (401 = the identifier does not exist), A-nock and DOC.
    """
    row = call.world.row("SELECT * FROM customers WHERE identifier = ?", str(identifier))
    if row is None:
        raise refuse_oauth("unauthorized", "User account could not be authenticated")
    return row


def _merchant_by_identifier(call: Call, asked: Row) -> Answer:
    """Mint a merchant token server to server; a refusal comes in the first envelope.

    Source: perx-api 2 and 1.4 point 3, A-live and A-nock; tenant A-nock.
    """
    row = call.world.row("SELECT * FROM merchant_users WHERE identifier = ?", str(asked["identifier"]))
    if row is None:
        raise refuse(40, "Merchant user account was not found", 401)
    return _merchant(call, row)


def _merchant_by_password(call: Call, asked: Row) -> Answer:
    """Mint a merchant token for a person.

    Source: perx-api 2 (merchant_credentials; 401 = invalid credentials), B*.
    """
    row = call.world.row("SELECT * FROM merchant_users WHERE username = ?", str(asked["username"]))
    if row is None or not _same(asked["password"], row["password"]):
        raise refuse_oauth("invalid_grant", "Invalid credentials")
    return _merchant(call, row)


def _merchant(call: Call, row: Row) -> Answer:
    token = call.world.mint("merchant", call.world.switches["token_s"], merchant_user_id=row["id"])
    return Answer({"bearer_token": token, "tenant": TENANT})


def _same(given: Any, right: str) -> bool:
    return isinstance(given, str) and hmac.compare_digest(given.encode(), right.encode())


OPERATIONS = (
    Operation(
        "POST",
        "/v4/oauth/token",
        issue_token,
        schema.TOKEN,
        "2, A-live (application, user, merchant), B* (login)",
        query=FIELDS,
        body=schema.TOKEN_REQUEST,
    ),
)
