"""One run: members at work, calm at first and then amid troubles, with hostile members now and then."""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from bot.store import Database
from tests.chaos.people.account import AccountKeys, AccountOwner
from tests.chaos.people.hostile import HostileMembers
from tests.chaos.people.ordinary import SimulatedMembers
from tests.chaos.supervisor import Supervisor
from tests.chaos.troubles.api import ApiTroubles
from tests.chaos.troubles.chat import ChatTroubles
from tests.chaos.troubles.database import DatabaseTroubles
from tests.chaos.troubles.injector import Injector
from tests.chaos.troubles.kinds import Kinds
from tests.chaos.troubles.processes import ProcessTroubles
from tests.chaos.troubles.undoing import Undoing
from tests.chaos.verdict.final_check import FinalCheck
from tests.chaos.verdict.table import CALM, TROUBLED, WITH_HOSTILE
from tests.chaos.verdict.waiting import Phases, Wait
from tests.end_to_end.environment import Environment
from tests.support.postgres import PostgresServer
from tests.support.postgres_proxy import PostgresProxy

LONG = 200
"""Jobs from which on a run is a long one."""

_CALM_AT_ONCE, _AT_ONCE = 3, 10
_CALM_SHARE = 12
"""One job in each calm part for so many amid troubles."""

_PART_SECONDS = 15.0
"""How long hostile members act, and then rest, amid troubles."""

_ROUNDS, _SHORT_ROUNDS = 2.0, 0.2
"""How many times a long run, and a short one, goes through all troubles at least."""

_LONGEST_IN_SHORT_RUN = 9.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The database of a run: its own address, those by which the processes reach it, and the server if it is one."""

    url: str
    process_urls: Sequence[str]
    server: PostgresServer | None = None
    cables: Sequence[PostgresProxy] = ()


class ChaosRun:
    """`jobs` is how many jobs members ask for amid troubles, `limit` after how many seconds that ends at the latest."""

    def __init__(
        self, environment: Environment, database: Database, place: Place, *, seed: str, jobs: int, limit: float
    ) -> None:
        self._environment = environment
        self._place = place
        self._seed = seed
        self._jobs = jobs
        self._limit = limit
        self._rounds = _ROUNDS if jobs >= LONG else _SHORT_ROUNDS
        self._keys = AccountKeys(environment.api)
        self._members = SimulatedMembers(environment, seed, self._recorded)
        self._hostile = HostileMembers(environment, seed)
        self._owner = AccountOwner(environment.api, self._keys, seed, self._members.words)
        self._phases = Phases(environment.discord.clock)
        self._undoing = Undoing()
        self._chat = ChatTroubles(environment.discord, self._undoing)
        self._database = database

    async def survive(self, settings: dict[str, str], title: str) -> dict[str, Wait]:
        """The waiting times by phase; fails if an invariant is broken afterwards."""
        async with Supervisor(self._environment, self._place.process_urls, settings) as supervisor:
            injector = Injector(self._environment, supervisor, self._seed, self._kinds(supervisor), self._undoing)
            self._check = self._final_check(supervisor, injector)
            with self._check.logged():
                await supervisor.all_ready()
                await self._calm()
                await self._troubled(injector)
                await supervisor.all_ready()
                await self._check.wait_until_settled()
        with self._check.logged():
            await self._check.check(title, self._chat.deleted)
        return self._check.waits

    async def _troubled(self, injector: Injector) -> None:
        self._members.at_once = _AT_ONCE
        async with _meanwhile(self._owner.run()), _meanwhile(injector.run()), _meanwhile(self._come_and_go()):
            with suppress(TimeoutError):
                async with asyncio.timeout(self._limit):
                    await self._members.run(self._jobs, lambda: injector.rounds < self._rounds)
        injector.stop()

    async def _recorded(self) -> int:
        return await self._check.recorded(self._members.ids)

    async def _calm(self) -> None:
        """Measure waiting times without troubles, by turns without and with hostile members."""
        self._members.at_once = _CALM_AT_ONCE
        for _ in range(2 if self._jobs >= LONG else 1):
            with self._phases.phase(CALM):
                await self._members.run(max(2, self._jobs // _CALM_SHARE))
            async with _meanwhile(self._hostile.run()):
                with self._phases.phase(CALM + WITH_HOSTILE):
                    await self._members.run(max(2, self._jobs // _CALM_SHARE))

    async def _come_and_go(self) -> None:
        while True:
            async with _meanwhile(self._hostile.run()):
                with self._phases.phase(TROUBLED + WITH_HOSTILE):
                    await asyncio.sleep(_PART_SECONDS)
            with self._phases.phase(TROUBLED):
                await asyncio.sleep(_PART_SECONDS)

    def _kinds(self, supervisor: Supervisor) -> Kinds:
        longest = 20.0 if self._jobs >= LONG else _LONGEST_IN_SHORT_RUN
        kinds = {
            **ProcessTroubles(supervisor, self._keys, self._undoing, longest_stop=longest).kinds,
            **ApiTroubles(self._environment.api, self._members).kinds,
            **self._chat.kinds,
        }
        if self._place.server is not None:
            kinds |= DatabaseTroubles(self._place.server, self._place.cables, self._undoing, longest=longest).kinds
        return kinds

    def _final_check(self, supervisor: Supervisor, injector: Injector) -> FinalCheck:
        return FinalCheck(
            self._environment,
            supervisor,
            injector,
            self._database,
            keys=self._keys,
            owner=self._owner,
            members=self._members,
            hostile=self._hostile,
            phases=self._phases,
        )


@asynccontextmanager
async def _meanwhile(work: Coroutine[None, None, None]) -> AsyncIterator[None]:
    """Do the work while the context is open; an error in it ends the block."""
    async with asyncio.TaskGroup() as group:
        task = group.create_task(work)
        yield
        task.cancel()
