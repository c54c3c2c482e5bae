"""The one runner: takes events, keeps the state, starts what steps ask for. It decides nothing."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from datetime import datetime

from msgspec.structs import replace

from pos_app.domain.codes import Ref
from pos_app.till.effects import Effect
from pos_app.till.events import Event
from pos_app.till.state import Moment, State
from pos_app.till.step import step
from pos_app.till.work import Tools, Work

Listener = Callable[[State], None]


class Till:
    """The till core.

    Thread: main. `post` may be called from anywhere on the main thread, also while an event is handled.
    """

    def __init__(
        self,
        state: State,
        *,
        clock: Callable[[], datetime],
        mint: Callable[[], Ref],
        on_wrong: Callable[[BaseException], None],
    ) -> None:
        self.state = state
        self._clock = clock
        self._mint = mint
        self._on_wrong = on_wrong
        self._listener: Listener | None = None
        self._work: Work | None = None
        self._waiting: deque[Event] = deque()
        self._is_stepping = False
        self._tasks: set[asyncio.Task[None]] = set()
        self._is_closed = False
        self._changed = asyncio.Event()

    def listen(self, listener: Listener) -> None:
        """Hand every new state to `listener`, in the same turn; there is one listener."""
        self._listener = listener
        listener(self.state)

    async def start(self, tools: Tools) -> None:
        """Begin to work, and bring the last run's sale back; until it is there no tap and no scan counts."""
        self.state = replace(self.state, is_begun=False)
        self._work = Work(tools, self.post)
        await self._work.restore()

    def post(self, event: Event) -> None:
        """Something happened. The new state is published before this returns, unless a step is under way."""
        self._waiting.append(event)
        if self._is_stepping or self._is_closed:
            return
        self._is_stepping = True
        try:
            while self._waiting:
                self._step(self._waiting.popleft())
        finally:
            self._is_stepping = False

    def _step(self, event: Event) -> None:
        state, effects = step(self.state, event, Moment(self._clock(), self._mint))
        self.state = state
        self._changed.set()
        if self._listener is not None:
            self._listener(state)
        for effect in effects:
            self._begin(effect)

    def _begin(self, effect: Effect) -> None:
        if self._work is None:
            return
        task = asyncio.get_running_loop().create_task(self._work.do(effect), name=type(effect).__name__)
        self._tasks.add(task)
        task.add_done_callback(self._on_done)

    def _on_done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (exc := task.exception()) is not None:
            self._on_wrong(exc)

    @property
    def is_busy(self) -> bool:
        """Whether anything that a step asked for is still under way."""
        return bool(self._tasks)

    async def changed(self) -> State:
        """Wait for the next state; bound it with `asyncio.timeout`."""
        self._changed.clear()
        await self._changed.wait()
        return self.state

    async def aclose(self) -> None:
        """Stop: no event is taken any more, and what is under way is cancelled (rows are durable)."""
        self._is_closed = True
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=2)
