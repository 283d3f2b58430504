"""Injects random faults, one after the other."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from random import Random

from tests.chaos.simulated_members import bot_messages, is_private
from tests.chaos.supervisor import Supervisor
from tests.end_to_end.environment import Environment
from tests.support.postgres import PostgresServer

REFUSALS = ("queue-full", "prompt-refused", "success-false", "bad-request", "key-refused", "rate-limited")
LOST_ANSWERS = ("submit-drops", "submit-lost", "submit-times-out", "slow-answer")
ERRORS = ("html-500", "empty-500", "answers-201")
JOB_FAULTS = ("fails-at-60", "small-fail", "no-webhooks", "webhooks-twice", "cancel-ignored", "not-readable-at-once")
OUTAGES = ("down", "down-503")
ROUTES = (
    "/interactions/{interaction_id}/{token}/callback",
    "/webhooks/{webhook_id}/{token}/messages/{message_id}",
    "/channels/{channel_id}/messages/{message_id}",
    "/channels/{channel_id}/messages",
)
_HOUR, _STEP = 3600.0, 5.0
_PAUSES = (0.2, 2.4)
_TAKEOVER_SECONDS = 14.0
"""Seconds after which other processes have taken over the jobs of a dead one."""

Fault = Callable[[], Awaitable[None]]


class FaultInjector:
    """Injects faults into the bot, Discord, the API and, with PostgreSQL, the database.

    `injected` are the faults with their times in seconds; `deleted` are the ids of deleted replies.
    """

    def __init__(
        self, environment: Environment, supervisor: Supervisor, rng: Random, postgres: PostgresServer | None
    ) -> None:
        self.injected: list[tuple[float, str]] = []
        self.deleted: set[str] = set()
        self._environment = environment
        self._supervisor = supervisor
        self._rng = rng
        self._postgres = postgres
        self._undo_tasks: set[asyncio.Task[None]] = set()
        self._all: dict[Fault, int] = {
            self._kill: 2 * supervisor.count,
            self._terminate: supervisor.count,
            self._refuse_jobs: 4,
            self._lose_answers: 8,
            self._break_answers: 4,
            self._choose_job_faults: 5,
            self._api_away: 3,
            self._discord_refuses: 6,
            self._discord_is_slow: 2,
            self._gateway_drops: 4,
            self._delete_reply: 3,
            self._expire_tokens: 1,
            self._clock_jumps: 3,
            self._database_restarts: 1 if postgres is not None else 0,
        }

    async def run(self) -> None:
        """Inject faults until cancelled."""
        while True:
            await asyncio.sleep(self._rng.uniform(*_PAUSES))
            fault = self._rng.choices(list(self._all), weights=list(self._all.values()))[0]
            await fault()

    async def stop(self) -> None:
        """Undo all faults and start all processes."""
        for task in tuple(self._undo_tasks):
            task.cancel()
        await asyncio.gather(*self._undo_tasks, return_exceptions=True)
        self._environment.api.faults.clear()
        self._environment.discord.faults.clear()
        self._supervisor.set_clocks(0.0)
        self._supervisor.allow_all_starts()

    def _record(self, *what: object) -> None:
        self.injected.append((time.monotonic(), " ".join(["FAULT", *map(str, what)])))

    def _undo_after(self, seconds: float, undo: Callable[[], None]) -> None:
        """Call `undo` after this many seconds."""

        async def later() -> None:
            await asyncio.sleep(seconds)
            undo()

        task = asyncio.create_task(later())
        self._undo_tasks.add(task)
        task.add_done_callback(self._undo_tasks.discard)

    async def _kill(self) -> None:
        await self._end_one("kill -9", self._supervisor.kill)

    async def _terminate(self) -> None:
        await self._end_one("SIGTERM", self._supervisor.terminate)

    async def _end_one(self, how: str, end: Callable[[int], None]) -> None:
        # With several processes, one always stays up to answer.
        if len(self._supervisor.alive) > (self._supervisor.count > 1):
            number = self._rng.choice(self._supervisor.alive)
            away = self._rng.choice([0.0, 2.0, _TAKEOVER_SECONDS if self._supervisor.count > 1 else 0.0])
            self._record(how, number, "for", away)
            end(number)
            self._undo_after(away, lambda: self._supervisor.allow_start(number))

    async def _refuse_jobs(self) -> None:
        self._choose(REFUSALS, seconds=0.5)

    async def _lose_answers(self) -> None:
        self._choose(LOST_ANSWERS, seconds=2.0)

    async def _break_answers(self) -> None:
        self._choose(ERRORS, times=self._rng.randint(1, 3))

    async def _choose_job_faults(self) -> None:
        self._choose(JOB_FAULTS, times=self._rng.randint(1, 2), seconds=1.0)

    async def _api_away(self) -> None:
        self._choose(OUTAGES, seconds=self._rng.uniform(0.5, 3.0))

    def _choose(self, names: tuple[str, ...], *, times: int = 1, seconds: float | None = None) -> None:
        name = self._rng.choice(names)
        self._record("API", name, "times", times)
        self._environment.api.faults.choose(name, times, seconds=seconds)

    async def _discord_refuses(self) -> None:
        route, status = self._rng.choice(ROUTES), self._rng.choice([429, 500, 502, 503])
        self._record("Discord answers", status, route)
        if status == 429:
            self._environment.discord.faults.rate_limit_next(route, 0.5, times=2)
        else:
            self._environment.discord.faults.refuse_next(route, status, times=self._rng.randint(1, 6))

    async def _discord_is_slow(self) -> None:
        self._record("Discord is slow")
        self._environment.discord.faults.delay = 0.7
        self._undo_after(2.0, lambda: setattr(self._environment.discord.faults, "delay", 0.0))

    async def _gateway_drops(self) -> None:
        match self._rng.choice(["resumable", "forgotten", "op 7", "held"]):
            case "op 7":
                self._environment.discord.faults.ask_to_reconnect()
            case "held":
                self._environment.discord.faults.hold_gateway()
                self._undo_after(2.0, lambda: self._environment.discord.faults.hold_gateway(False))
                await self._environment.discord.faults.drop_gateway(resumable=True)
            case how:
                await self._environment.discord.faults.drop_gateway(resumable=how == "resumable")
        self._record("gateway drops")

    async def _delete_reply(self) -> None:
        public = [stored for stored in bot_messages(self._environment) if not is_private(stored.message)]
        if public:
            stored = self._rng.choice(public[-10:])
            self._record("reply deleted", stored.id)
            self.deleted.add(stored.id)
            world = self._environment.discord.world
            world.remove(world.find_channel(stored.message["channel_id"]), stored)

    async def _expire_tokens(self) -> None:
        self._record("tokens expire")
        self._environment.discord.faults.expire_tokens()

    async def _clock_jumps(self) -> None:
        number = self._rng.randrange(self._supervisor.count)
        ahead = self._rng.choice([-_HOUR, -_STEP, _STEP, _HOUR])
        self._record("clock of", number, "jumps by", ahead)
        self._supervisor.set_clock(number, ahead)
        self._undo_after(self._rng.uniform(1.0, 4.0), lambda: self._supervisor.set_clock(number, 0.0))

    async def _database_restarts(self) -> None:
        if self._postgres is not None:
            mode = self._rng.choice(["fast", "immediate"])
            self._record("PostgreSQL restarts,", mode)
            await self._postgres.restart(mode)
