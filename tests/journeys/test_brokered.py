"""A till that holds no secret of the tenant: it sells by its own certificate, until IT takes that back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from broker_bench import NEEDS_NGINX, Broker, free_port
from test_selling import qr

from pos_app.outbox import pacing, transitions
from pos_app.practice import Practice
from pos_app.sandbox.world import CLIENT_ID, CLIENT_SECRET
from pos_app.tour.hand import until
from pos_app.tour.shop import Shop

pytestmark = NEEDS_NGINX


@dataclass
class Counter:
    """A shop, its broker, and the vault of its till: `secrets` is all that the till is given."""

    shop: Shop
    broker: Broker
    certificate: Path
    key: Path
    secrets: dict[str, str] = field(default_factory=dict)

    def hand_over(self) -> None:
        """Take a new certificate to the till, as IT does."""
        made, key, passphrase = self.broker.add("till-2")
        self.certificate.write_bytes(made.read_bytes())
        self.key.write_bytes(key.read_bytes())
        self.secrets["POS_APP_SECRET_BROKER_KEY"] = passphrase


@pytest.fixture
def brokered(tmp_path, qapp, monkeypatch):
    """Open a shop whose tokens come through nginx; Perx is where the broker says that it is."""

    @asynccontextmanager
    async def opened() -> AsyncIterator[Counter]:
        port = free_port()
        with Broker(tmp_path / "nginx", port, CLIENT_ID, CLIENT_SECRET) as broker:
            for module in (pacing, transitions):  # a till that was refused waits a minute; a test need not
                monkeypatch.setattr(module, "STOPPED_FOR_MS", 1000)
            monkeypatch.delenv("SSL_CERT_DIR", raising=False)
            monkeypatch.setenv("SSL_CERT_FILE", str(broker.root))
            certificate, key = tmp_path / "till-2.pem", tmp_path / "till-2.key"
            perx = {
                "token_url": broker.token_url,
                "client_id": "till-2",
                "client_certificate": str(certificate),
                "client_key": str(key),
                "key_credential": "broker-key",
            }
            shop = Shop(tmp_path, {"perx": perx})
            shop.practice.announced = {"base_url": f"http://127.0.0.1:{port}"}
            here = Counter(shop, broker, certificate, key, {"POS_APP_SECRET_PIN_PEPPER": "pepper"})
            here.hand_over()
            monkeypatch.setattr(Practice, "secrets", property(lambda _: dict(here.secrets)))
            async with shop:
                await shop.hand.sees("Ready to scan")
                yield here

    return opened


async def sold(s: Shop, voucher: str = "") -> None:
    """A customer, perhaps a voucher, and twelve dollars more than the voucher needs."""
    s.scan(voucher or s.known[1])
    await s.hand.sees("Held for this sale" if voucher else "can be used now")
    s.keys("8", "0", "00")


async def test_a_till_without_the_tenants_secret_sells_and_is_locked_out_in_words(brokered):
    async with brokered() as here:
        s = here.shop
        await sold(s, qr(s, "LUMEN10"))
        s.hand.tap("Complete")
        await s.hand.sees("1 voucher used. Perx confirmed it.")
        assert s.voucher("LUMEN10")["redemptions"] == 1
        s.hand.tap("Next customer")
        await s.hand.sees("Ready to scan")

        await sold(s)
        here.broker.tills("revoke", "till-2")
        here.broker.reload()
        s.practice.ask("POST", "/_sandbox/tokens/revoke", {})  # they end by themselves, but later than a test waits
        s.hand.tap("Complete")
        await s.hand.sees("The company's token service does not let this till in any more.", "KEY-04", "Saved")
        await s.hand.sees("Sales are kept on this till. Call IT: its certificate was taken back.")
        assert len(s.ledger["transactions"]) == 1

        await s.close()
        here.hand_over()
        await s.open()
        await until(lambda: not s.state.backlog.waiting, "the sale was never delivered")
        assert len(s.ledger["transactions"]) == 2
        assert "KEY-04" not in s.hand.said()

    planted = [CLIENT_SECRET, here.secrets["POS_APP_SECRET_BROKER_KEY"]]
    files = [one for one in (s.data / "till").rglob("*") if one.is_file()]
    assert files
    assert [text for text in planted for one in files if text.encode() in one.read_bytes()] == []


async def test_while_the_broker_is_away_the_till_sells_on_and_delivers_later(brokered):
    async with brokered() as here:
        s = here.shop
        await sold(s)
        here.broker.stop()
        s.practice.ask("POST", "/_sandbox/tokens/revoke", {})
        s.hand.tap("Complete")
        await s.hand.sees("Saved", "Offline")
        assert not s.ledger["transactions"]
        here.broker.start()
        await until(lambda: not s.state.backlog.waiting, "the sale was never delivered")
        assert len(s.ledger["transactions"]) == 1


async def test_a_lost_certificate_is_named_and_no_sale_is_lost(brokered):
    async with brokered() as here:
        s = here.shop
        await sold(s)
        await s.close()
        here.certificate.rename(here.certificate.with_suffix(".away"))
        await s.open()
        await s.hand.sees("This till has no valid certificate for the company's token service.", "KEY-05")
        s.hand.tap("Complete")
        await s.hand.sees("Saved")
        assert not s.ledger["transactions"]
        await s.close()
        here.certificate.with_suffix(".away").rename(here.certificate)
        await s.open()
        await until(lambda: not s.state.backlog.waiting, "the sale was never delivered")
        assert len(s.ledger["transactions"]) == 1
