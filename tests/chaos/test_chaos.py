"""Random faults for minutes; afterwards every job has ended and none was paid twice."""

import asyncio
from contextlib import suppress
from pathlib import Path
from random import Random

import pytest

from bot.store import Database
from tests.chaos.fault_injector import FaultInjector
from tests.chaos.final_check import FinalCheck
from tests.chaos.simulated_members import SimulatedMembers
from tests.chaos.supervisor import Supervisor
from tests.end_to_end.environment import Environment
from tests.support.postgres import PostgresServer

pytestmark = [
    pytest.mark.exhaustive(matrix="chaos"),
    *(pytest.mark.chaos, pytest.mark.process, pytest.mark.timeout(400)),
]

_API = {"limits": False, "concurrency": 8, "queue_size": 8, "side": 64, "credits": 1_000_000}
_SECONDS = 120.0
"""Limit of a run in seconds, for slow machines: a member waits long for an answer that never comes."""

_SETTINGS = {"MEMBER_RUNNING": "6", "GUILD_RUNNING": "20", "JOBS_AT_ONCE": "14"}


async def test_on_sqlite(tmp_path: Path, rng: Random, action_count: int) -> None:
    """One process on SQLite, restarted again and again, loses no job and pays for none twice."""
    await _survived(tmp_path, rng, action_count, processes=1, database_url=f"sqlite:///{tmp_path / 'bot.db'}")


async def test_on_postgresql(tmp_path: Path, rng: Random, action_count: int, postgres: PostgresServer) -> None:
    """Three processes on a restarting PostgreSQL take over each other's jobs, lose none and pay for none twice."""
    url = postgres.new_database()
    await _survived(tmp_path, rng, action_count, processes=3, database_url=url, postgres=postgres)


async def _survived(
    folder: Path,
    rng: Random,
    action_count: int,
    *,
    processes: int,
    database_url: str,
    postgres: PostgresServer | None = None,
) -> None:
    settings = {**_SETTINGS, "DATABASE_URL": database_url}
    async with (
        Environment(folder, shards=processes, answer_timeout=5.0, **_API) as environment,
        Database(database_url) as database,
    ):
        async with Supervisor(environment, processes, settings) as supervisor:
            await supervisor.all_ready()
            members, faults = (
                SimulatedMembers(environment, rng, action_count),
                FaultInjector(environment, supervisor, rng, postgres),
            )
            injecting = asyncio.create_task(faults.run())
            with suppress(TimeoutError):
                async with asyncio.timeout(_SECONDS):
                    await members.run()
            injecting.cancel()
            await asyncio.gather(injecting, return_exceptions=True)
            await faults.stop()
            await supervisor.all_ready()
            final_check = FinalCheck(environment, supervisor, members, faults, database)
            await final_check.wait_until_settled()
        await final_check.check()
