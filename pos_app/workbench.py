"""What the service screen of a running till works with: the scanner's trace, this machine, a test slip, the clipboard.

Looking the machine over blocks (the system's vault, the disk), so it has a thread of its own, named "service".
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

from msgspec.structs import replace
from PySide6.QtGui import QGuiApplication

from pos_app.devices.scanner import Trace
from pos_app.examine import examine_running
from pos_app.printing import Slips, write_test_slip
from pos_app.settings import Settings
from pos_app.till.servicework import Bench, SlipTestError
from pos_app.till.servicing import Found
from pos_app.till.work import SlipError

log = logging.getLogger(__name__)

SUPPORT_FILE = "support.txt"
_BADGE = re.compile(rb"(POS:STAFF:)[^\r\n]*", re.IGNORECASE)


def workbench(
    settings: Settings,
    env: Mapping[str, str],
    trace: Callable[[], Sequence[Trace]],
    slips: Slips,
    stack: ExitStack,
) -> Bench:
    """The service screen's work on this machine; its thread ends with the stack. Thread: main."""
    pool = ThreadPoolExecutor(1, thread_name_prefix="service")
    stack.callback(pool.shutdown, wait=False, cancel_futures=True)

    async def examine() -> tuple[Found, ...]:
        return await asyncio.get_running_loop().run_in_executor(pool, _found, settings, dict(env))

    async def print_test() -> str:
        try:
            return "" if await slips.test() else str(write_test_slip(settings))
        except SlipError as exc:
            raise SlipTestError(exc.problem) from exc
        except OSError as exc:
            log.warning("the test slip could not be written: %s", exc)
            raise SlipTestError("SLIP-01") from exc

    return Bench(lambda: _without_badges(trace()), examine, print_test, lambda text: _copy(text, settings.data_dir))


def _found(settings: Settings, env: Mapping[str, str]) -> tuple[Found, ...]:
    return tuple(Found(one.level, one.what, one.fix, one.code) for one in examine_running(settings, env))


def _without_badges(trace: Sequence[Trace]) -> list[Trace]:
    """The trace without the secret of a staff badge: whoever saw it could sign on with it."""
    return [replace(one, data=_BADGE.sub(rb"\1****", one.data)) for one in trace]


def _copy(text: str, folder: Path) -> str:
    """Put a text on the clipboard and into a file, whose path is given back; "" when it could not be written."""
    QGuiApplication.clipboard().setText(text)
    path = folder / "log" / SUPPORT_FILE
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    except OSError as exc:
        log.warning("the text for support could not be written: %s", exc)
        return ""
    return str(path)
