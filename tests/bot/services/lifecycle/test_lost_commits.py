"""A job whose connection breaks after a commit: once for each of its transactions."""

import asyncio
from collections.abc import AsyncIterator
from typing import TypeVar

import psycopg
import pytest
from sqlalchemy.exc import OperationalError

from bot.store import Database
from bot.store.db.transactions import Work
from tests.bot.services.interruptions import STORIES, Interruptions, check
from tests.bot.services.one_process import OneProcess
from tests.support.sampling import Sample

T = TypeVar("T")


class LosesCommit(Database):
    """Fails one transaction after its commit, so that it is retried as after a real connection loss."""

    remaining = 0

    async def _transaction(self, work: Work[T], until: float) -> T:
        found = await super()._transaction(work, until)
        self.remaining -= 1
        if self.remaining == 0:
            raise OperationalError("COMMIT", None, psycopg.OperationalError("the connection broke off"))
        return found

    async def idle(self) -> None:
        """Wait for the transactions that are still running after the end of a process."""
        while running := self._running:
            await asyncio.wait(running)


@pytest.fixture
async def database(migrated_url: str) -> AsyncIterator[LosesCommit]:
    async with LosesCommit(migrated_url) as database:
        yield database


@pytest.mark.exhaustive
@pytest.mark.parametrize("name", ["imagine", "button", "lost answer", "failure", "queue full"])
async def test_every_transaction_can_be_retried(database: LosesCommit, name: str, sample: Sample) -> None:
    """The job is still sent once, ends as expected, and is shown once."""

    async def run(number: int) -> int:
        """Run the job and fail the transaction with this number. Returns the number of transactions."""
        interruptions = Interruptions(database, STORIES[name])
        async with OneProcess(
            database, interruptions.api, presenter=interruptions.presenter, workflows=interruptions.workflows
        ) as process:
            database.remaining = number
            job = await process.ended(await process.begin(interruptions.job))
            count, database.remaining = number - database.remaining, 0
        await database.idle()
        assert job.state is interruptions.story.ends, number
        assert len(interruptions.presenter.endings) == 1
        assert interruptions.api.calls.count("submit") == interruptions.story.sends
        await check(interruptions, job)
        return count

    count = await run(0)
    assert count > 8
    for number in sample.of(range(1, count + 1)):
        assert await run(number) >= number
