"""A process that dies in every moment between a job's record and its settled reply."""

from collections.abc import Callable

import pytest

from bot.store import Database, JobState
from tests.bot.services.interruptions import STORIES, Interruptions, check, is_honest
from tests.bot.services.one_process import silence_passes

UNKNOWABLE = {
    *("after move", "after take_next", "before imagine", "before press"),
    *("after imagine", "before pause", "after pause", "before move"),
}
"""From "about to be sent" to the request's arrival, and from its refusal to the news of that, nobody can know."""

AT_MOST = 8


@pytest.fixture
def database_url(new_database: Callable[[], str]) -> str:
    """On both kinds of database."""
    return new_database()


@pytest.mark.parametrize("successor", ["0", "1"], ids=["restart", "another process"])
@pytest.mark.parametrize("name", STORIES)
async def test_killed_in_every_moment(database: Database, name: str, successor: str) -> None:
    """Afterwards: one submission, one picture, one settled reply; a lost request is told honestly."""
    moment, unclear = 1, list[str]()
    while await (process := (site := Interruptions(database, STORIES[name])).process(moment)).is_caught():
        await process.kill()
        await silence_passes(database)
        job = await site.finished(successor)
        assert is_honest(site, job), process.moments.caught
        unclear += [process.moments.caught] * (job.state is JobState.UNCONFIRMED)
        await check(site, job)
        moment += 1
    await process.stop()
    assert moment > 20
    assert set(unclear) <= UNKNOWABLE
    assert len(unclear) <= AT_MOST * (1 + len(STORIES[name].answers))


@pytest.mark.parametrize("name", STORIES)
async def test_killed_again_and_again(database: Database, name: str) -> None:
    """Each process gets a little further than the one before it."""
    site, moment = Interruptions(database, STORIES[name]), 1
    while await (process := site.process(moment)).is_caught():
        await process.kill()
        moment += 1
    await process.stop()
    job = await site.finished()
    assert is_honest(site, job)
    await check(site, job)
