"""The sandbox as a process of its own, for the demo, training, the tour and the journeys.

It is a real server on the loopback address: ending it is an outage, and starting it again on the same port
and data is the network coming back.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from http.client import HTTPConnection
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

READY_WITHIN_S = 30

# Made up, like the rest of the practice shop; no till of a real shop knows them.
_STAFF = (
    ("Noor H.", "supervisor", "4729", "PRACTICE-NOOR"),
    ("Ravi K.", "supervisor", "8306", "PRACTICE-RAVI"),
    ("Mai A.", "cashier", "5917", "PRACTICE-MAI"),
    ("Ben T.", "cashier", "3862", "PRACTICE-BEN"),
)
_PEPPER = "practice-only-not-a-secret"


COUNTER: dict[str, dict[str, Any]] = {
    "shop": {"country": "SG"},
    "identifiers": {"phone": "digits"},
    "receipt": {"printer": "pdf", "language_property": "language"},
    "members": {
        "consent": {
            "en": "Practice: I agree to join, and that this shop keeps my number for my points.",
            "th": "ฝึกใช้: ฉันยินยอมสมัคร และให้ร้านนี้เก็บหมายเลขของฉันไว้สำหรับคะแนน",
            "id": "Latihan: saya setuju bergabung, dan toko ini menyimpan nomor saya untuk poin saya.",
            "vi": "Tập: tôi đồng ý tham gia, và cửa hàng này lưu số của tôi để tính điểm.",
            "zh_CN": "练习：我同意入会，并同意本店为积分保存我的号码。",
        }
    },
}
"""What the practice till shows beyond the defaults."""


class PracticeError(Exception):
    """The sandbox did not start; the text says why, as far as it told."""


class Practice:
    """One pretend Perx. `announced` is what it said when it was ready: addresses, credentials, customers."""

    def __init__(self, data: Path, *, rule_delay_s: float = 2.0) -> None:
        self._data = data
        self._rule_delay_s = rule_delay_s
        self._process: subprocess.Popen[str] | None = None
        self.announced: dict[str, Any] = {}

    @property
    def base_url(self) -> str:
        return str(self.announced["base_url"])

    def start(self) -> None:
        """Start it, on the port it had before when it ran before, and wait until it listens.

        Errors: PracticeError.
        """
        port = self.base_url.rsplit(":", 1)[-1] if self.announced else "0"
        self._data.mkdir(parents=True, exist_ok=True)
        asked = ["sandbox", "--port", port, "--data", str(self._data), "--seed", "demo"]
        asked += ["--rule-delay-s", str(self._rule_delay_s), "--exit-with-stdin"]
        program = [sys.executable] if getattr(sys, "frozen", False) else [sys.executable, "-m", "pos_app"]
        self._process = subprocess.Popen(  # noqa: S603 - our own program, no shell
            [*program, *asked],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
        line = self._process.stdout.readline() if self._process.stdout else ""
        try:
            self.announced = json.loads(line)
        except ValueError as exc:
            self.stop()
            raise PracticeError(f"The sandbox did not start: {line[:200]!r}") from exc

    def kill(self) -> None:
        """End it at once, in the middle of whatever it does, as a power cut would."""
        self._end(kill=True)

    def stop(self) -> None:
        """End it in good order."""
        self._end(kill=False)

    def _end(self, *, kill: bool) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        if kill:
            process.kill()
        if process.stdin is not None:
            process.stdin.close()
        try:
            process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(timeout=5)
        if process.stdout is not None:
            process.stdout.close()

    def settings(self, data: Path, **more: dict[str, Any]) -> dict[str, Any]:
        """Settings tables for a till on this sandbox, keeping its own data in `data`."""
        tables: dict[str, Any] = {
            "profile": {"name": "sandbox", "environment": "sandbox"},
            "perx": {
                "base_url": self.base_url,
                "client_id": self.announced["client_id"],
                "loyalty_program_id": self.announced["loyalty_program_id"],
            },
            "shop": {"name": "Lumen & Oak, Riverside", "till": "Till 2"},
            "money": {"currency": "SGD"},
            "people": {"sign_on": "off"},  # whoever tries the till out begins to sell at once, and may sign on
            "screen": {"full_screen": False},
            "data": {"dir": str(data)},
        }
        for section, values in more.items():
            tables[section] = {**tables.get(section, {}), **values}
        return tables

    def codes(self) -> list[tuple[str, str, str]]:
        """Every code worth scanning in the practice shop: what it is, how it stands, the text."""
        names = {one["identifier"]: one["name"] for one in self.announced["customers"]}
        rows = [(f"Member {one['name']}", f"{one['tier']}, {one['state']}", one["identifier"]) for one in
                self.announced["customers"]]  # fmt: skip
        for one in self.announced["vouchers"]:
            detail = f"{one['state'].replace('_', ' ')}, {names.get(one['customer_identifier'], '')}"
            rows.append((one["name"], detail, one["voucher_code"] or one["qr"]))
            if one["voucher_code"] and one["state"] == "issued":
                rows.append((one["name"], f"{detail}, as on a phone", one["qr"]))
        rows.append(("Nobody's code", "leads to a new member", "NEW-MEMBER-1"))
        rows.append(("A hostile code", "stays plain text", "<b>x</b>"))
        for name, role, pin, badge in self.staff():
            rows.append((f"Staff badge {name}", f"{role}, PIN {pin}", f"POS:STAFF:{badge}"))
        rows.append(("Command: complete", "as on the counter's own sheet", "POS:COMPLETE"))
        rows.append(("Command: cancel", "as on the counter's own sheet", "POS:CANCEL"))
        return rows

    def staff(self) -> tuple[tuple[str, str, str, str], ...]:
        """The people of the practice shop: name, role, PIN, badge."""
        return _STAFF

    def ledger(self) -> dict[str, Any]:
        """What really happened at this Perx: sales, vouchers, points, requests. Only a sandbox tells."""
        return dict(self.ask("GET", "/_sandbox/ledger"))

    def fault(self, *rules: dict[str, Any]) -> None:
        """Spoil chosen requests from now on; without rules, spoil nothing any more."""
        if rules:
            self.ask("POST", "/_sandbox/faults", list(rules))
        else:
            self.ask("DELETE", "/_sandbox/faults")

    def ask(self, verb: str, path: str, body: object = None, headers: Mapping[str, str] | None = None) -> Any:
        """One request, outside the till's own client; its JSON. Errors: PracticeError for a refusal, OSError."""
        address = urlsplit(self.base_url)
        connection = HTTPConnection(address.hostname or "", address.port, timeout=5)
        try:
            sent = None if body is None else json.dumps(body)
            connection.request(verb, path, sent, {"Content-Type": "application/json", **(headers or {})})
            with connection.getresponse() as answer:
                text = answer.read()
        finally:
            connection.close()
        if answer.status >= 400:
            raise PracticeError(f"The sandbox refused {verb} {path}: {answer.status} {text[:200]!r}")
        return json.loads(text) if text else None

    @property
    def secrets(self) -> dict[str, str]:
        """The credentials, as the environment variables that the settings look for."""
        return {
            "POS_APP_SECRET_PERX_CLIENT": str(self.announced["client_secret"]),
            "POS_APP_SECRET_PIN_PEPPER": _PEPPER,
        }

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
