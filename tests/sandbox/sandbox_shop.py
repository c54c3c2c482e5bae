"""A real sandbox process on a real socket, and the doors that lead into it."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

DEADLINE_S = 15.0
GOLD, SILVER, INACTIVE, EXPIRED_MEMBER = "6591234821", "6598765402", "6590001503", "6590001505"


class Process:
    """One sandbox process; ending its standard input ends it."""

    def __init__(self, data: Path, *options: str) -> None:
        command = [sys.executable, "-m", "pos_app.sandbox", "--data", str(data), "--exit-with-stdin", *options]
        self.popen = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert self.popen.stdout is not None
        self.ready: dict[str, Any] = json.loads(self.popen.stdout.readline())
        self.url: str = self.ready["base_url"]

    def close(self) -> int:
        assert self.popen.stdin is not None
        assert self.popen.stdout is not None
        self.popen.stdin.close()
        code = self.popen.wait(DEADLINE_S)
        self.popen.stdout.close()
        return code

    def kill(self) -> None:
        self.popen.kill()
        self.popen.wait(DEADLINE_S)
        self.close()


class Door:
    """Requests with one kind of token."""

    def __init__(self, http: httpx.Client, token: str, **headers: str) -> None:
        self._http, self.headers = http, {"authorization": f"Bearer {token}", **headers}

    def __call__(self, method: str, path: str, **options: Any) -> httpx.Response:
        return self._http.request(method, path, headers=self.headers, **options)

    def ok(self, method: str, path: str, **options: Any) -> Any:
        response = self(method, path, **options)
        assert response.status_code in (200, 201), response.text
        return response.json()["data"]

    def refused(self, method: str, path: str, **options: Any) -> tuple[int, int, str]:
        response = self(method, path, **options)
        body = response.json()
        return response.status_code, body["code"], body["message"]


class Shop:
    """The sandbox as the tests see it."""

    def __init__(self, ready: dict[str, Any], http: httpx.Client) -> None:
        self.ready, self.http = ready, http
        self.credentials = {name: ready[name] for name in ("client_id", "client_secret")}
        self.credentials["grant_type"] = "client_credentials"

    def token(self, **fields: Any) -> httpx.Response:
        return self.http.post("/v4/oauth/token", json=self.credentials | fields)

    def app(self) -> Door:
        return Door(self.http, self.token().json()["access_token"])

    def user(self, identifier: str = GOLD) -> Door:
        answer = self.token(scope=f"user_account(identifier:{identifier})")
        return Door(self.http, answer.json()["access_token"])

    def merchant(self, identifier: str = GOLD) -> Door:
        answer = self.token(identifier=self.ready["merchant"]["identifier"], scope="merchant_user_account")
        return Door(self.http, answer.json()["bearer_token"], **{"user-id": identifier})

    def control(self, path: str, body: Any = None) -> Any:
        answer = self.http.post(f"/_sandbox/{path}", json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def ledger(self) -> Any:
        return self.http.get("/_sandbox/ledger").json()

    def fault(self, kind: str, path: str, *, times: int | None = 1, after: int = 0, **action: Any) -> None:
        rule = {"match": {"path": path}, "times": times, "after": after, "action": {"kind": kind, **action}}
        self.control("faults", [rule])

    def until(self, fact: Callable[[], Any]) -> Any:
        """Wait for a fact, with a deadline."""
        end_at = time.monotonic() + DEADLINE_S
        while not (found := fact()):
            assert time.monotonic() < end_at, "it did not happen in time"
            time.sleep(0.02)
        return found
