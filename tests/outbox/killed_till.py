"""A till without a screen, to be killed: it puts sales, prints each durable reference, and delivers for ever.

Arguments: data file, port of the server, number of sales, "reads" or "blind" (never looks before a resend).
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path

from pos_app.domain.codes import Ref
from pos_app.domain.commands import Command, Done, Finding, Found, NoAnswer, NotFound, Outcome, RecordSale
from pos_app.outbox import Database, Outbox, Pace

SETTLE_S = 0.3


async def main(path: Path, port: int, count: int, is_blind: bool) -> None:
    async def ask(op: str, ref: Ref) -> bool | None:
        writer = None
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(json.dumps({"op": op, "ref": ref}).encode() + b"\n")
            line = await reader.readline()
            return bool(json.loads(line)["found"]) if line else None
        except OSError:
            return None
        finally:
            if writer is not None:
                writer.close()

    async def send(command: Command) -> Outcome:
        return NoAnswer("NET-02") if await ask("post", command.ref) is None else Done()

    async def read_back(command: Command, age_s: float) -> Finding:
        if is_blind:
            return NotFound()
        return Found() if await ask("find", command.ref) else NotFound()

    outbox = Outbox(
        await Database.open(path),
        pace=Pace(0.0 if is_blind else SETTLE_S, (0.02, 0.1), 0.02, 0.1),
    )
    delivery = asyncio.create_task(outbox.run(send, read_back))
    for n in range(count):
        sale = RecordSale(
            ref=Ref(f"S{n}"), identifier=f"C-{n % 17}", amount_minor=100, currency="SGD", sold_at="2026-03-01"
        )
        await outbox.put(sale)
        os.write(1, f"{sale.ref}\n".encode())
        await asyncio.sleep(0.001)
    while True:
        backlog = await outbox.backlog()
        if backlog.waiting == backlog.checking == 0:
            os.write(1, f"drained {backlog.attention}\n".encode())
        await asyncio.wait({delivery}, timeout=0.05)


asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4] == "blind"))
