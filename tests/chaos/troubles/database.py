"""Troubles of PostgreSQL: restarts, and cables that are cut for longer than the bot's patience."""

from collections.abc import Sequence
from random import Random

from tests.chaos.fast_bot import PATIENCE
from tests.chaos.troubles.kinds import Kind, Kinds
from tests.chaos.troubles.undoing import Undoing
from tests.support.postgres import PostgresServer
from tests.support.postgres_proxy import PostgresProxy


class DatabaseTroubles:
    """`cables` lead to the server, one from each process. An outage lasts at most `longest` seconds."""

    def __init__(
        self, server: PostgresServer, cables: Sequence[PostgresProxy], undoing: Undoing, *, longest: float
    ) -> None:
        self._server = server
        self._cables = cables
        self._undoing = undoing
        self._longest = longest

    @property
    def kinds(self) -> Kinds:
        """With their weights."""
        return {
            "PostgreSQL restarts": Kind(1, self._restart),
            "cable": Kind(2, self._cut_one),
            "PostgreSQL away": Kind(2, self._cut_all),
        }

    async def _restart(self, rng: Random) -> str:
        mode = rng.choice(["fast", "immediate"])
        await self._server.restart(mode)
        return f"PostgreSQL restarts, {mode}"

    async def _cut_one(self, rng: Random) -> str:
        """One process alone loses the database: the others take over its jobs, while it still reaches the rest."""
        number, seconds, silent = rng.randrange(len(self._cables)), rng.uniform(3.0, 18.0), rng.random() < 0.5
        seconds = min(seconds, self._longest)
        self._cut([self._cables[number]], seconds, silent=silent)
        return f"the cable of {number} is {'dead' if silent else 'cut'} for {seconds:.1f}"

    async def _cut_all(self, rng: Random) -> str:
        seconds = min(rng.uniform(PATIENCE + 1.0, PATIENCE + 8.0), max(self._longest, PATIENCE + 2.0))
        self._cut(self._cables, seconds, silent=False)
        return f"PostgreSQL is away for {seconds:.1f}"

    def _cut(self, cables: Sequence[PostgresProxy], seconds: float, *, silent: bool) -> None:
        for cable in cables:
            self._undoing.after(seconds, cable.cut(silent=silent))
