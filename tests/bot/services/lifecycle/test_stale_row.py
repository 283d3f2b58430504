"""Resuming a job with a row that was read just before the job ended."""

from collections import deque

from bot.store import Database, JobState
from tests.bot.records import new_follow_up
from tests.bot.services.one_process import OneProcess
from tests.bot.services.scripted import ScriptedApi, done, record


async def test_ending_stays_shown(database: Database) -> None:
    """It has been delivered meanwhile, so no progress replaces its result."""
    async with OneProcess(database, ScriptedApi(reads=deque([record(percent=30)]))) as process:
        asked = await process.begin(new_follow_up(once_key="press:parent:U2"))
        await process.presenter.wait_for(lambda progress: progress.percent == 30)
        before = await process.store.get(asked.id)
        assert before is not None
        assert before.state is JobState.RUNNING
        process.api.reads = deque([done()])
        await process.ended(asked)
        shown = list(process.presenter.progress)
        await process.lifecycle.resume(before)
        assert process.presenter.progress == shown
        assert len(process.watcher) == 0
