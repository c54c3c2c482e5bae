"""The token broker's recipe, run as IT runs it: who gets a token, who does not, and what is written down of it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest
from broker_bench import NEEDS_NGINX, Broker, asked, raw

from pos_app.perx.certificate import Certificate
from pos_app.perx.client import PerxClient
from pos_app.perx.errors import NotAllowed, Refused, Unreachable
from pos_app.perx.probe import probe_findings
from pos_app.perx.profile import Merchant, Profile
from pos_app.practice import Practice

pytestmark = NEEDS_NGINX
APPLICATION = b'{"client_id":"x","grant_type":"client_credentials"}'
Till = tuple[Path, Path, str]


@pytest.fixture(scope="module")
def practice(tmp_path_factory) -> Iterator[Practice]:
    with Practice(tmp_path_factory.mktemp("perx")) as opened:
        yield opened


@pytest.fixture(scope="module")
def broker(practice, tmp_path_factory) -> Iterator[Broker]:
    known = practice.announced
    port = int(practice.base_url.rsplit(":", 1)[-1])
    folder = tmp_path_factory.mktemp("broker")
    with Broker(folder / "nginx", port, known["client_id"], known["client_secret"]) as opened:
        yield opened


@pytest.fixture(autouse=True)
def trusted(broker, monkeypatch) -> None:
    """The broker's own certificate is one that the till's system trusts, as a company's is."""
    monkeypatch.delenv("SSL_CERT_DIR", raising=False)
    monkeypatch.setenv("SSL_CERT_FILE", str(broker.root))


def profile(practice: Practice, broker: Broker, till: Till | None, **more) -> Profile:
    certificate = Certificate(*till) if till else None
    given = {"token_url": broker.token_url, "certificate": certificate, "loyalty_program_id": 1, **more}
    return Profile(practice.base_url, "orchard-1", **given)


def run(given: Profile, scene: Callable[[PerxClient], Awaitable[object]]) -> None:
    async def main() -> None:
        async with asyncio.timeout(20), PerxClient(given) as client:
            await scene(client)

    asyncio.run(main())


def test_a_till_with_a_certificate_and_no_secret_works(practice, broker):
    """All three tokens that a till asks for; the practice shop's Perx accepts nothing without the tenant's secret."""
    merchant = Merchant(practice.announced["merchant"]["identifier"])
    given = profile(practice, broker, broker.add("whole-day"), merchant=merchant)
    assert practice.announced["client_secret"] not in repr(given)
    assert not given.client_secret
    who = practice.announced["customers"][0]["identifier"]

    async def scene(client: PerxClient) -> None:
        await client.probe()
        assert (await client.customer(who)).identifier == who
        assert await client.vouchers(who)
        with pytest.raises(Refused):  # by the shop's own token, which came as well
            await client.customer_by_phone("650000000000")

    run(given, scene)
    mine = broker.lines_of("whole-day", 3)
    assert {one["certificate"] for one in mine} == {"SUCCESS"}
    assert [one["perx"] for one in mine] == ["200"] * 3


def test_a_till_that_is_revoked_is_locked_out_and_the_others_are_not(practice, broker):
    good, lost = broker.add("good"), broker.add("lost")
    run(profile(practice, broker, lost), lambda client: client.probe())
    assert "revoked" in broker.tills("revoke", "lost")
    broker.reload()

    async def refused(client: PerxClient) -> None:
        with pytest.raises(NotAllowed) as caught:
            await client.probe()
        assert caught.value.problem == "KEY-04"
        assert caught.value.said == "This certificate is not accepted here."

    run(profile(practice, broker, lost), refused)
    run(profile(practice, broker, good), lambda client: client.probe())
    states = dict(reversed(line.split()[::3]) for line in broker.tills("list").splitlines())
    assert (states["good"], states["lost"]) == ("valid", "revoked")
    last = broker.lines_of("lost", 2)[-1]
    assert (last["certificate"], last["status"]) == ("FAILED:certificate revoked", 401)


def test_a_certificate_of_another_authority_or_none_at_all_gets_nothing(practice, broker, tmp_path):
    elsewhere = Broker(tmp_path / "elsewhere", 1, "x", "y")
    stranger = elsewhere.add("stranger")
    with raw(broker, stranger) as line:
        assert asked(line, APPLICATION)[0] == 401
    for till, problem in ((stranger, "KEY-04"), (None, "KEY-05")):

        async def refused(client: PerxClient, problem=problem) -> None:
            with pytest.raises(NotAllowed) as caught:
                await client.probe()
            assert caught.value.problem == problem

        run(profile(practice, broker, till), refused)


def test_a_key_that_does_not_open_is_named_before_anything_is_sent(practice, broker):
    file, key, _ = broker.add("locked")
    seen = []

    async def main() -> None:
        given = profile(practice, broker, (file, key, "wrong"))
        async with PerxClient(given, on_exchange=seen.append) as client:
            with pytest.raises(NotAllowed) as caught:
                await client.probe()
            assert caught.value.problem == "KEY-05"

    asyncio.run(main())
    assert [(one.ok, one.problem) for one in seen] == [(False, "KEY-05")]
    assert not [one for one in broker.lines() if one["till"] == "locked"]


USER = b'"grant_type":"client_credentials","scope":"user_account(identifier:%s)","expires_in":%s}'


@pytest.mark.parametrize(
    "body",
    [
        b"{}",
        b"",
        b"client_id=x&grant_type=client_credentials",
        b'{"client_id":"x","grant_type":"password"}',
        b'{"client_id":"x","grant_type":"client_credentials","scope":"admin"}',
        b'{"client_id":"x","grant_type":"client_credentials","client_secret":"y"}',
        b'{"client_id":"x",' + USER % (b"a", b"86400"),
        b'{"client_id":"x",' + USER % (b"a)\\u0028", b"300"),
        b'{"client_id":"x",' + USER % (b'a","scope":"b', b"300"),
        b'{"client_id":"x\\","grant_type":"client_credentials"}',
    ],
)
def test_what_no_till_asks_for_gets_no_credentials(practice, broker, body):
    till = broker.tills_folder / "new" / "odd.pem"
    given = (till, till.with_suffix(".key"), odd_passphrase(broker))
    with raw(broker, given) as line:
        status, said = asked(line, body)
    assert status in (400, 401)
    assert "access_token" not in said
    assert "bearer_token" not in said


_ODD: dict[int, str] = {}


def odd_passphrase(broker: Broker) -> str:
    if id(broker) not in _ODD:
        _ODD[id(broker)] = broker.add("odd")[2]
    return _ODD[id(broker)]


def test_quotes_and_letters_of_any_script_reach_perx_as_they_are(practice, broker):
    """A member with such an identifier is unknown there, and the till is told so: not that it may not ask."""
    body = json.dumps(
        {"client_id": 'q"\\', "grant_type": "client_credentials", "scope": 'user_account(identifier:สม"\\)',
         "expires_in": 300}, ensure_ascii=False, separators=(",", ":")
    ).encode()  # fmt: skip
    with raw(broker, broker.add("odd-letters")) as line:
        status, said = asked(line, body)
    assert (status, said["error_description"]) == (401, "User account could not be authenticated")


def test_only_the_token_endpoint_is_there(practice, broker):
    till = broker.add("curious")
    for method, path in (("GET", "/v4/oauth/token"), ("POST", "/v4/pos/transactions"), ("GET", "/")):
        with raw(broker, till) as line:
            assert asked(line, b"", method, path)[0] == 404
    with raw(broker, till) as line:
        assert asked(line, b"x" * 5000)[0] == 404


def test_a_till_that_asks_without_end_is_told_to_wait_and_the_others_are_served(practice, broker):
    greedy, patient = broker.add("greedy"), broker.add("patient")

    async def scene(client: PerxClient) -> None:
        served = 0

        async def ask_on() -> None:
            nonlocal served
            for _ in range(200):
                await client.probe()
                served += 1

        with pytest.raises(Unreachable) as caught:
            await ask_on()
        assert (caught.value.problem, caught.value.retry_after_s) == ("NET-05", 5)
        assert served > 30

    run(profile(practice, broker, greedy), scene)
    run(profile(practice, broker, patient), lambda client: client.probe())


def test_a_perx_that_is_away_or_is_somebody_else_is_no_refusal(practice, tmp_path, monkeypatch):
    known = practice.announced
    port = int(practice.base_url.rsplit(":", 1)[-1])
    with Broker(tmp_path / "away", port, known["client_id"], known["client_secret"]) as broker:
        monkeypatch.setenv("SSL_CERT_FILE", str(broker.root))
        till = broker.add("here")
        conf = broker.folder / "pos-app" / "account.conf"
        whole = conf.read_text("utf-8")
        for change in (("'perx.test'", "'other.test'"), (f":{broker.perx_port}'", ":1'")):
            conf.write_text(whole.replace(*change), "utf-8")
            broker.reload()

            async def refused(client: PerxClient) -> None:
                with pytest.raises(Unreachable) as caught:
                    await client.probe()
                assert caught.value.problem == "NET-06"

            run(profile(practice, broker, till), refused)
        assert known["client_secret"] not in broker.written()


def test_the_doctor_says_where_tokens_come_from_and_until_when(practice, broker):
    def told(till: Till) -> list[tuple[str, str, str]]:
        return asyncio.run(probe_findings(profile(practice, broker, till)))

    first, second, *_ = told(broker.add("long"))
    assert (first[0], second[0]) == ("ok", "ok")
    assert broker.token_url in first[1]
    assert told(broker.add("short", days=10))[0][0] == "warn"
    broken = broker.add("broken")
    broken[0].write_text("no certificate", "utf-8")
    found = told(broken)
    assert [one[0] for one in found] == ["fail", "fail"]
    assert all("KEY-05" in one[1] for one in found)


def test_nothing_secret_is_written(practice, broker):
    """After all of the above: no tenant secret, no till's passphrase, no token, no customer in any file of nginx."""
    run(profile(practice, broker, till := broker.add("last")), lambda client: client.probe())
    assert broker.lines_of("last", 1)
    text = broker.written()
    planted = [practice.announced["client_secret"], till[2], "access_token", "Bearer", "client_id"]
    planted += [one["identifier"] for one in practice.announced["customers"]]
    assert [one for one in planted if one in text] == []


def test_renewing_leaves_the_old_certificate_good_and_revoking_takes_both(practice, broker):
    old = broker.add("long-lived")
    kept = [broker.folder / f"old{one.suffix}" for one in old[:2]]
    for here, there in zip(old[:2], kept, strict=True):
        there.write_bytes(here.read_bytes())
    with pytest.raises(AssertionError, match="has a certificate that is valid"):
        broker.add("long-lived")
    passphrase = broker.tills("renew", "long-lived")
    both = [(*kept, old[2]), (*old[:2], passphrase)]
    for till in both:
        run(profile(practice, broker, till), lambda client: client.probe())
    broker.tills("revoke", "long-lived")
    broker.reload()
    for till in both:
        with raw(broker, till) as line:
            assert asked(line, APPLICATION)[1]["error"] == "till_revoked"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["init"], "There is an authority"),
        (["add", "two words"], "A till's name has"),
        (["add", "../up"], "A till's name has"),
        (["add"], "A till's name has"),
        (["revoke", "nobody"], "nobody has no certificate that is valid"),
        (["renew", "nobody"], "No till of that name"),
        (["fly"], "Use: tills.sh"),
    ],
)
def test_what_tills_sh_cannot_do_it_says_and_changes_nothing(practice, broker, words, said):
    files = {one: one.read_bytes() for one in broker.tills_folder.glob("*.*") if one.suffix in (".pem", ".key", ".txt")}
    with pytest.raises(AssertionError, match=said):
        broker.tills(*words)
    assert {one: one.read_bytes() for one in files} == files


def test_only_the_owner_reads_the_keys(broker):
    broker.add("private")
    keys = list(broker.tills_folder.rglob("*.key"))
    assert len(keys) > 1
    assert {one.stat().st_mode & 0o077 for one in keys} == {0}
