"""The set-up in the till's own window: from the first question to a configuration that the till opens with."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from pos_app.firstrun import steps as st
from pos_app.firstrun.stepping import opened, step
from pos_app.firstrun.work import Around, Hands
from pos_app.front import open_window
from pos_app.settings import ScreenSection, SettingsError, VaultError, machine_file, user_file
from pos_app.settings.reading import CONFIG_VARIABLE, tables_of
from pos_app.till.leaving import CloseTapped
from pos_app.ui.present.firstrun import setup_screen
from pos_app.ui.window import TillWindow

log = logging.getLogger(__name__)

Wrong = Callable[[BaseException], None]
_NO_FILE, _NO_SECRET = "CFG-001", "VLT-005"


def target_of(config: Path | None, env: Mapping[str, str]) -> Path:
    """The file that the till reads and the set-up writes: the one that is named, else the machine's or the user's."""
    named = env.get(CONFIG_VARIABLE)
    if config is not None or named:
        return config or Path(str(named))
    machine = machine_file()
    return machine if machine.exists() and os.access(machine, os.W_OK) else user_file()


def wanted(exc: Exception, target: Path) -> st.Setup | None:
    """The set-up that this trouble at the start is an occasion for; None where it is not the shop's to mend.

    Nothing is there yet: from the first question. Only the secret is missing: that one is asked for.
    """
    if isinstance(exc, SettingsError) and exc.support_code == _NO_FILE:
        return st.Setup()
    if isinstance(exc, VaultError) and exc.support_code == _NO_SECRET and target.exists():
        try:
            tables: Mapping[str, Any] = tables_of(target)
        except SettingsError:
            return None
        language = str(tables.get("shop", {}).get("language", "en"))
        return st.Setup(st.Page.SECRET, language, tables, from_file=True)
    return None


class FirstRun:
    """One set-up under way. Thread: main."""

    def __init__(self, setup: st.Setup, around: Around, window: TillWindow, closed: asyncio.Event) -> None:
        self.setup = setup
        self._window, self._closed = window, closed
        self._hands = Hands(around, self.post)
        self._tasks: set[asyncio.Task[None]] = set()
        self._is_over = False

    def post(self, event: object) -> None:
        """Something was tapped, or an answer came."""
        if isinstance(event, CloseTapped):
            self._closed.set()
        if not isinstance(event, st.Event) or self._is_over:
            return
        self.setup, effects = step(self.setup, event)
        self._window.render(setup_screen(self.setup))
        self._begin(effects)
        if self.setup.finished:
            self._closed.set()

    def begin(self) -> None:
        """Show the first question, or the one that was broken off."""
        self.setup, effects = opened(self.setup)
        self._window.render(setup_screen(self.setup))
        self._begin(effects)

    def _begin(self, effects: list[st.Effect]) -> None:
        for effect in effects:
            task = asyncio.get_running_loop().create_task(self._hands.do(effect), name=type(effect).__name__)
            self._tasks.add(task)
            task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        exc = None if task.cancelled() else task.exception()
        if exc is not None:  # nothing that nobody foresaw may leave the set-up waiting for ever
            log.error("the set-up failed at %s", task.get_name(), exc_info=exc)
            self.setup = replace(self.setup, busy="", problem="APP-01")
            self._window.render(setup_screen(self.setup))

    async def aclose(self) -> None:
        """Stop: nothing is taken any more."""
        self._is_over = True
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=5)
        await self._hands.aclose()


async def set_up(setup: st.Setup, around: Around, closed: asyncio.Event, screen: ScreenSection | None = None) -> bool:
    """Let a person set this till up; True when its configuration is written and good, False when they closed it."""
    window = open_window(screen or ScreenSection(), closed)
    kept = around.kept() if setup.page is st.Page.LANGUAGE else None
    begun = kept or setup
    run = FirstRun(replace(begun, has_secret=around.has_secret(begun.tables)), around, window, closed)
    window.happened.connect(run.post)
    try:
        run.begin()
        await closed.wait()
    finally:
        window.happened.disconnect(run.post)
        await run.aclose()
        window.hide()
        window.deleteLater()
    if run.setup.finished:
        closed.clear()
    return run.setup.finished
