"""A job that is taken up by a row that was read a moment before the job ended."""

from collections import deque

from bot.store import Database, JobState
from tests.bot.records import new_follow_up
from tests.bot.services.one_process import OneProcess
from tests.bot.services.scripted import ScriptedApi, done, record


async def test_its_end_stays_shown(database: Database) -> None:
    """It has been delivered here meanwhile: nothing of a running job takes the place of its result."""
    async with OneProcess(database, ScriptedApi(reads=deque([record(percent=30)]))) as house:
        asked = await house.ask(new_follow_up(once_key="press:parent:U2"))
        await house.presenter.wait_for(lambda frame: frame.percent == 30)
        before = await house.store.get(asked.id)
        assert before is not None
        assert before.state is JobState.RUNNING
        house.api.reads = deque([done()])
        await house.ended(asked)
        shown = list(house.presenter.frames)
        await house.lifecycle.resume(before)
        assert house.presenter.frames == shown
        assert len(house.watcher) == 0
