"""A process that is told to stop in every moment between a job's record and its settled reply."""

from collections.abc import Callable

import pytest

from bot.store import Database
from tests.bot.services.interruptions import STORIES, Interruptions, check


@pytest.fixture
def database_url(new_database: Callable[[], str]) -> str:
    """On both kinds of database."""
    return new_database()


@pytest.mark.parametrize("name", STORIES)
async def test_stopped_in_every_moment(database: Database, name: str) -> None:
    """A stop finishes the request under way, so that nothing has to be searched for and nothing is unclear."""
    moment = 1
    while await (process := (site := Interruptions(database, STORIES[name])).process(moment)).is_caught():
        await process.stop()
        job = await site.finished()
        assert job.state is site.story.ends, process.moments.caught
        assert site.story.lost or "history" not in site.api.calls
        await check(site, job)
        moment += 1
    await process.stop()
    assert moment > 20
