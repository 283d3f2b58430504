"""Everything goes wrong at once, again and again; then every job has its end, and nothing was paid twice."""

import asyncio
from contextlib import suppress
from pathlib import Path
from random import Random

import pytest

from bot.store import Database
from tests.chaos.crowd import Crowd
from tests.chaos.fleet import Fleet
from tests.chaos.reckoning import Reckoning
from tests.chaos.troubles import Troubles
from tests.end_to_end.place import Place
from tests.support.postgres import PostgresServer

pytestmark = [
    pytest.mark.exhaustive(matrix="chaos"),
    *(pytest.mark.chaos, pytest.mark.process, pytest.mark.timeout(400)),
]

_API = {"limits": False, "concurrency": 8, "queue_size": 8, "side": 64, "credits": 1_000_000}
_SECONDS = 120.0
"""How long chaos goes on at most, however slow the machine is: an answer that never comes takes a member's time."""

_SETTINGS = {"MEMBER_RUNNING": "6", "GUILD_RUNNING": "20", "JOBS_AT_ONCE": "14"}


async def test_on_sqlite(tmp_path: Path, dice: Random, wanted: int) -> None:
    """One process, again and again another one, on a file."""
    await _survived(tmp_path, dice, wanted, processes=1, database_url=f"sqlite:///{tmp_path / 'bot.db'}")


async def test_on_postgresql(tmp_path: Path, dice: Random, wanted: int, postgres: PostgresServer) -> None:
    """Three processes that take over each other's jobs, on a server that restarts as well."""
    url = postgres.new_database()
    await _survived(tmp_path, dice, wanted, processes=3, database_url=url, postgres=postgres)


async def _survived(
    folder: Path,
    dice: Random,
    wanted: int,
    *,
    processes: int,
    database_url: str,
    postgres: PostgresServer | None = None,
) -> None:
    settings = {**_SETTINGS, "DATABASE_URL": database_url}
    async with Place(folder, shards=processes, patience=5.0, **_API) as place, Database(database_url) as database:
        async with Fleet(place, processes, settings) as fleet:
            await fleet.all_ready()
            crowd, troubles = Crowd(place, dice, wanted), Troubles(place, fleet, dice, postgres)
            troubling = asyncio.create_task(troubles.run())
            with suppress(TimeoutError):
                async with asyncio.timeout(_SECONDS):
                    await crowd.run()
            troubling.cancel()
            await asyncio.gather(troubling, return_exceptions=True)
            await troubles.end()
            await fleet.all_ready()
            reckoning = Reckoning(place, fleet, crowd, troubles, database)
            await reckoning.settled()
        await reckoning.close()
