"""The delivery protocol as a model for the checker: the queue by its real SQL and rules, the rest as small values.

Whatever decides something about an entry is the product's own code: `rows` and `claims` run on a database in memory,
`after_send` and `after_look` are called as they are. The model adds only what the product cannot decide: when a
request takes effect, which answer is lost, when the program is killed, what a person does, and how time passes.

Time stands still between ticks; `SETTLE` ticks are the quiet time. Back-off has no jitter (the shortest wait), and
the till may be as slow as it likes, so that every longer wait is covered too.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from delivery_checker import ViolationError
from delivery_queue import AGE_CAP, BLIND, FAR, Queue, Row, Rows, Task


class Request(NamedTuple):
    """A request at the server; `left`: ticks in which it may still take effect or show, None while it is awaited."""

    took_effect: bool
    left: int | None


class Effects(NamedTuple):
    """What the server made of one entry."""

    requests: tuple[Request, ...] = ()
    count: int = 0
    shows: bool = False


class Faults(NamedTuple):
    """How many faults may still happen."""

    crashes: int = 0
    lost: int = 0
    unsent: int = 0
    blind: int = 0
    verdicts: int = 0
    hands: int = 0
    kicks: int = 0


class World(NamedTuple):
    """All of it. `closed`: entries that a person gave up; only the person knows what is true of them."""

    rows: tuple[Row, ...]
    tasks: tuple[Task, ...]
    effects: tuple[Effects, ...]
    up: bool
    faults: Faults
    closed: frozenset[int] = frozenset()


Step = tuple[str, World]


@dataclass
class Model:
    """The till and the world around it."""

    queue: Queue
    faults: Faults

    def start(self) -> World:
        """Nothing is stored yet, and the till runs."""
        return World((), (), (), True, self.faults)

    def steps(self, world: World) -> Iterator[Step]:
        """Everything that may happen next."""
        for label, after in self._all_steps(world):
            yield label, self._plain(after)

    def calm(self, world: World) -> Iterator[Step]:
        """What happens when nothing fails any more."""
        for label, after in self._calm_steps(world):
            yield label, self._plain(after)

    def core(self, world: World) -> World:
        """The world with no faults left."""
        return world._replace(faults=Faults())

    def _all_steps(self, world: World) -> Iterator[Step]:
        if world.up:
            yield from self._put(world)
            yield from self._claim(world)
            for number in range(len(world.tasks)):
                yield from self._work(world, number)
                yield from self._fail(world, number)
            yield from self._by_hand(world)
            if world.faults.kicks and world.rows:
                faults = world.faults._replace(kicks=world.faults.kicks - 1)
                yield (
                    "the link is back: everything is due",
                    world._replace(faults=faults, rows=self.queue.hasten(world.rows)),
                )
            if world.faults.crashes:
                yield "CRASH", self._crashed(world)
        else:
            for shift in (0, FAR, -FAR):
                yield f"start{f', the clock was set {-shift:+} ticks' if shift else ''}", self._started(world, shift)
        for number in range(len(world.effects)):
            yield from self._serve(world, number)
        later = self._tick(world)
        if later != world:
            yield "a tick", later

    def _calm_steps(self, world: World) -> list[Step]:
        """One thing after the other; only a late request has a choice."""
        if not world.up:
            return [("start", self._started(world, 0))]
        for number in range(len(world.tasks)):
            for step in (*self._work(world, number), *self._serve(world, world.tasks[number].entry, awaited=True)):
                if "refuses" not in step[0]:
                    return [step]
        for one in (*self._claim(world), *self._put(world)):
            return [one]
        late = [step for number in range(len(world.effects)) for step in self._serve(world, number)]
        later = self._tick(world)
        return [*late, *([("a tick", later)] if later != world else [])]

    # ------------------------------------------------------------ the till

    def _put(self, world: World) -> Iterator[Step]:
        number = len(world.rows)
        if number < len(self.queue.commands):
            after = world._replace(rows=self.queue.put(world.rows), effects=(*world.effects, Effects()))
            yield f"put {self._ref(number)}", after

    def _claim(self, world: World) -> Iterator[Step]:
        taken, after = self.queue.claim(world.rows)
        if not taken:
            return
        for task in taken:
            if task.state == "sending":
                self._check_order(world, task.entry)
        names = ", ".join(
            f"{self._ref(one.entry)} for a {'look' if one.state == 'checking' else 'send'}" for one in taken
        )
        yield f"claim {names}", world._replace(rows=after, tasks=(*world.tasks, *taken))

    def _check_order(self, world: World, entry: int) -> None:
        lane = self.queue.commands[entry].lane
        for other, row in enumerate(world.rows):
            if self.queue.commands[other].lane != lane or other == entry:
                continue
            if row.state in ("sending", "checking") or (other < entry and row.state == "waiting"):
                raise ViolationError(f"{self._ref(entry)} is sent while {self._ref(other)} of its lane is {row.state}")

    def _work(self, world: World, number: int) -> Iterator[Step]:
        """The task goes on, and nothing fails."""
        task = world.tasks[number]
        ref, effects = self._ref(task.entry), world.effects[task.entry]
        if task.step == "answered":
            yield f"write down of {ref}: {task.answer}", self._applied(world, number)
        elif task.state == "checking":
            answer = "found" if effects.shows else "not found"
            yield (
                f"look for {ref}: {answer}",
                self._with_task(world, number, task._replace(step="answered", answer=answer)),
            )
        elif task.step == "taken":
            if world.rows[task.entry].state != "sending":
                raise ViolationError(f"{ref} is sent, but the file does not say so")
            asked = self._with_task(world, number, task._replace(step="asked"))
            sent = effects._replace(requests=(*effects.requests, Request(False, None)))
            yield f"send {ref}", self._with_effects(asked, task.entry, sent)
        elif self._awaited(effects).took_effect or self.queue.assumed.refuses:
            answer = "done" if self._awaited(effects).took_effect else "refused"
            after = self._with_task(world, number, task._replace(step="answered", answer=answer))
            if answer == "refused":
                gone = effects._replace(requests=tuple(one for one in effects.requests if one.left is not None))
                yield f"Perx refuses {ref}", self._with_effects(after, task.entry, gone)
            else:
                yield f"Perx answers {ref}", after

    def _fail(self, world: World, number: int) -> Iterator[Step]:
        """The task meets a fault."""
        task, faults = world.tasks[number], world.faults
        ref = self._ref(task.entry)

        def answered(answer: str, left: Faults) -> World:
            after = self._with_task(world, number, task._replace(step="answered", answer=answer))
            return after._replace(faults=left)

        if task.state == "checking" and task.step == "taken":
            if faults.blind:
                left = faults._replace(blind=faults.blind - 1)
                yield f"look for {ref}: fails", answered("cannot tell", left)
                yield f"look for {ref}: fails once too often", answered(BLIND, left)
            if faults.verdicts:
                left = faults._replace(verdicts=faults.verdicts - 1)
                yield f"look for {ref}: only a person can judge", answered("a person must", left)
        elif task.step == "taken" and faults.unsent:
            yield f"{ref} cannot be sent", answered("not sent", faults._replace(unsent=faults.unsent - 1))
        elif task.step == "asked" and faults.lost:
            lost = answered("no answer", faults._replace(lost=faults.lost - 1))
            yield f"the answer to {ref} is LOST", self._given_up(lost, task.entry)

    def _applied(self, world: World, number: int) -> World:
        task = world.tasks[number]
        after = self._applied_rows(world.rows, task)
        return world._replace(rows=after, tasks=world.tasks[:number] + world.tasks[number + 1 :])

    def _applied_rows(self, before: Rows, task: Task) -> Rows:
        return self.queue.apply(before, task) if task.step == "answered" else before

    def _started(self, world: World, shift: int) -> World:
        return world._replace(up=True, rows=self.queue.recover(world.rows, shift))

    def _by_hand(self, world: World) -> Iterator[Step]:
        if not world.faults.hands:
            return
        left = world._replace(faults=world.faults._replace(hands=world.faults.hands - 1))
        for number, row in enumerate(world.rows):
            if row.state not in ("waiting", "checking", "attention"):
                continue
            shows = world.effects[number].shows  # a person who sees it at Perx does not send it again
            for state, words in (("waiting", "send again"), ("checking", "check again"), ("refused", "give up")):
                if state == "waiting" and shows:
                    continue
                after = left._replace(rows=self.queue.settle(world.rows, number, state))
                closed = world.closed | {number} if state == "refused" else world.closed
                yield f"a person: {words} {self._ref(number)}", after._replace(closed=closed)

    # ------------------------------------------------------------ the world

    def _crashed(self, world: World) -> World:
        for task in world.tasks:
            world = self._given_up(world, task.entry)
        faults = world.faults._replace(crashes=world.faults.crashes - 1)
        return world._replace(up=False, tasks=(), faults=faults)

    def _given_up(self, world: World, number: int) -> World:
        """Nobody waits for these requests any more: from now on their time counts."""
        within = {False: self.queue.assumed.takes_effect_within, True: self.queue.assumed.shows_within}
        effects = world.effects[number]
        requests = tuple(
            Request(one.took_effect, within[one.took_effect]) if one.left is None else one for one in effects.requests
        )
        return self._with_effects(world, number, effects._replace(requests=requests))

    def _serve(self, world: World, number: int, awaited: bool = False) -> Iterator[Step]:
        effects = world.effects[number]
        for at, request in enumerate(effects.requests):
            rest = effects.requests[:at] + effects.requests[at + 1 :]
            if awaited and request.left is not None:
                continue
            if not request.took_effect:
                if effects.count:
                    raise ViolationError(f"{self._ref(number)} takes effect a second time")
                left = self._until_it_shows(request.left)
                after = effects._replace(requests=(*rest, Request(True, left)), count=effects.count + 1)
                yield f"{self._ref(number)} TAKES EFFECT", self._with_effects(world, number, after)
            elif not effects.shows:
                shown = effects._replace(shows=True)
                yield f"the effect of {self._ref(number)} shows", self._with_effects(world, number, shown)

    def _until_it_shows(self, left: int | None) -> int | None:
        gone = 0 if left is None else self.queue.assumed.takes_effect_within - left
        return None if left is None else max(1, self.queue.assumed.shows_within - gone)

    def _tick(self, world: World) -> World:
        later = tuple(
            row._replace(
                due=None if row.due is None else max(0, row.due - 1),
                age=None if row.age is None else min(AGE_CAP, row.age + 1),
            )
            for row in world.rows
        )
        tasks = tuple(map(_task_later, world.tasks))
        return world._replace(rows=later, tasks=tasks, effects=tuple(map(_effects_later, world.effects)))

    # ------------------------------------------------------------ what must hold

    def check(self, world: World) -> None:
        """What must hold in every state."""
        busy: set[str] = set()
        for number, row in enumerate(world.rows):
            effects = world.effects[number]
            lane = self.queue.commands[number].lane
            if (row.due is not None and row.state == "waiting") or row.state == "sending":
                if lane in busy:
                    raise ViolationError(f"two of the lane {lane} may be sent at once")
                busy.add(lane)
            if number in world.closed:
                continue
            if row.state == "done" and effects.count != 1:
                raise ViolationError(f"{self._ref(number)} is done, but it never took effect")
            if row.state == "refused" and (effects.count or effects.requests):
                raise ViolationError(f"{self._ref(number)} is refused, but it takes effect")

    def end(self, world: World) -> tuple[tuple[str, int], ...]:
        """The end of everything: settled, or before a person."""
        for number, row in enumerate(world.rows):
            if row.state not in ("done", "refused", "attention"):
                raise ViolationError(f"{self._ref(number)} stays {row.state} for ever")
            if self._takes(number) and row.held != (row.state != "refused" and not self._is_freed(world, number)):
                raise ViolationError(f"{self._ref(number)} is {row.state}, its hold is {row.held}")
        return tuple((row.state, effects.count) for row, effects in zip(world.rows, world.effects, strict=True))

    def _takes(self, number: int) -> bool:
        return self.queue.rule(number).takes

    def _is_freed(self, world: World, number: int) -> bool:
        later = range(number + 1, len(world.rows))
        return any(self.queue.rule(one).frees and world.rows[one].state == "done" for one in later)

    # ------------------------------------------------------------ one form for what is the same

    def _plain(self, world: World) -> World:
        """The world without what makes no difference any more: counters, answered requests, overtaken tasks."""
        tasks: list[Task] = []
        plain = list(world.rows)
        effects = list(world.effects)
        for task in world.tasks:
            row = world.rows[task.entry]
            if (task.tries, task.looks) == (row.tries, row.looks):
                tasks.append(task._replace(tries=min(task.tries, 1), looks=int(row.state != "sending")))
            elif self._applied_rows(world.rows, task) != world.rows:
                raise ViolationError(f"an overtaken answer changes {self._ref(task.entry)}")
        at_work = {task.entry for task in tasks}
        for number, row in enumerate(world.rows):
            looks = int(number in at_work and row.state != "sending")
            plain[number] = row._replace(tries=min(row.tries, 1), looks=looks)
            if row.state in ("done", "refused"):
                plain[number] = row._replace(rank=0, due=None, age=None, tries=0, looks=0, lost=0)
                requests = tuple(one for one in effects[number].requests if not one.took_effect)
                effects[number] = effects[number]._replace(requests=requests, shows=True)
            elif effects[number].shows:
                requests = tuple(one for one in effects[number].requests if one.left is None or not one.took_effect)
                effects[number] = effects[number]._replace(requests=requests)
        return world._replace(rows=tuple(plain), tasks=tuple(sorted(tasks)), effects=tuple(effects))

    # ------------------------------------------------------------ small things

    def _ref(self, number: int) -> str:
        return self.queue.commands[number].ref

    @staticmethod
    def _awaited(effects: Effects) -> Request:
        [request] = [one for one in effects.requests if one.left is None]
        return request

    @staticmethod
    def _with_task(world: World, number: int, task: Task) -> World:
        return world._replace(tasks=(*world.tasks[:number], task, *world.tasks[number + 1 :]))

    @staticmethod
    def _with_effects(world: World, number: int, effects: Effects) -> World:
        return world._replace(effects=(*world.effects[:number], effects, *world.effects[number + 1 :]))


def _task_later(task: Task) -> Task:
    if task.state == "checking":  # its answer is under way, as long as it takes
        return task._replace(age=min(AGE_CAP, task.age + 1))
    return task._replace(since=min(AGE_CAP, task.since + 1) if task.step == "answered" else 0)


def _effects_later(effects: Effects) -> Effects:
    """Every request that nobody waits for has a tick less; at the end it shows, or it never took effect."""
    kept = []
    for one in effects.requests:
        if one.left is None or one.left > 1:
            kept.append(one if one.left is None else one._replace(left=one.left - 1))
        elif one.took_effect:
            effects = effects._replace(shows=True)
    return effects._replace(requests=tuple(kept))
