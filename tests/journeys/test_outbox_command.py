"""`pos-app outbox` on a till that runs and on one that is closed: the same questions, the same answers."""

from __future__ import annotations

import asyncio
import hashlib
import json
import time
from datetime import UTC, datetime

import apsw
import pytest
from journey_faults import fault
from program import config, finish, start

from pos_app.app import mint
from pos_app.domain.commands import RecordSale
from pos_app.domain.entries import EntryState
from pos_app.domain.sale import SaleRecord
from pos_app.outbox import StoredSale
from pos_app.outbox.checksums import connect
from pos_app.practice import Practice
from pos_app.tour.hand import until

AGAIN = ("--by", "Noor H.", "--reason", "try again")
SALES = ("POST", "/v4/pos/transactions", "status")
NO_ROOM = {"code": 40, "message": "Sale of 6591234821 is not welcome"}


async def ask(s, *words: str, typed: str = "") -> tuple[int, dict]:
    """Ask by the command line, as a person in another window: the exit code and what was printed."""
    path = s.data / "config.toml"
    if not path.exists():
        config(s.practice, s.data)
    where = ["--config", str(path), "--data", str(s.data / "till"), "--json"]
    child = start("outbox", *words, *where, env=s.practice.secrets, typed=typed)
    await until(lambda: child.poll() is not None, f"outbox {words[0]} never ended")
    code, out, err = finish(child)
    assert "Traceback" not in err, err
    assert bool(err) == ("problem" in json.loads(out)), "a failure is said, and nothing else is"
    return code, json.loads(out)


async def put(s, amount_minor: int, state: EntryState | None = None) -> str:
    """A sale in the outbox with its record, as the counter puts it; wait for the state that a send leads to."""
    ref, now = mint(), datetime.now(UTC)
    sold_at = now.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    sale = RecordSale(ref=ref, identifier=s.known[1], amount_minor=amount_minor, currency="SGD", sold_at=sold_at)
    record = SaleRecord(ref, sold_at, "SGD", amount_minor, amount_minor, s.known[1])
    entry = await s.counter.outbox.put(sale, StoredSale(ref, now, record.to_body()))
    for _ in range(1000):
        if state is None or (entry.state is state and entry.tries):
            return ref
        await asyncio.sleep(0.01)
        entry = await s.counter.outbox.entry(ref)
    raise AssertionError(f"the entry is {entry.state}, not {state}")


async def a_days_work(s) -> dict[str, str]:
    """One entry of each settled kind, and one that needs attention; nothing moves any more."""
    s.scan(s.known[0])
    await s.hand.sees("can be used now")
    s.scan("LUMEN10")
    await s.hand.sees("Held for this sale")
    s.keys("5", "6", "00")
    s.hand.tap("Complete")
    await s.hand.sees("Perx gave")
    refs = {"done": s.record.ref}
    s.practice.fault(fault(*SALES, code=400, body=NO_ROOM))
    refs["refused"] = await put(s, 700, EntryState.REFUSED)
    s.practice.fault(fault(*SALES, None, code=429, headers={"Retry-After": "300"}))
    refs["attention"] = await put(s, 800, EntryState.WAITING)
    await s.counter.outbox.settle_by_hand(refs["attention"], EntryState.ATTENTION, "Mai A.", "asked for by a test")
    s.practice.fault()
    return refs


QUESTIONS = (
    "list", "list --state all", "list --state waiting", "show done", "show attention --full", "check done",
    "check refused", "check attention", "show unknown", "reconcile", "export",
)  # fmt: skip


async def everything(s, refs: dict[str, str]) -> dict[str, tuple[int, dict]]:
    """What can be asked without changing anything."""
    told = {}
    for question in QUESTIONS:
        words = [(refs | {"unknown": "1" * 24}).get(word, word) for word in question.split()]
        words += ["--replace", str(s.data / "outbox.jsonl")] if question == "export" else []
        code, answer = await ask(s, *words)
        told[question] = code, without_times(answer)
    return told


def without_times(told: dict) -> dict:
    """What was compared, without when."""
    return {key: without_times(value) if isinstance(value, dict) else value for key, value in told.items()
            if key != "as_of"}  # fmt: skip


async def test_a_running_and_a_closed_till_answer_alike(shop):
    async with shop() as s:
        refs = await a_days_work(s)
        running = await everything(s, refs)
        await s.close()
        closed = await everything(s, refs)
        await s.open()
        assert running == closed
        assert [row["ref"] for row in running["list"][1]["entries"]] == [refs["attention"]]
        assert {row["state"] for row in running["list --state all"][1]["entries"]} == {"done", "refused", "attention"}
        assert [running[f"check {name}"][0] for name in ("done", "refused", "attention")] == [0, 1, 1]
        assert (running["show unknown"][0], running["show unknown"][1]["problem"]) == (1, "OUT-01")
        assert (running["reconcile"][0], running["reconcile"][1]["compared"]) == (0, 2)
        notes = running["show attention --full"][1]["journal"]
        assert [(one["person"], one["what"]) for one in notes] == [("Mai A.", "settled by hand")]
        shown = running["show done"][1]
        assert shown["entry"]["command"]["voucher_ids"] == [s.voucher("LUMEN10")["id"]]
        assert shown["sale"]["due_minor"] == 4600
        assert [one["what"] for one in shown["journal"]] == ["completed"]
        unmasked = {question for question, (_, told) in running.items() if named(s, json.dumps(told))}
        assert unmasked == {"show attention --full"}, "a customer is named where nobody asked for it"
        assert not named(s, (s.data / "outbox.jsonl").read_text("utf-8"))


def named(s, text: str) -> set[str]:
    """Which customers, by identifier or by name, a text gives away."""
    known = s.practice.announced["customers"]
    names = {one["identifier"] for one in known} | {part for one in known for part in one["name"].split()}
    return {name for name in names if len(name) > 3 and name in text}


async def test_a_page_leads_to_the_next(shop):
    async with shop() as s:
        await a_days_work(s)
        _, whole = await ask(s, "list", "--state", "all")
        rows, after = [], []
        while True:
            _, told = await ask(s, "list", "--state", "all", "--limit", "2", *after)
            rows += told["entries"]
            if told["next"] is None:
                break
            after = ["--after", str(told["next"])]
        assert rows == whole["entries"]
        assert len(rows) > 3


@pytest.mark.parametrize("is_running", [True, False], ids=["running", "closed"])
async def test_a_decision_is_journalled_and_only_what_is_open_can_be_decided(shop, is_running):
    async with shop() as s:
        refs = await a_days_work(s)
        if not is_running:
            await s.close()
        why = ("--by", "Noor H.", "--reason", "the customer has the slip")
        for ref, state, code in (("1" * 24, "done", "OUT-01"), (refs["done"], "waiting", "OUT-02")):
            exit_code, told = await ask(s, "settle", ref, state, *why, typed="4729\n")
            assert (exit_code, told["problem"]) == (1, code)
        exit_code, told = await ask(s, "settle", refs["attention"], "done", "--by", "S", "--reason", " ", typed="1\n")
        assert (exit_code, told["problem"]) == (1, "OUT-03")
        exit_code, told = await ask(s, "settle", refs["attention"], "done", *why, typed="4711\n")
        assert (exit_code, told["problem"]) == (1, "PIN-01")
        exit_code, told = await ask(s, "settle", refs["attention"], "done", *why, typed="4729\n")
        assert (exit_code, told["was"], told["entry"]["state"]) == (0, "attention", "done")
        _, shown = await ask(s, "show", refs["attention"])
        last = shown["journal"][-1]
        facts = {
            "was": "attention",
            "is": "done",
            "why": "the customer has the slip",
            "approved_by": "Noor H.",
            "problem": "NET-05",
        }
        assert (last["person"], last["what"], last["facts"]) == ("the command line", "settled by hand", facts)
        assert not {"4711", "4729"} & set(json.dumps(shown).replace('"', " ").split())
        if not is_running:
            await s.open()


async def test_a_closed_tills_entry_that_is_sent_again_goes_at_the_next_start(shop):
    async with shop() as s:
        refs = await a_days_work(s)
        await s.close()
        code, _ = await ask(s, "settle", refs["attention"], "waiting", *AGAIN, typed="4729\n")
        assert code == 0
        assert not [one for one in s.ledger["transactions"] if one["reference"] == refs["attention"]]
        await s.open()
        await until(lambda: not s.state.backlog.waiting, "it was never sent")
        assert float(s.sale(refs["attention"])["amount"]) == 8


async def test_an_export_is_whole_or_not_there_and_proves_itself(shop):
    async with shop() as s:
        refs = await a_days_work(s)
        path = s.data / "outbox.jsonl"
        path.write_text("an earlier export", "utf-8")
        code, told = await ask(s, "export", str(path))
        assert (code, told["problem"], path.read_text("utf-8")) == (1, "OUT-10", "an earlier export")
        code, told = await ask(s, "export", str(path), "--replace")
        lines = path.read_bytes().splitlines(keepends=True)
        assert code == 0
        assert told["sha256"] == hashlib.sha256(b"".join(lines[:-1])).hexdigest()
        end = json.loads(lines[-1])
        assert {**end, "file": str(path)} == told
        rows = [json.loads(line) for line in lines[1:-1]]
        assert [row["id"] for row in rows] == sorted(row["id"] for row in rows)
        assert set(refs.values()) < {row["ref"] for row in rows}
        code, told = await ask(s, "export", str(s.data / "no such folder" / "x"))
        assert (code, told["problem"]) == (2, "OUT-05")
        assert str(s.data / "no such folder" / "x") in told["sentence"]
        assert not [one.name for one in s.data.iterdir() if one.name.startswith(".outbox")]


@pytest.mark.parametrize("is_running", [True, False], ids=["running", "closed"])
async def test_a_row_that_cannot_be_read_is_said_exported_as_such_and_closed(shop, is_running):
    async with shop() as s:
        refs = await a_days_work(s)
        await s.close()
        with connect(s.data / "till" / "till.sqlite3") as file:
            file.execute("UPDATE outbox SET kind = 'fly' WHERE ref = ?", (refs["attention"],))
        file.close()
        if is_running:
            await s.open()
        code, told = await ask(s, "list")
        assert (code, [one["unreadable"] for one in told["entries"]]) == (0, [True])
        assert "cannot be read" in told["entries"][0]["meaning"]
        code, told = await ask(s, "check", refs["attention"])
        assert (code, told["problem"]) == (2, "OUT-08")
        code, told = await ask(s, "export", str(s.data / "outbox.jsonl"))
        assert (code, told["unreadable"]) == (0, 1)
        code, told = await ask(s, "settle", refs["attention"], "refused", *AGAIN, typed="4729\n")
        assert (code, told["entry"]["state"], told["entry"]["problem"]) == (0, "refused", "ATT-04")
        code, told = await ask(s, "list")
        assert told["entries"] == []
        if not is_running:
            await s.open()


async def test_perx_that_cannot_be_asked_is_said(shop):
    async with shop() as s:
        refs = await a_days_work(s)
        s.practice.kill()
        for words in (["check", refs["done"]], ["reconcile"]):
            code, told = await ask(s, *words)
            assert (code, told.get("problem") or told["stopped"]) == (2, "NET-01")
        await s.close()
        code, told = await ask(s, "reconcile")
        assert (code, told["stopped"], told["compared"], told["customers"]) == (2, "NET-01", 0, 2)
        s.practice.start()
        await s.open()


def test_a_folder_without_a_till_is_left_as_it_is(tmp_path):
    code, out, said = finish(start("outbox", "list", "--data", str(tmp_path / "nothing")))
    assert (code, out, "[OUT-06]" in said) == (2, "", True)
    assert not (tmp_path / "nothing").exists()


@pytest.mark.parametrize("words", [["outbox", "list"], ["outbox", "settle", "1", "done", *AGAIN], ["people", "list"]])
def test_a_damaged_file_is_said_and_left_to_the_till(tmp_path, words):
    """What can be read is brought back where somebody sees it, never on the way to an answer."""
    path = tmp_path / "data" / "till.sqlite3"
    path.parent.mkdir()
    path.write_bytes(b"not a database at all " * 2000)
    before = path.read_bytes()
    with Practice(tmp_path / "perx") as practice:
        config(practice, tmp_path)
        code, out, err = finish(
            start(*words, "--config", str(tmp_path / "config.toml"), env=practice.secrets, typed="4\n")
        )
    assert (code, out, path.read_bytes() == before) == (2, "", True), err
    assert err.endswith("[DISK-03]\n")


async def test_a_decision_without_a_pin_counts_as_no_try(shop):
    async with shop() as s:
        refs = await a_days_work(s)
        code, told = await ask(s, "settle", refs["attention"], "done", *AGAIN)
    assert (code, told["problem"]) == (2, "PIN-10")


@pytest.mark.parametrize("day", ["2026-13-01", "today", ""])
def test_a_day_that_is_none_is_said_in_words(day):
    code, out, err = finish(start("outbox", "reconcile", "--day", day))
    assert (code, out) == (2, "")
    assert "is no day of the calendar" in err


async def test_foreign_data_is_never_held_against_the_settings_of_another(shop):
    async with shop() as s:
        refs = await a_days_work(s)
        await s.close()
        child = start("outbox", "check", refs["done"], "--data", str(s.data / "till"), env=s.practice.secrets)
        await until(lambda: child.poll() is not None, "it never ended")
        code, _, said = finish(child)
        assert (code, "[OUT-09]" in said) == (2, True)
        await s.open()


async def test_a_long_export_holds_up_no_tap(shop):
    async with shop() as s:
        await a_days_work(s)
        await s.counter.outbox._db.call(_many, 20_000)
        path = s.data / "long.jsonl"
        longest_s, child = 0.0, start("outbox", "export", str(path), "--data", str(s.data / "till"))
        while child.poll() is None:
            began_s = time.monotonic()
            await s.counter.outbox.backlog()  # what a tap waits for: the database's thread, and a turn of the loop
            longest_s = max(longest_s, time.monotonic() - began_s)
            await asyncio.sleep(0)
        assert finish(child)[0] == 0
        assert path.read_bytes().count(b"\n") > 20_000
        assert longest_s < 0.5, f"a tap waited {longest_s:.2f} s"


def _many(connection: apsw.Connection, count: int) -> None:
    """Copy a finished entry many times."""
    connection.execute(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)"
        " INSERT INTO outbox (ref, kind, lane, sale, body, rank, presses, state, made_at, settled_at)"
        " SELECT printf('%024d', i), kind, lane, sale, body, rank, presses, state, made_at, settled_at"
        " FROM n, (SELECT * FROM outbox WHERE state = 'done' ORDER BY id DESC LIMIT 1)",
        (count,),
    )
