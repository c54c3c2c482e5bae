"""A shop for one journey: real sandbox process, serial line, database file and window; nothing is pretended."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from pos_app.tour.shop import Shop

Open = Callable[..., Any]


@pytest.fixture
def shop(tmp_path, qapp) -> Open:
    """Open a shop: `async with shop() as s`; settings tables by keyword; `first` is what it says when it is open."""

    @asynccontextmanager
    async def open_shop(first: str = "Ready to scan", **tables: dict[str, Any]) -> AsyncIterator[Shop]:
        async with Shop(tmp_path, tables) as opened:
            await opened.hand.sees(first)
            yield opened

    return open_shop
