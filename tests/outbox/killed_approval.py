"""A till that dies when a try at a PIN was counted, before it is looked at. Arguments: data file, name, PIN."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import Any

from pos_app.outbox import Database
from pos_app.outbox.people import People


class Dies(Database):
    """The real data file, under a program that ends as a power cut would end it."""

    async def call(self, fn: Any, *args: Any, **kwargs: Any) -> Any:
        result = await super().call(fn, *args, **kwargs)
        if fn.__name__ == "_count":
            os._exit(9)
        return result


async def main(path: Path, name: str, pin: str) -> None:
    await People(await Dies.open(path), b"pepper").approve(name, pin)


asyncio.run(main(Path(sys.argv[1]), sys.argv[2], sys.argv[3]))
