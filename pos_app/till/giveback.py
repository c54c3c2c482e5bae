"""All that Perx holds for an open sale, given back: vouchers, points, a reward, and what a PIN has used. Pure."""

from __future__ import annotations

from pos_app.till import basket, claim, pay, pin
from pos_app.till.effects import Effect
from pos_app.till.state import Moment, Sale


def everything(sale: Sale, moment: Moment) -> list[Effect]:
    """Commands that give it all back. What is still under way follows by itself, once it is known."""
    return [
        *basket.give_back_all(sale, moment),
        *pay.give_back(sale, moment),
        *claim.give_back(sale, moment),
        *pin.give_back(sale, moment),
    ]
