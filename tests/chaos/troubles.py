"""What goes wrong, one thing after the other, at moments and in an order that the dice decide."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from random import Random

from tests.chaos.crowd import is_private, of_the_bot
from tests.chaos.fleet import Fleet
from tests.end_to_end.place import Place
from tests.support.postgres import PostgresServer

REFUSALS = ("queue-full", "prompt-refused", "success-false", "bad-request", "key-refused", "rate-limited")
LOST = ("submit-drops", "submit-lost", "submit-times-out", "slow-answer")
ERRORS = ("html-500", "empty-500", "answers-201")
COURSES = ("fails-at-60", "small-fail", "no-webhooks", "webhooks-twice", "cancel-ignored", "not-readable-at-once")
OUTAGES = ("down", "down-503")
ROUTES = (
    "/interactions/{interaction_id}/{token}/callback",
    "/webhooks/{webhook_id}/{token}/messages/{message_id}",
    "/channels/{channel_id}/messages/{message_id}",
    "/channels/{channel_id}/messages",
)
_HOUR, _STEP = 3600.0, 5.0
_PAUSES = (0.2, 2.4)
_MISSED = 14.0
"""Seconds after which others have surely taken over what a dead process did."""

Trouble = Callable[[], Awaitable[None]]


class Troubles:
    """Troubles for the bot and both its neighbours, and for its database where that is a server.

    `told` is what has happened and when, in seconds; `deleted` the ids of replies that somebody has deleted.
    """

    def __init__(self, place: Place, fleet: Fleet, dice: Random, postgres: PostgresServer | None) -> None:
        self.told: list[tuple[float, str]] = []
        self.deleted: set[str] = set()
        self._place = place
        self._fleet = fleet
        self._dice = dice
        self._postgres = postgres
        self._lasting: set[asyncio.Task[None]] = set()
        self._all: dict[Trouble, int] = {
            self._kill: 2 * fleet.count,
            self._terminate: fleet.count,
            self._refuse_jobs: 4,
            self._lose_answers: 8,
            self._break_answers: 4,
            self._spoil_jobs: 5,
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
        """Make trouble until cancelled."""
        while True:
            await asyncio.sleep(self._dice.uniform(*_PAUSES))
            trouble = self._dice.choices(list(self._all), weights=list(self._all.values()))[0]
            await trouble()

    async def end(self) -> None:
        """Take everything back, and let all of them run."""
        for task in tuple(self._lasting):
            task.cancel()
        await asyncio.gather(*self._lasting, return_exceptions=True)
        self._place.api.faults.clear()
        self._place.discord.faults.clear()
        self._fleet.set_clocks(0.0)
        self._fleet.let_all_start()

    def _tell(self, *what: object) -> None:
        self.told.append((time.monotonic(), " ".join(["TROUBLE", *map(str, what)])))

    def _for(self, seconds: float, undo: Callable[[], None]) -> None:
        """Take something back after so many seconds."""

        async def later() -> None:
            await asyncio.sleep(seconds)
            undo()

        task = asyncio.create_task(later())
        self._lasting.add(task)
        task.add_done_callback(self._lasting.discard)

    async def _kill(self) -> None:
        await self._end_one("kill -9", self._fleet.kill)

    async def _terminate(self) -> None:
        await self._end_one("SIGTERM", self._fleet.terminate)

    async def _end_one(self, how: str, end: Callable[[int], None]) -> None:
        # One stays: with all of them gone nothing would happen at all.
        if len(self._fleet.alive) > (self._fleet.count > 1):
            number = self._dice.choice(self._fleet.alive)
            away = self._dice.choice([0.0, 2.0, _MISSED if self._fleet.count > 1 else 0.0])
            self._tell(how, number, "for", away)
            end(number)
            self._for(away, lambda: self._fleet.let_start(number))

    async def _refuse_jobs(self) -> None:
        self._choose(REFUSALS, seconds=0.5)

    async def _lose_answers(self) -> None:
        self._choose(LOST, seconds=2.0)

    async def _break_answers(self) -> None:
        self._choose(ERRORS, times=self._dice.randint(1, 3))

    async def _spoil_jobs(self) -> None:
        self._choose(COURSES, times=self._dice.randint(1, 2), seconds=1.0)

    async def _api_away(self) -> None:
        self._choose(OUTAGES, seconds=self._dice.uniform(0.5, 3.0))

    def _choose(self, names: tuple[str, ...], *, times: int = 1, seconds: float | None = None) -> None:
        name = self._dice.choice(names)
        self._tell("API", name, "times", times)
        self._place.api.faults.choose(name, times, seconds=seconds)

    async def _discord_refuses(self) -> None:
        route, status = self._dice.choice(ROUTES), self._dice.choice([429, 500, 502, 503])
        self._tell("Discord answers", status, route)
        if status == 429:
            self._place.discord.faults.rate_limit_next(route, 0.5, times=2)
        else:
            self._place.discord.faults.refuse_next(route, status, times=self._dice.randint(1, 6))

    async def _discord_is_slow(self) -> None:
        self._tell("Discord is slow")
        self._place.discord.faults.delay = 0.7
        self._for(2.0, lambda: setattr(self._place.discord.faults, "delay", 0.0))

    async def _gateway_drops(self) -> None:
        match self._dice.choice(["resumable", "forgotten", "op 7", "held"]):
            case "op 7":
                self._place.discord.faults.ask_to_reconnect()
            case "held":
                self._place.discord.faults.hold_gateway()
                self._for(2.0, lambda: self._place.discord.faults.hold_gateway(False))
                await self._place.discord.faults.drop_gateway(resumable=True)
            case how:
                await self._place.discord.faults.drop_gateway(resumable=how == "resumable")
        self._tell("gateway drops")

    async def _delete_reply(self) -> None:
        public = [stored for stored in of_the_bot(self._place) if not is_private(stored.message)]
        if public:
            stored = self._dice.choice(public[-10:])
            self._tell("reply deleted", stored.id)
            self.deleted.add(stored.id)
            world = self._place.discord.world
            world.remove(world.find_channel(stored.message["channel_id"]), stored)

    async def _expire_tokens(self) -> None:
        self._tell("tokens expire")
        self._place.discord.faults.expire_tokens()

    async def _clock_jumps(self) -> None:
        number = self._dice.randrange(self._fleet.count)
        ahead = self._dice.choice([-_HOUR, -_STEP, _STEP, _HOUR])
        self._tell("clock of", number, "jumps by", ahead)
        self._fleet.set_clock(number, ahead)
        self._for(self._dice.uniform(1.0, 4.0), lambda: self._fleet.set_clock(number, 0.0))

    async def _database_restarts(self) -> None:
        if self._postgres is not None:
            mode = self._dice.choice(["fast", "immediate"])
            self._tell("PostgreSQL restarts,", mode)
            await self._postgres.restart(mode)
