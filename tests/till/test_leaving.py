"""Closing the till: anybody may where it is no kiosk; a kiosk asks a supervisor, and its menu says so."""

from __future__ import annotations

from dataclasses import replace

from till_bench import Bench

from pos_app.till import events as ev
from pos_app.till.effects import Note
from pos_app.till.leaving import CloseTapped, Let, LetOut
from pos_app.till.state import PanelKind, Shop
from pos_app.ui.present import present

BADGE = ev.Scanned("POS:STAFF:PRACTICE-NOOR")


def kiosk() -> Bench:
    bench = Bench()
    bench.state = replace(bench.state, shop=Shop(kiosk=True))
    return bench


def menu(bench: Bench) -> str:
    return "\n".join(f"{row.title} {row.detail}" for row in present(bench.state).body.rows)


def test_a_till_that_is_no_kiosk_closes_when_it_is_told_to():
    bench = Bench()
    bench.happen(CloseTapped())
    assert bench.state.left


def test_a_kiosk_stays_and_its_menu_says_who_may_close_it():
    bench = kiosk()
    bench.happen(CloseTapped())
    assert not bench.state.left
    assert bench.state.panel.kind is PanelKind.MENU
    assert "A supervisor scans their badge now." in menu(bench)


def test_a_menu_of_a_till_that_is_no_kiosk_has_no_such_row():
    bench = Bench()
    bench.happen(ev.PanelOpened("menu"))
    assert "badge" not in menu(bench)


def test_a_badge_counts_only_while_the_menu_is_open():
    bench = kiosk()
    assert not [one for one in bench.happen(BADGE) if isinstance(one, LetOut)]
    bench.happen(CloseTapped())
    assert bench.happen(BADGE) == [LetOut("PRACTICE-NOOR")]
    assert not bench.state.left, "a badge that nobody has looked at let somebody out"


def test_who_let_it_close_is_written_down():
    bench = kiosk()
    bench.happen(CloseTapped())
    assert Note("till closed", "", {"approved_by": "Noor H."}) in bench.happen(Let("Noor H."))
    assert bench.state.left


def test_a_badge_that_may_not_is_told_so_and_the_kiosk_stays():
    bench = kiosk()
    bench.happen(CloseTapped(), Let(denied="PIN-03"))
    assert not bench.state.left
    assert "PIN-03" in present(bench.state).toast.words
