"""What must be true when everything has settled: nothing lost, nothing paid twice, no reply without an end."""

import asyncio
import time
from collections import Counter

from bot.store import Database, JobFilter, JobRecord, JobStore
from playground.discord_server.state.channels import LOADING
from playground.discord_server.state.seed import USERS
from tests.chaos import truths
from tests.chaos.crowd import Crowd, is_open, of_the_bot
from tests.chaos.fleet import Fleet
from tests.chaos.troubles import Troubles
from tests.end_to_end.place import Place

_ALL = 100_000
_SETTLING_SECONDS = 60.0
_GLANCE = 0.3


class Reckoning:
    """Waits until everything has its end, and holds what has happened against what must be true."""

    def __init__(self, place: Place, fleet: Fleet, crowd: Crowd, troubles: Troubles, database: Database) -> None:
        self._place = place
        self._fleet = fleet
        self._crowd = crowd
        self._troubles = troubles
        self._store = JobStore(database)

    async def settled(self) -> None:
        """Return when everything has its end, or is not likely to get one any more."""
        loop = asyncio.get_running_loop()
        until = loop.time() + _SETTLING_SECONDS
        while loop.time() < until and await self._under_way():  # noqa: ASYNC110  # nobody tells of it
            await asyncio.sleep(_GLANCE)

    async def close(self) -> None:
        """Fail unless everything is true that must be; what was said and done is in a file then."""
        rows, paid = await self._rows(), list(self._place.api.jobs.values())
        found = [
            *truths.of_payments(rows, paid),
            *truths.of_rows(rows),
            *truths.of_replies(of_the_bot(self._place), rows, self._troubles.deleted),
            *truths.of_lines([line for bot in self._fleet.runs for line in bot.lines], truths.secrets_of(self._place)),
            *self._fleet.odd_ends,
        ]
        states = Counter(str(row.state) for row in rows)
        print(  # noqa: T201
            f"{len(rows)} jobs {dict(states)}, {len(paid)} paid, {len(self._fleet.runs)} processes, "
            f"{len(self._troubles.told)} troubles, "
            f"{self._crowd.acknowledged} of {len(self._crowd.asked)} wishes answered"
        )
        told = self._place.folder / "chaos.log"
        told.write_text("\n".join([*self._chronicle(), *map(repr, rows)]))
        assert not found, "\n".join([*found, f"All of it: {told}"])

    async def _under_way(self) -> bool:
        if any(is_open(each.message) and not each.message["flags"] & LOADING for each in of_the_bot(self._place)):
            return True
        return any(row.delivered_at is None for row in await self._rows())

    async def _rows(self) -> list[JobRecord]:
        """Every job of a member that is remembered."""
        members = [JobFilter(user_id=int(user_id), everywhere=True) for user_id, *_ in USERS]
        return [row for member in members for row in await self._store.find(member, limit=_ALL)]

    def _chronicle(self) -> list[str]:
        """All that was said and done, a line each, in order."""
        said = [
            (moment, f"{number}: {line}") for number, bot in enumerate(self._fleet.runs) for moment, line in bot.heard
        ]
        behind = time.time() - time.monotonic()
        refused = [
            (entry.time - behind, f"Discord: {entry.line()}")
            for entry in self._place.discord.request_log
            if entry.status >= 400
        ]
        return [text for _, text in sorted([*said, *refused, *self._troubles.told])]
