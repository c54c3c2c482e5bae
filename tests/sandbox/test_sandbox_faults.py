"""Every fault over a real socket, what a restart keeps, and what the control calls tell."""

from __future__ import annotations

import asyncio
import json
import signal
import socket
import sys
import time
from pathlib import Path

import httpx
import pytest
from sandbox_shop import DEADLINE_S, Process, Shop

from pos_app.sandbox.application import build
from pos_app.sandbox.faults import Faults
from pos_app.sandbox.world import World

SALE = {"user_account_id": 501, "transaction_data": {"amount": 10, "transaction_reference": "F-1"}}
SALES = "/v4/pos/transactions"


def sales(shop: Shop) -> int:
    return len(shop.ledger()["transactions"])


@pytest.mark.parametrize(("kind", "committed"), [("drop_before", 0), ("drop_after", 1)])
@pytest.mark.parametrize("reset", [False, True])
def test_a_dropped_connection_before_or_after_the_commit(shop: Shop, kind: str, committed: int, reset: bool) -> None:
    app = shop.app()
    shop.fault(kind, SALES, reset=reset)
    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
        app("POST", SALES, json=SALE)
    assert sales(shop) == committed
    assert app("POST", SALES, json=SALE).status_code == 201  # once only
    last = [(row["fault"], row["status"]) for row in shop.ledger()["requests"][-2:]]
    assert last == [(kind, 201 if committed else None), (None, 201)]


def test_a_commit_may_come_after_the_reply_was_dropped(shop: Shop) -> None:
    app = shop.app()
    shop.fault("delay_commit", SALES, s=0.3)
    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
        app("POST", SALES, json=SALE)
    assert sales(shop) == 0
    shop.until(lambda: sales(shop) == 1)
    assert shop.ledger()["requests"][-1]["fault"] == "late_commit"


def test_a_delay_outlasts_the_client_and_commits_all_the_same(shop: Shop) -> None:
    app = shop.app()
    shop.fault("delay_before", SALES, s=0.4)
    with pytest.raises(httpx.ReadTimeout):
        app("POST", SALES, json=SALE, timeout=0.1)
    shop.until(lambda: sales(shop) == 1)


@pytest.mark.parametrize("process_it", [False, True])
def test_a_status_with_and_without_the_effect(shop: Shop, process_it: bool) -> None:
    app = shop.app()
    shop.fault("status", SALES, code=503, body={"message": "later"}, headers={"Retry-After": "7"}, process=process_it)
    answer = app("POST", SALES, json=SALE)
    assert (answer.status_code, answer.headers["retry-after"], answer.json()) == (503, "7", {"message": "later"})
    assert sales(shop) == int(process_it)


def test_a_captive_page_and_a_redirect(shop: Shop) -> None:
    user = shop.user()
    shop.fault("html", "/v4/loyalty")
    page = user("GET", "/v4/loyalty")
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    shop.fault("redirect", "/v4/loyalty", location="http://captive.invalid/")
    moved = user("GET", "/v4/loyalty")
    assert (moved.status_code, moved.headers["location"]) == (302, "http://captive.invalid/")


def test_broken_bodies(shop: Shop) -> None:
    user, path = shop.user(), "/v4/vouchers/7101"
    whole = user("GET", path).content
    shop.fault("truncate", path)
    with pytest.raises(httpx.RemoteProtocolError):
        user("GET", path)
    shop.fault("garbage", path)
    with pytest.raises(ValueError, match=r"."):
        user("GET", path).json()
    shop.fault("empty", path)
    assert user("GET", path).content == b""
    shop.fault("content_type", path, value="text/plain")
    assert user("GET", path).headers["content-type"] == "text/plain"
    shop.fault("nan", path)
    assert b"NaN" in user("GET", path).content
    shop.fault("wrong_voucher", path)
    assert user("GET", path).json()["data"]["id"] == 7102
    shop.fault("huge", path, bytes=2_000_000, gzip=True)
    assert len(user("GET", path).content) > 2_000_000
    assert user("GET", path).content == whole


def test_an_answer_for_another_reference(shop: Shop) -> None:
    app = shop.app()
    shop.fault("wrong_reference", SALES)
    assert app.ok("POST", SALES, json=SALE)["transaction_reference"] == "not-the-reference-you-sent"
    assert shop.ledger()["transactions"][0]["reference"] == "F-1"


def test_a_slow_reply_trickles(shop: Shop) -> None:
    user = shop.user()
    shop.fault("slow", "/v4/gatekeep_token", bytes=4, interval_s=0.05)
    started_s = time.monotonic()
    assert user("GET", "/v4/gatekeep_token").json() == {"message": "go ahead"}
    assert time.monotonic() - started_s > 0.2


def test_rules_match_by_method_prefix_pattern_count_and_offset(shop: Shop) -> None:
    user = shop.user()
    action = {"kind": "status", "code": 500}
    shop.control(
        "faults",
        [{"match": {"method": "get", "path": r"^/v4/vouchers/\d+$"}, "after": 1, "times": 2, "action": action}],
    )
    assert user("POST", "/v4/vouchers/7101/redeem?confirm=false").status_code == 200
    assert [user("GET", "/v4/vouchers/7101").status_code for _ in range(4)] == [200, 500, 500, 200]
    assert shop.http.get("/_sandbox/faults").json()["faults"][0]["applied"] == 2
    assert shop.http.delete("/_sandbox/faults").json()["faults"] == []
    for bad in ([{"action": {"kind": "unknown"}}], [{"match": {"path": "^("}, "action": action}], ["x"]):
        assert shop.http.post("/_sandbox/faults", json=bad).status_code == 400


def test_the_log_and_the_ledger_hold_no_secret(shop: Shop) -> None:
    shop.http.post("/v4/oauth/token", params=shop.credentials)
    shop.merchant()
    text = json.dumps(shop.ledger())
    secrets = [shop.ready["client_secret"], shop.ready["merchant"]["password"], "bearer", "access_token"]
    assert [word for word in secrets if word in text.lower()] == []
    assert {"customers", "transactions", "loyalty_transactions", "invoices", "vouchers", "holds"} <= set(shop.ledger())


def test_unknown_switches_are_refused(shop: Shop) -> None:
    for body in ({"unknown": 1}, {"gate": 1}, {"rule_delay_s": -1}, {"expiry_field": "x"}, {"token_s": None}):
        assert shop.http.post("/_sandbox/settings", json=body).status_code == 400
    assert shop.http.post("/_sandbox/reset", json={"seed": "nothing"}).status_code == 400


def test_the_world_can_be_made_to_differ_from_what_its_clients_did(shop: Shop) -> None:
    app, user = shop.app(), shop.user()
    first, second = (app.ok("POST", SALES, json=SALE)["id"] for _ in range(2))
    shop.until(lambda: all(row["state"] == "processed" for row in shop.ledger()["transactions"]))
    shop.control("tamper", {"forget_sale": first})
    shop.control("tamper", {"sale": second, "amount": 1.5})
    shop.control("tamper", {"voucher": 7101, "state": "redeemed"})
    assert [(row["id"], row["amount"]) for row in user.ok("GET", "/v4/transactions")] == [(second, 1.5)]
    assert {row["sale_id"] for row in shop.ledger()["history"]} == {second}
    assert user.ok("GET", "/v4/vouchers/7101")["state"] == "redeemed"
    wrong = ({}, {"sale": second}, {"voucher": 7101, "state": "eaten"}, {"forget_sale": second, "amount": 1}, [])
    for body in wrong:
        assert shop.http.post("/_sandbox/tamper", json=body).status_code == 400, body
    assert shop.http.post("/_sandbox/tamper", json={"forget_sale": first}).status_code == 404


def test_sales_show_as_late_as_the_switch_says(shop: Shop) -> None:
    app, user = shop.app(), shop.user()
    shop.control("settings", {"sales_show_after_s": 600})
    app.ok("POST", SALES, json=SALE)
    assert user.ok("GET", "/v4/transactions") == []
    assert len(shop.ledger()["transactions"]) == 1
    shop.control("settings", {"sales_show_after_s": 0})
    assert len(user.ok("GET", "/v4/transactions")) == 1


# --- processes -----


def test_a_killed_sandbox_keeps_its_world_and_runs_the_due_rules_after_a_restart(tmp_path: Path) -> None:
    first = Process(tmp_path, "--rule-delay-s", "0.4")
    with httpx.Client(base_url=first.url, timeout=DEADLINE_S) as http:
        shop = Shop(first.ready, http)
        app, user = shop.app(), shop.user()
        app.ok("POST", SALES, json=SALE)
        user.ok("POST", "/v4/vouchers/7101/redeem")
        shop.control("settings", {"hold_minutes": 3})
        first.kill()
        with pytest.raises(httpx.HTTPError):
            http.get("/_sandbox/ledger")
    second = Process(tmp_path, "--port", first.url.rpartition(":")[2])
    assert second.url == first.url
    assert second.ready["vouchers"][0]["state"] == "redeemed"
    with httpx.Client(base_url=second.url, timeout=DEADLINE_S) as http:
        shop = Shop(second.ready, http)
        rows = shop.until(lambda: [row for row in shop.ledger()["transactions"] if row["state"] == "processed"])
        assert (len(rows), rows[0]["points_earned"]) == (1, 12)
        headers = user.headers  # a token outlives the process, too
        assert http.get("/v4/loyalty/77", headers=headers).json()["data"]["points_balance"] == 2492
        assert shop.ledger()["switches"]["hold_minutes"] == 3
    assert second.close() == 0


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM for another process")
@pytest.mark.parametrize("number", ["SIGTERM", "SIGINT"])
def test_a_signal_ends_it_quickly_and_cleanly(tmp_path: Path, number: str) -> None:
    sandbox = Process(tmp_path, "--seed", "empty")
    assert sandbox.ready["customers"] == []
    with httpx.Client(base_url=sandbox.url) as http:
        assert http.get("/_sandbox/ledger").status_code == 200
        sandbox.popen.send_signal(getattr(signal, number))
        assert sandbox.popen.wait(3) == 0
    sandbox.close()


def test_a_taken_port_is_said_in_words(process: Process, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    from pos_app.sandbox.serve import main

    assert main(["--data", str(tmp_path), "--port", process.url.rpartition(":")[2]]) == 1
    assert capfd.readouterr().err.startswith("The sandbox cannot start:")


# --- in process -----


def test_in_process_a_dropped_connection_is_an_error_of_the_call() -> None:
    async def story() -> tuple[int, int]:
        world, faults = World(rule_delay_s=0), Faults()
        faults.add({"match": {"path": "/v4/oauth"}, "times": 1, "action": {"kind": "drop_after"}})
        transport = httpx.ASGITransport(build(world, faults))
        try:
            async with httpx.AsyncClient(transport=transport, base_url="http://perx.invalid") as http:
                with pytest.raises(ConnectionError):
                    await http.post("/v4/oauth/token")
                answer = await http.post("/v4/oauth/token")
                return answer.status_code, (await http.get("/_sandbox/ledger")).status_code
        finally:
            world.close()

    assert asyncio.run(story()) == (401, 200)


def test_a_client_that_is_gone_half_way_is_no_error_of_the_sandbox(tmp_path: Path, capfd: pytest.CaptureFixture[str]):
    process = Process(tmp_path)
    port = int(process.url.rsplit(":", 1)[1])
    with socket.create_connection(("127.0.0.1", port)) as till:
        till.sendall(b"POST /v4/pos/transactions HTTP/1.1\r\nHost: perx\r\nContent-Length: 100\r\n\r\n{")
    assert httpx.get(f"{process.url}/_sandbox/ledger").json()["transactions"] == []
    assert process.close() == 0
    assert "Traceback" not in capfd.readouterr().err
