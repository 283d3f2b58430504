"""A job whose every transaction, one after the other, is committed without anybody hearing of it."""

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


class Breaking(Database):
    """Breaks one connection off after its commit; whoever waits for it tries again, as with a real one."""

    left = 0

    async def _transaction(self, work: Work[T], until: float) -> T:
        found = await super()._transaction(work, until)
        self.left -= 1
        if self.left == 0:
            raise OperationalError("COMMIT", None, psycopg.OperationalError("the connection broke off"))
        return found

    async def rests(self) -> None:
        """Return when nothing is done here any more: what a process had begun goes on after its end."""
        while running := self._running:
            await asyncio.wait(running)


@pytest.fixture
async def breaking(migrated_url: str) -> AsyncIterator[Breaking]:
    async with Breaking(migrated_url) as database:
        yield database


@pytest.mark.exhaustive
@pytest.mark.parametrize("name", ["imagine", "button", "lost answer", "failure", "queue full"])
async def test_every_transaction_may_be_done_twice(breaking: Breaking, name: str, sample: Sample) -> None:
    """The job is paid once, ends as it should, and is shown once all the same."""

    async def life(number: int) -> int:
        """How many transactions it has; the one with this number breaks off."""
        site = Interruptions(breaking, STORIES[name])
        async with OneProcess(breaking, site.api, presenter=site.presenter, workflows=site.workflows) as house:
            breaking.left = number
            job = await house.ended(await house.ask(site.job))
            count, breaking.left = number - breaking.left, 0
        await breaking.rests()
        assert job.state is site.story.ends, number
        assert len(site.presenter.endings) == 1
        assert site.api.calls.count("submit") == site.story.sends
        await check(site, job)
        return count

    count = await life(0)
    assert count > 8
    for number in sample.of(range(1, count + 1)):
        assert await life(number) >= number
