"""An amount is the same on the keypad, on the screen, on the wire and on the slip, in every locale and currency."""

from __future__ import annotations

import asyncio
import json
import random
import re
import tomllib
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import pytest
from babel.numbers import parse_decimal
from perx_loopback import answering, loopback, reply
from PySide6.QtCore import QLocale, Qt
from PySide6.QtTest import QTest
from till_bench import SOMCHAI, START, Bench

from pos_app.domain.commands import RecordSale
from pos_app.domain.money import exponent
from pos_app.perx.client import PerxClient
from pos_app.settings import SettingsError, build
from pos_app.settings.reading import example
from pos_app.till import events as ev
from pos_app.till.state import Shop, State
from pos_app.ui.present import present, receipt
from pos_app.ui.theme import Look
from pos_app.ui.window import TillWindow

CURRENCIES = ["SGD", "THB", "IDR", "VND", "JPY", "KWD"]
LOCALES = ["en_SG", "de_DE", "fr_FR", "ar_EG", "hi_IN", "th_TH", "id_ID", "vi_VN", "zh_CN", "de_CH"]
KEYS = [*"0123456789", "00", "delete"]


@pytest.fixture(params=["de_DE", "ar_EG"])
def system(request) -> Iterator[None]:
    """A computer whose own language writes numbers in another way than the shop."""
    before = QLocale()
    QLocale.setDefault(QLocale(request.param))
    yield
    QLocale.setDefault(before)


def typed(draw: random.Random) -> list[str]:
    return ["5", *(draw.choice(KEYS) for _ in range(draw.randrange(8)))]


def expected(keys: list[str], currency: str) -> tuple[int, str]:
    """The minor units that these keys mean, and how they are written in major units."""
    digits = ""
    for key in keys:
        digits = digits[:-1] if key == "delete" else digits + key
    minor, places = int(digits or 0), exponent(currency)
    text = f"{minor:0{places + 1}d}"
    return minor, f"{text[:-places]}.{text[-places:]}" if places else text


def served(currency: str, locale: str) -> Bench:
    """A sale at its start, with a customer and no vouchers."""
    bench = Bench()
    bench.state = State(START, Shop(currency=currency, locale=locale))
    bench.customer(())
    return bench


@pytest.mark.fault("FM-14", "row 28")
@pytest.mark.parametrize("currency", CURRENCIES)
def test_keypad_screen_wire_and_slip_agree(system, currency):
    async def scene():
        draw = random.Random(currency)
        behave = answering(reply(201, {"data": {"id": 1}}))
        async with loopback(behave) as server, PerxClient(server.profile()) as client:
            for locale in LOCALES * 3:
                keys, bench = typed(draw), served(currency, locale)
                bench.bill(*keys)
                minor, written = expected(keys, currency)
                shown = present(bench.state).body.till.card.typed
                assert parse_decimal(shown, locale=locale) == Decimal(written), (keys, locale, shown)
                bench.happen(ev.CompleteTapped())
                if not minor:
                    assert not bench.stored(RecordSale)
                    continue
                [sale] = bench.stored(RecordSale)
                assert (sale.amount_minor, sale.currency) == (minor, currency)
                await client.record_transaction(sale)
                sent = re.search(rb'"amount":([^,}]+)', server.seen[-1].raw_body)
                assert sent[1].decode() == written
                slip = receipt(bench.state.sale.record, bench.state.shop)
                assert shown in {line.right for line in slip.lines}, (locale, shown)

    asyncio.run(scene())


@pytest.mark.fault("FM-14")
@pytest.mark.parametrize("text", ["12.50", "12,50", "1250", "12 50"])
def test_a_dot_or_a_comma_of_a_keyboard_changes_no_amount(qapp, text):
    bench = served("SGD", "en_SG")
    window = TillWindow(Look())
    window.happened.connect(lambda event: (bench.happen(event), window.render(present(bench.state))))
    window.render(present(bench.state))
    window.show()
    keys = {".": Qt.Key.Key_Period, ",": Qt.Key.Key_Comma, " ": Qt.Key.Key_Space}
    for char in text:
        QTest.keyClick(window, keys.get(char) or Qt.Key(ord(char)))
        assert bench.state.sale.bill_minor == 0 or present(bench.state).body.till.card.typed
    assert bench.state.sale.bill_minor == 1250
    assert present(bench.state).body.till.card.typed == "12.50"
    window.close()
    window.deleteLater()


@pytest.mark.fault("FM-14", "row 28")
@pytest.mark.parametrize("locale", ["en_XX", "zz_ZZ", "english", " "])
def test_a_locale_that_nobody_knows_is_refused_at_the_start_and_not_at_the_first_figure(locale):
    tables = tomllib.loads(example())
    tables["money"]["locale"] = locale
    with pytest.raises(SettingsError, match=r"money\.locale"):
        build(tables, {})


@pytest.mark.fault("FM-14", "row 28")
@pytest.mark.parametrize("locale", LOCALES)
def test_every_screen_can_be_drawn_in_every_locale(locale):
    tables = tomllib.loads(example())
    tables["money"]["locale"] = locale
    assert build(tables, {}).money.locale == locale
    bench = served("KWD", locale)
    bench.bill("1", "2", "3", "4", "5", "6", "7")
    bench.happen(ev.CompleteTapped(), ev.Ticked(), after_s=timedelta(seconds=20).total_seconds())
    assert bench.state.sale.record.identifier == SOMCHAI.identifier
    assert json.dumps(bench.state.sale.record.to_body())
