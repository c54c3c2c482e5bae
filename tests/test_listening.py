"""The set-up's ear: it names a port once a scan on it is heard, and none that it could not open."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

from pos_app.devices.ports import PortInfo
from pos_app.firstrun.listening import Listening
from pos_app.firstrun.steps import Heard, PortsSeen
from pos_app.tour.hand import until
from pos_app.tour.serial_line import SerialLine


def test_a_port_is_named_once_it_is_open_and_what_is_sent_then_is_heard(tmp_path):
    line = SerialLine(tmp_path / "scanner")
    line.open()
    ports = [PortInfo(line.port, description="a scanner"), PortInfo(str(tmp_path / "gone"), description="not there")]
    told: list[object] = []

    def named() -> list[str]:
        return [words for one in told if isinstance(one, PortsSeen) for words in one.ports]

    def heard(event: object) -> None:
        told.append(event)
        if named() and line.port in named()[-1] and not sent:
            sent.append(line.send(b"\x02]C0CODE-9\x03"))  # at once: whoever reads the name may scan

    async def scene() -> None:
        with ThreadPoolExecutor(1) as pool:
            listening = Listening(heard, pool, lambda: ports)
            listening.start()
            try:
                await until(lambda: any(isinstance(one, Heard) for one in told), "what was sent at once was not heard")
            finally:
                await listening.stop()

    sent: list[None] = []
    asyncio.run(scene())
    line.close()
    assert not [one for one in named() if "gone" in one]
