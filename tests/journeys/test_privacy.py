"""What the program writes, all of it, searched after a day at the counter for personal data and secrets."""

from __future__ import annotations

import json
import logging
import re
import sqlite3
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from program import config, finish, start

from pos_app.tour.hand import until
from pos_app.tour.shop import Shop
from pos_app.wrong import write_log

GOLD, SILVER = "6591234821", "6598765402"
MAI, BEN, NOOR = "POS:STAFF:PRACTICE-MAI", "POS:STAFF:PRACTICE-BEN", "POS:STAFF:PRACTICE-NOOR"
QUICK = {"settle_after_s": 1.0, "retry_base_s": 0.1, "retry_cap_s": 1.0}
# What Perx says of the customer and the till has no use for; the demo shop's own, and what is planted below.
PERSONAL = {
    "phone": "+6590017777",
    "e-mail": "planted.person@customers.example",
    "birthday": "1971-11-23",
    "national id": "S7123456J",
    "address": "77 Planted Crescent",
    "nationality": "Planterian",
    "seeded e-mail": "somchai@customers.example",
    "seeded birthday": "1988-04-12",
    "seeded id": "1-1037-02071-81-5",
    "seeded address": "12 Planted Road",
}
DUMP = "#<User::Account id: 501, planted_dump: 'QX-55120'>"
LONG_SENTENCE = "A rule burned points. " + "planted tail " * 400


def hidden(practice: Any) -> dict[str, str]:
    """Everything that must be in no file: what was planted, and every secret, PIN, badge and token there was."""
    told = {**PERSONAL, "dump": "QX-55120", "client secret": practice.announced["client_secret"]}
    told["pepper"] = practice.secrets["POS_APP_SECRET_PIN_PEPPER"]
    told |= {f"badge of {name}": badge for name, _, _, badge in practice.staff()}
    with sqlite3.connect(practice._data / "sandbox.sqlite3") as perx:
        tokens = [row[0] for row in perx.execute("SELECT token FROM tokens")]
    assert tokens
    return told | {f"token {n}": token for n, token in enumerate(tokens)}


def plant(s: Shop) -> None:
    """Give the first customer a record full of personal data, by Perx's own call."""
    told = {name: s.practice.announced[name] for name in ("client_id", "client_secret")}
    token = s.practice.ask("POST", "/v4/oauth/token", {**told, "grant_type": "client_credentials"})["access_token"]
    bag = {"citizen_id": PERSONAL["national id"], "address": PERSONAL["address"]}
    bag |= {"nationality_cd": PERSONAL["nationality"], "mobile_no": PERSONAL["phone"], "state": "active"}
    body = {"identifier": GOLD, "phone": PERSONAL["phone"], "email": PERSONAL["e-mail"]}
    body |= {"birthday": PERSONAL["birthday"], "personal_properties": bag, "properties": {"note": DUMP}}
    s.practice.ask("PUT", "/v4/pos/user_accounts/update_user", body, {"Authorization": f"Bearer {token}"})


def fail_rule(s: Shop, ref: str) -> None:
    """From now on the history of points tells that this sale's rule failed, with the customer's whole record."""
    failure = {"error_message": LONG_SENTENCE, "error_params": {"user_account": DUMP, **PERSONAL}}
    detail = {"type": "Transaction", "data": {"transaction_reference": ref, "properties": failure}}
    row = {"id": 1, "amount": -22, "transacted_at": "2026-06-01T06:32:00.000Z", "properties": failure}
    answer = {"data": [row | {"transaction_details": detail, "rule_name": "<i>Burn</i>"}], "meta": {"total_pages": 1}}
    action = {"kind": "status", "code": 200, "body": answer}
    s.practice.fault({"match": {"method": "GET", "path": "/v4/loyalty/transactions_history"}, "action": action})


async def sell(s: Shop, who: str, *, voucher: str = "", perx_dies: bool = False) -> str:
    s.scan(who)
    await s.hand.sees("can be used now")
    if voucher:
        s.scan(voucher)
        await s.hand.sees("Held for this sale")
    if perx_dies:
        s.practice.kill()
    s.keys("5", "6", "00")
    s.hand.tap("Complete")
    await until(lambda: s.state.sale.record is not None, "the sale was never completed")
    return str(s.record.ref)


async def a_day(s: Shop) -> None:
    """Everything that writes: people, sales that pass, fail late and wait, a reversal, reports, a code that is odd."""
    await s.hand.sees("Who are you?")
    s.scan(MAI)
    await s.hand.sees("Ready to scan")
    plant(s)
    fail_rule(s, await sell(s, GOLD))
    await s.hand.sees("A rule burned points.")
    said = s.hand.said()
    assert "QX-55120" not in said
    assert "planted tail " * 40 not in said
    s.practice.fault()
    s.hand.tap("Next customer")
    s.scan(json.dumps({"identifier": GOLD, "name": "Somchai P.", "email": PERSONAL["e-mail"]}))
    await s.hand.sees("can be used now")
    s.hand.tap("Cancel")
    await s.hand.sees("Ready to scan")
    await sell(s, GOLD, voucher="LUMEN10")
    await s.hand.sees("Perx gave")
    s.hand.tap("Next customer")
    await sell(s, SILVER, perx_dies=True)
    await until(
        lambda: any(one.accessibleName().startswith("Next customer") for one in s.window.targets()), "no way on"
    )
    s.hand.tap("Next customer")
    s.practice.start()
    await until(lambda: len(s.ledger["transactions"]) == 3, "the sale that waited was never sent")
    s.hand.tap("Menu")
    s.hand.tap("Shift")
    await until(lambda: s.state.shift.report is not None, "the shift was never counted")


async def told(s: Shop, *words: str) -> str:
    """One command of the open till's, as somebody types it: what it printed."""
    where = ["--config", config(s.practice, s.data), "--data", str(s.data / "till")]
    child = start(*words, *where, env=s.practice.secrets)
    await until(lambda: child.poll() is not None, "the command never ended")
    code, out, err = finish(child)
    assert code in (0, 1), err
    return out + err


def texts(path: Path) -> Iterator[bytes]:
    """A file as it is, and what is packed in it: the rows of a database, the streams of a PDF."""
    raw = path.read_bytes()
    yield raw
    if raw.startswith(b"SQLite format 3"):
        with sqlite3.connect(path) as data:
            tables = [row[0] for row in data.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            for table in tables:
                yield repr(data.execute(f'SELECT * FROM "{table}"').fetchall()).encode()  # noqa: S608 - our own file
    if raw.startswith(b"%PDF"):
        for stream in re.findall(rb"stream\r?\n(.*?)endstream", raw, re.DOTALL):
            try:
                yield zlib.decompress(stream)
            except zlib.error:
                yield stream


def found(texts: Iterator[bytes], secret: str) -> bool:
    shapes = [
        secret.encode(),
        secret.encode("utf-16-le"),
        json.dumps(secret)[1:-1].encode(),
        secret.encode().hex().encode(),
    ]
    return any(shape.lower() in text for text in texts for shape in shapes)


@pytest.mark.fault("row 43")
async def test_no_file_holds_personal_data_or_a_secret(shop, qapp, tmp_path: Path) -> None:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    tables = {"people": {"sign_on": "required"}, "outbox": QUICK, "receipt": {"language_property": "lang"}}
    try:
        async with shop("Who are you?", **tables) as s:
            assert write_log(s.data / "till" / "log", "DEBUG")
            await a_day(s)
            printed = await told(s, "outbox", "list", "--state", "all", "--json")
            printed += await told(s, "shift", "z", "--by", "Mai A.", "--sure", "--json")
            await told(s, "shift", "export", str(s.data / "z.csv"))
            await told(s, "outbox", "export", str(s.data / "export.csv"))
            secrets = hidden(s.practice)
            await s.close()
            copied = start("upkeep", "copy", "--data", str(s.data / "till"))
            assert finish(copied)[0] == 0
            ours = [
                one
                for one in sorted(s.data.rglob("*"))
                if one.is_file() and "perx" not in one.relative_to(s.data).parts
            ]
            kinds = {one.suffix for one in ours} | {one.name for one in ours}
            assert {"till.sqlite3", "till.log", ".pdf", ".csv"} <= kinds
            assert any(re.fullmatch(r"[0-9-]+\.sqlite3", one.name) for one in ours), "no copy was made"
            everything = {one: [part.lower() for part in texts(one)] for one in ours if one.name != "config.toml"}
            # the search finds what is there: a customer's identifier is in the data, and in no log
            assert found(iter(everything[s.data / "till" / "till.sqlite3"]), GOLD)
            leaks = [f"{name} in {path.name}" for path, parts in everything.items() for name, secret in secrets.items()
                     if found(iter(parts), secret)]  # fmt: skip
            assert leaks == []
            assert not [name for name, secret in secrets.items() if secret in printed]
            assert not [
                path.name for path, parts in everything.items() if path.suffix == ".log" and found(iter(parts), GOLD)
            ]
    finally:
        for handler in [one for one in root.handlers if one not in handlers]:
            root.removeHandler(handler)
            handler.close()
        root.setLevel(level)
