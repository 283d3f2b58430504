"""Random troubles for minutes; afterwards every job has ended, and none was paid twice or shown to another member."""

from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from bot.store import Database
from tests.chaos.run import LONG, ChaosRun, Place
from tests.chaos.verdict.table import CALM, WITH_HOSTILE
from tests.chaos.verdict.waiting import Wait, ratios
from tests.end_to_end.environment import Environment
from tests.support.postgres import PostgresServer
from tests.support.postgres_proxy import PostgresProxy

_LIMIT = 900.0
"""Limit of a run in seconds, for slow machines: a member waits long for an answer that never comes."""

_SHORT_LIMIT = 90.0

pytestmark = [
    pytest.mark.exhaustive(matrix="chaos"),
    *(pytest.mark.chaos, pytest.mark.process, pytest.mark.timeout(_LIMIT + 900)),
]

_API = {"limits": False, "concurrency": 8, "queue_size": 8, "side": 64, "credits": 1_000_000}
_PROCESSES = 3
_SETTINGS = {"MEMBER_RUNNING": "6", "GUILD_RUNNING": "20", "JOBS_AT_ONCE": "14"}
_LONGEST_WAIT = 4.0
"""How many times as long hostile members may let others wait. The goal is 2; a busy machine measures badly."""


async def test_on_sqlite(tmp_path: Path, seed: str, job_count: int) -> None:
    """One process on SQLite, restarted and stopped again and again, loses no job and pays for none twice."""
    url = f"sqlite:///{tmp_path / 'bot.db'}"
    await _survived(tmp_path, Place(url=url, process_urls=[url]), seed, job_count)


async def test_on_postgresql(tmp_path: Path, seed: str, job_count: int, postgres: PostgresServer) -> None:
    """Three processes on a PostgreSQL that comes and goes take over each other's jobs, and lose and double none."""
    url = postgres.new_database()
    async with AsyncExitStack() as opened:
        cables = [await opened.enter_async_context(PostgresProxy(url)) for _ in range(_PROCESSES)]
        place = Place(url=url, process_urls=[cable.url for cable in cables], server=postgres, cables=cables)
        await _survived(tmp_path, place, seed, job_count)


async def _survived(folder: Path, place: Place, seed: str, jobs: int) -> None:
    is_long = jobs >= LONG
    async with (
        Environment(folder, shards=len(place.process_urls), **_API) as environment,
        Database(place.url) as database,
    ):
        run = ChaosRun(environment, database, place, seed=seed, jobs=jobs, limit=_LIMIT if is_long else _SHORT_LIMIT)
        name = "PostgreSQL" if place.server is not None else "SQLite"
        found = await run.survive(_SETTINGS, f'{name}, {len(place.process_urls)} processes, CHAOS_SEED="{seed}"')
    if is_long:
        _check_waiting(found)


def _check_waiting(waits: dict[str, Wait]) -> None:
    """Hostile members let others wait longer, but not without end."""
    found = ratios(waits, CALM, CALM + WITH_HOSTILE)
    assert found is not None
    assert max(found) <= _LONGEST_WAIT, waits
