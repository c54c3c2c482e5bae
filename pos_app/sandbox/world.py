"""The state of the pretend Perx: tables in one SQLite file, a clock, switches and tokens.

The file survives a kill of the process: every request is one transaction.
"""

from __future__ import annotations

import json
import math
import re
import secrets
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from pos_app.sandbox.refusals import invalid

Row = dict[str, Any]
SCHEMA_VERSION = 1

# name of the table -> its columns and the first id that it hands out (so that ids of two tables never look alike)
TABLES: dict[str, tuple[str, int]] = {
    "customers": (
        "identifier TEXT UNIQUE, phone TEXT, first_name TEXT, middle_name TEXT, last_name TEXT, email TEXT,"
        " birthday TEXT,"
        "gender TEXT, state TEXT, joined_at TEXT, personal_properties TEXT DEFAULT '{}', properties TEXT DEFAULT '{}',"
        "points INTEGER DEFAULT 0, tier TEXT DEFAULT 'Member', membership_state TEXT DEFAULT 'active',"
        "expiring TEXT DEFAULT '[]'",
        500,
    ),
    "merchants": ("body TEXT", 40),
    "merchant_users": (
        "identifier TEXT UNIQUE, username TEXT UNIQUE, email TEXT, mobile TEXT, password TEXT, merchant_id INTEGER,"
        "location_id INTEGER, created_at TEXT",
        80,
    ),
    "rewards": (
        "body TEXT, secret_pin TEXT, left_codes INTEGER, is_system INTEGER DEFAULT 0, claimed INTEGER DEFAULT 0",
        300,
    ),
    "vouchers": (
        "reward_id INTEGER, customer_id INTEGER, state TEXT, voucher_code TEXT, voucher_key TEXT, issued_at TEXT,"
        "valid_from TEXT, valid_to TEXT, redeemed_at TEXT, hold_until TEXT, reserved_until TEXT,"
        " price TEXT DEFAULT '{}',"
        "source TEXT, redemptions INTEGER DEFAULT 0, holds INTEGER DEFAULT 0, reverts INTEGER DEFAULT 0",
        7100,
    ),
    "sales": (
        "customer_id INTEGER, transaction_type TEXT, reference TEXT, amount TEXT, currency TEXT, transaction_date TEXT,"
        "properties TEXT, state TEXT, process_at TEXT, processed_at TEXT, created_at TEXT, updated_at TEXT,"
        "points_earned INTEGER DEFAULT 0, merchant_user_id INTEGER, invoice_id INTEGER, merchant_identifier TEXT",
        21000,
    ),
    "points_moves": (
        "customer_id INTEGER, kind TEXT, state TEXT, points INTEGER, reference TEXT, transaction_type TEXT,"
        "properties TEXT, created_at TEXT, hold_until TEXT, invoice_id INTEGER",
        31000,
    ),
    "history": (
        "customer_id INTEGER, points INTEGER, balance INTEGER, name TEXT, rule_id INTEGER, rule_name TEXT,"
        " sale_id INTEGER,"
        "detail TEXT, reference TEXT, amount TEXT, currency TEXT, properties TEXT, transacted_at TEXT",
        41000,
    ),
    "invoices": (
        "customer_id INTEGER, identifier TEXT, collected_amount TEXT, description TEXT,"
        " properties TEXT, created_at TEXT",
        51000,
    ),
    "invoice_items": ("invoice_id INTEGER, item_id INTEGER, item_type TEXT", 61000),
    "campaigns": ("body TEXT", 900),
    "enrolments": ("campaign_id INTEGER, customer_id INTEGER, UNIQUE(campaign_id, customer_id)", 0),
    "cards": ("campaign_id INTEGER, customer_id INTEGER, card_number INTEGER, state TEXT", 1500),
    "stamps": (
        "card_id INTEGER, campaign_id INTEGER, customer_id INTEGER, slot INTEGER, state TEXT, created_at TEXT,"
        "updated_at TEXT, voucher_ids TEXT DEFAULT '[]', outcomes TEXT DEFAULT '[]', sale_id INTEGER",
        1700,
    ),
    "triggers": ("slug TEXT UNIQUE, reward_id INTEGER, per_customer INTEGER", 10),
    "trigger_calls": ("trigger_id INTEGER, customer_id INTEGER, voucher_id INTEGER, at TEXT", 0),
    "keyed_settings": ("key TEXT UNIQUE, string_value TEXT, json_value TEXT", 20),
    "catalogue": ("kind TEXT, body TEXT", 200),
    "tokens": ("token TEXT UNIQUE, kind TEXT, customer_id INTEGER, merchant_user_id INTEGER, expires_at TEXT", 0),
    "requests": ("at TEXT, method TEXT, path TEXT, status INTEGER, fault TEXT, customer TEXT", 0),
}
INDICES = (
    "vouchers(customer_id)",
    "sales(state, process_at)",
    "sales(customer_id)",
    "points_moves(customer_id, state)",
    "history(customer_id, reference)",
    "stamps(card_id)",
    "vouchers(state)",
)
SWITCHES: dict[str, Any] = {
    "rule_delay_s": 2.0,
    "sales_show_after_s": 0.0,
    "hold_minutes": None,
    "gate": False,
    "gate_calls": False,
    "reservation_lapses_s": None,
    "strict_duplicates": False,
    "expiry_field": "date",
    "reserve_timeout_unit": "ms",
    "reserve_timeout_s": 900,
    "token_s": 7200,
    "reserve_nets_holds": True,
    "history_finds_loyalty_reference": False,
    "used_vouchers_revert": False,
    "invoice_needs": None,
}
CLIENT_ID = "lumen-oak-till"
CLIENT_SECRET = "sandbox-only-not-a-secret"  # noqa: S105  a published demo value
TENANT = "Lumen & Oak"
CURRENCY = "SGD"
PROGRAM_ID = 77


def wire_time(at: datetime) -> str:
    """Write an instant as Perx does; the text also sorts by time.

    Units: aware UTC, milliseconds, ``Z``.
    Source: perx-api 1.2, A-live.
    """
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"


class World:
    """One shop's worth of Perx: rows, switches and a clock that never runs backwards.

    Thread: one at a time; the server and the tests call it from the event loop only.
    """

    def __init__(self, path: Path | None = None, *, rule_delay_s: float = 2.0) -> None:
        """Open or make the file; ``None`` keeps the world in memory."""
        self._db = sqlite3.connect(path or ":memory:", isolation_level=None, check_same_thread=False)
        self._db.row_factory = _as_dict
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")  # survives kill -9; a power cut is not in the sandbox's story
        self._started_at, self._started_s = datetime.now(UTC), time.monotonic()
        self.is_new = self._open_tables()
        self.switches = SWITCHES | {"rule_delay_s": rule_delay_s} | self._stored_switches()

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def now(self) -> datetime:
        """Tell the time of the shop: wall time at the start plus what has passed since, monotonically."""
        return self._started_at + timedelta(seconds=time.monotonic() - self._started_s)

    def now_text(self, plus_s: float = 0.0) -> str:
        """Tell the time, shifted, as it stands in the tables."""
        return wire_time(self.now() + timedelta(seconds=plus_s))

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Make everything inside happen altogether or not at all."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def rows(self, query: str, *values: Any) -> list[Row]:
        """Answer a SELECT with all its rows."""
        return self._db.execute(query, values).fetchall()

    def row(self, query: str, *values: Any) -> Row | None:
        """Answer a SELECT with its first row."""
        found: Row | None = self._db.execute(query, values).fetchone()
        return found

    def get(self, table: str, row_id: int) -> Row | None:
        """Fetch one row by its id."""
        return self.row(f"SELECT * FROM {table} WHERE id = ?", row_id)  # noqa: S608  our own table names

    def insert(self, table: str, **values: Any) -> Row:
        """Add a row; dicts and lists are stored as JSON."""
        names, marks = ", ".join(values), ", ".join("?" * len(values))
        query = f"INSERT INTO {table} ({names}) VALUES ({marks})"  # noqa: S608  our own names
        cursor = self._db.execute(query, [_stored(value) for value in values.values()])
        row = self.get(table, cursor.lastrowid or 0)
        assert row is not None  # noqa: S101  it was inserted one line above
        return row

    def update(self, table: str, row_id: int, **values: Any) -> None:
        """Change columns of one row."""
        pairs = ", ".join(f"{name} = ?" for name in values)
        query = f"UPDATE {table} SET {pairs} WHERE id = ?"  # noqa: S608  our own names
        self._db.execute(query, [*(_stored(value) for value in values.values()), row_id])

    def delete(self, table: str, where: str = "1 = 1", *values: Any) -> int:
        """Remove rows and tell how many."""
        return self._db.execute(f"DELETE FROM {table} WHERE {where}", values).rowcount  # noqa: S608

    def switch(self, changes: dict[str, Any]) -> None:
        """Change switches of the world for good.

        Errors: Refusal for an unknown switch or a value of the wrong kind.
        """
        for name, value in changes.items():
            _check_switch(name, value)
        self.switches |= changes
        for name, value in changes.items():
            self._db.execute("INSERT OR REPLACE INTO switches VALUES (?, ?)", (name, json.dumps(value)))

    def mint(self, kind: str, seconds: int, customer_id: int | None = None, merchant_user_id: int | None = None) -> str:
        """Make a token and remember whom it stands for."""
        token = secrets.token_urlsafe(32)
        self.insert(
            "tokens",
            token=token,
            kind=kind,
            customer_id=customer_id,
            merchant_user_id=merchant_user_id,
            expires_at=self.now_text(seconds),
        )
        return token

    def wipe(self) -> None:
        """Empty every table and start the ids afresh; the caller plants a seed."""
        for table in TABLES:
            self._db.execute(f"DELETE FROM {table}")  # noqa: S608  our own table names
        self._db.execute("DELETE FROM sqlite_sequence")
        self._db.executemany(
            "INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", [(t, first) for t, (_, first) in TABLES.items()]
        )

    def _open_tables(self) -> bool:
        version = self._db.execute("PRAGMA user_version").fetchone()["user_version"]
        if version == SCHEMA_VERSION:
            return False
        if version:
            raise RuntimeError(f"the sandbox data was written by another version ({version}); use a new data folder")
        with self.transaction():
            self._db.execute("CREATE TABLE switches (name TEXT PRIMARY KEY, value TEXT)")
            for table, (columns, _) in TABLES.items():
                self._db.execute(f"CREATE TABLE {table} (id INTEGER PRIMARY KEY AUTOINCREMENT, {columns})")
            for number, columns in enumerate(INDICES):
                self._db.execute(f"CREATE INDEX by_{number} ON {columns}")
            self._db.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        return True

    def _stored_switches(self) -> dict[str, Any]:
        rows = self.rows("SELECT name, value FROM switches")
        return {row["name"]: json.loads(row["value"]) for row in rows if row["name"] in SWITCHES}


def _as_dict(cursor: sqlite3.Cursor, values: tuple[Any, ...]) -> Row:
    return {column[0]: value for column, value in zip(cursor.description, values, strict=True)}


def _stored(value: Any) -> Any:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else value


def _check_switch(name: str, value: Any) -> None:
    if name not in SWITCHES:
        raise invalid(f"setting {name}")
    choices = {"expiry_field": ("date", "timestamp"), "reserve_timeout_unit": ("s", "ms")}
    if name in choices:
        good = value in choices[name]
    elif isinstance(SWITCHES[name], bool):
        good = isinstance(value, bool)
    elif name in ("hold_minutes", "invoice_needs", "reservation_lapses_s") and value is None:
        good = True
    elif name == "invoice_needs":
        good = isinstance(value, str) and re.fullmatch(r"[a-z_]{1,40}", value) is not None
    else:
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        good = is_number and math.isfinite(value) and 0 <= value <= 10_000_000
    if not good:
        raise invalid(f"setting {name}")
