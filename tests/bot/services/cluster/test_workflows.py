"""Durable workflows on both kinds of database: run once, resumed after a crash, and pruned."""

import asyncio
import logging
import sys
import threading
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from dbos import DBOS, _migration, _sys_db, _sys_db_sqlite

from bot.services.cluster.workflows import _THREADS, WorkflowEngine
from bot.store import Database
from tests.bot.services.one_process import until

SOON = timedelta(minutes=1)


@pytest.fixture
def url(migrated_url: str) -> str:
    """The URL of the engine's database."""
    return Database(migrated_url).workflow_url


class Work:
    """The body of a workflow. It never returns for jobs in `held`, and raises while there are `errors`."""

    def __init__(self) -> None:
        self.begun: Counter[str] = Counter()
        self.ended: Counter[str] = Counter()
        self.held: set[str] = set()
        self.errors: list[Exception] = []
        self._news = asyncio.Event()

    async def __call__(self, job_id: str) -> None:
        self.begun[job_id] += 1
        self._news.set()
        if job_id in self.held:
            await asyncio.Event().wait()
        if self.errors:
            raise self.errors.pop()
        self.ended[job_id] += 1
        self._news.set()

    async def has_begun(self, job_id: str, times: int = 1) -> None:
        """Wait until it was begun this number of times for this job."""
        await self._until(lambda: self.begun[job_id] >= times)

    async def has_ended(self, job_id: str, times: int = 1) -> None:
        """Wait until it has ended successfully this number of times for this job."""
        await self._until(lambda: self.ended[job_id] >= times)

    async def _until(self, so: Callable[[], bool]) -> None:
        async with asyncio.timeout(60):
            while not so():
                self._news.clear()
                await self._news.wait()


@pytest.fixture
def work() -> Work:
    return Work()


def engine(url: str, work: Work, process: str = "0") -> WorkflowEngine:
    made = WorkflowEngine(url, process)
    made.register("work", work)
    return made


async def begin(engine: WorkflowEngine, job_id: str) -> None:
    """Start the workflow for this job, with the job's id."""
    await engine.start("work", job_id, workflow_id=job_id)


async def is_over(engine: WorkflowEngine, workflow_id: str) -> None:
    """Wait until the workflow is no longer running."""

    async def over() -> bool:
        return not await engine.running([workflow_id])

    await until(over)


async def holder(workflow_id: str) -> tuple[str, str | None]:
    """The status of the workflow, and the process that owns it."""
    [status] = await DBOS.list_workflows_async(workflow_ids=[workflow_id])
    return status.status, status.executor_id


async def left(url: str, work: Work, job_id: str) -> None:
    """Leave an unfinished workflow of the process "0"."""
    work.held.add(job_id)
    async with engine(url, work) as ended:
        await begin(ended, job_id)
        await work.has_begun(job_id)


async def test_workflow_started_twice_runs_once(url: str, work: Work) -> None:
    """While it runs, and after it has ended; another id is another workflow."""
    work.held = {"runs"}
    async with engine(url, work) as it:
        for _ in range(2):
            await begin(it, "runs")
            await begin(it, "ends")
        await is_over(it, "ends")
        await begin(it, "ends")
        await it.start("work", "ends", workflow_id="another")
        await work.has_ended("ends", 2)
        assert await it.running(["runs", "ends", "nobody"]) == {"runs"}
        assert await it.running([]) == set()
    assert work.begun == {"runs": 1, "ends": 2}


async def test_workflow_ends_while_the_engine_closes(url: str, work: Work, caplog: pytest.LogCaptureFixture) -> None:
    """Its end is stored before the engine is gone, so that it does not run a second time."""
    gate, loop = threading.Event(), asyncio.get_running_loop()
    async with engine(url, work) as it:
        await begin(it, "ends")
        # The engine stores the end in a thread, and none is free now.
        for _ in range(_THREADS):
            loop.run_in_executor(None, gate.wait)
        await work.has_ended("ends")
        loop.call_later(0.2, gate.set)
    async with engine(url, work) as it:
        assert await it.running(["ends"]) == set()
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert work.begun == {"ends": 1}


async def test_failed_workflow_can_be_restarted(url: str, work: Work) -> None:
    """Only by `restart`, and not while an attempt is running; an unknown workflow is started."""
    work.errors, work.held = [RuntimeError("broken")], {"runs"}
    async with engine(url, work) as it:
        await begin(it, "fails")
        await is_over(it, "fails")
        await begin(it, "fails")
        assert work.begun == {"fails": 1}
        await it.restart("work", "fails", workflow_id="fails")
        await work.has_ended("fails")
        await it.restart("work", "new", workflow_id="new")
        await work.has_ended("new")
        await begin(it, "runs")
        await work.has_begun("runs")
        await it.restart("work", "runs", workflow_id="runs")
    assert work.begun == {"fails": 2, "new": 1, "runs": 1}


async def test_failed_workflow_is_logged(url: str, work: Work, caplog: pytest.LogCaptureFixture) -> None:
    """With the job's id and the traceback."""
    work.errors = [RuntimeError("broken")]
    async with engine(url, work) as it:
        await begin(it, "fails")
        await is_over(it, "fails")
    [line] = [record for record in caplog.records if record.name == "bot.services.cluster.workflows"]
    assert (line.__dict__["arguments"], line.exc_info is not None) == (("fails",), True)


async def test_restarted_process_resumes_its_workflows(url: str, work: Work) -> None:
    """It runs again from the beginning; ended workflows do not."""
    async with engine(url, work) as it:
        await begin(it, "ended")
        await is_over(it, "ended")
    await left(url, work, "left")
    work.held = set()
    async with engine(url, work):
        await work.has_ended("left")
    assert work.begun == {"left": 2, "ended": 1}


async def test_workflows_of_dead_processes_are_recovered(url: str, work: Work) -> None:
    """By another process, once theirs is not living, and then that process owns it."""
    await left(url, work, "left")
    async with engine(url, work, "1") as other:
        await other.recover(["0", "1"])
        assert await holder("left") == ("PENDING", "0")
        await other.recover(["1"])
        await work.has_begun("left", 2)
        assert await holder("left") == ("PENDING", "1")
        await other.recover(["1"])
    work.held = set()
    async with engine(url, work) as it:
        assert await it.running(["left"]) == {"left"}
        await begin(it, "more")
        await work.has_ended("more")
    assert work.begun["left"] == 2
    async with engine(url, work, "1"):
        await work.has_ended("left")
    assert work.begun["left"] == 3


async def test_unfinished_workflow_of_another_release(url: str, work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    """It does not count as running, and is deleted once its process is dead, as this release may not know it."""
    with monkeypatch.context() as older:
        older.setattr("bot.services.cluster.workflows._WORKFLOW_VERSION", "2")
        await left(url, work, "left")
    work.held = set()
    async with engine(url, work, "1") as it:
        assert await it.running(["left"]) == set()
        await it.recover(["0", "1"])
        assert await DBOS.list_workflows_async(workflow_ids=["left"])
        await it.recover(["1"])
        assert await DBOS.list_workflows_async(workflow_ids=["left"]) == []
        await it.restart("work", "left", workflow_id="left")
        await work.has_ended("left")


async def test_restarted_process_leaves_workflows_of_another_release(
    url: str, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are its own, and nothing runs them; this release may not know them."""
    with monkeypatch.context() as older:
        older.setattr("bot.services.cluster.workflows._WORKFLOW_VERSION", "2")
        await left(url, work, "left")
    async with engine(url, work) as it:
        for _ in range(2):
            await it.recover(["0"])
        assert await holder("left") == ("PENDING", "0")
    assert work.begun == {"left": 1}


async def test_scheduled_work_runs_at_its_times(url: str) -> None:
    """Every second, as its cron expression says."""
    ran = asyncio.Event()

    async def scheduled() -> None:
        ran.set()

    it = WorkflowEngine(url, "0")
    it.schedule("each second", "* * * * * *", scheduled)
    async with it, asyncio.timeout(60):
        await ran.wait()


async def test_release_leaves_workflows_pending(url: str, work: Work) -> None:
    """The workflow is interrupted and stays pending; new ones can be started."""
    work.held = {"left"}
    async with engine(url, work) as it:
        await begin(it, "left")
        await work.has_begun("left")
        await it.release()
        assert await it.running(["left"]) == {"left"}
        await begin(it, "new")
        await work.has_ended("new")
    assert work.ended == {"new": 1}


async def test_released_workflows_are_recovered_by_a_living_process(url: str, work: Work) -> None:
    """The process that has released them is alive, so no other one does it; those that run go on."""
    work.held = {"left", "runs"}
    async with engine(url, work) as it:
        await begin(it, "left")
        await work.has_begun("left")
        await it.release()
        await begin(it, "runs")
        await work.has_begun("runs")
        work.held = set()
        await it.recover(["0"])
        await work.has_ended("left")
        await is_over(it, "left")
        for _ in range(2):
            await it.recover(["0"])
        assert work.begun == {"left": 2, "runs": 1}


async def test_workflow_that_was_recorded_and_never_ran_is_recovered(url: str, work: Work) -> None:
    """As when its start was cancelled halfway: the second look takes it up, as the first may see one that starts."""
    work.held = {"lost"}
    async with engine(url, work) as it:
        await begin(it, "lost")
        await work.has_begun("lost")
        await it.release()
        it._orphans.clear()
        work.held = set()
        await it.recover(["0"])
        assert await it.running(["lost"]) == {"lost"}
        assert work.begun == {"lost": 1}
        await it.recover(["0"])
        await work.has_ended("lost")


async def test_prune_deletes_only_old_ended_workflows(url: str, work: Work) -> None:
    """With success or an error; a deleted workflow can be started again."""
    work.held, work.errors = {"runs"}, [RuntimeError("broken")]
    async with engine(url, work) as it:
        await begin(it, "fails")
        await is_over(it, "fails")
        await begin(it, "runs")
        await begin(it, "ends")
        await is_over(it, "ends")
        assert await it.prune(datetime.now(UTC) - SOON) == 0
        await begin(it, "ends")
        assert await it.prune(datetime.now(UTC) + SOON) == 2
        assert await it.running(["runs"]) == {"runs"}
        await begin(it, "ends")
        await work.has_ended("ends", 2)
    assert work.begun == {"fails": 1, "runs": 1, "ends": 2}


async def test_no_workflow_starts_while_engine_closes(url: str, work: Work) -> None:
    """Starting does nothing then, and raises nothing, as the next process resumes the job from its row."""
    it = engine(url, work)
    async with it:
        pass
    await begin(it, "1")
    await it.restart("work", "a job", workflow_id="2")
    assert work.begun == {}


async def test_close_leaves_no_threads(url: str, work: Work) -> None:
    """No thread of the engine delays the exit of the process."""
    before = set(threading.enumerate())
    async with engine(url, work):
        pass
    threads = [thread.name for thread in set(threading.enumerate()) - before]
    assert [name for name in threads if "listener" in name] == []


async def test_workflow_started_in_a_workflow_is_not_its_child(url: str) -> None:
    """A workflow started within another one is independent, as the other may be restarted or deleted."""
    done = asyncio.Event()

    async def first(job_id: str) -> None:
        await engine.start("second", job_id, workflow_id="2")

    async def second(job_id: str) -> None:
        done.set()

    engine = WorkflowEngine(url, "0")
    engine.register("first", first)
    engine.register("second", second)
    async with engine, asyncio.timeout(60):
        await engine.start("first", "a job", workflow_id="1")
        await done.wait()
        [status] = await DBOS.list_workflows_async(workflow_ids=["2"])
    assert status.parent_workflow_id is None


async def test_python_that_expects_a_newer_sqlite(
    new_database: Callable[[], str], work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From Python 3.12 on the engine asks SQLite for milliseconds, which 3.40 lacks, in new tables as well."""
    expected = [each.replace("strftime('%s','now')", "unixepoch('subsec')") for each in _migration.sqlite_migrations]
    monkeypatch.setattr(_sys_db_sqlite, "sqlite_migrations", expected)
    monkeypatch.setattr(_sys_db, "sys", SimpleNamespace(version_info=(3, 13), maxsize=sys.maxsize))
    database = Database(new_database())
    async with database:
        made = WorkflowEngine(database.workflow_url, "0", database.workflow_options)
        made.register("work", work)
        await made.migrate()
        await database.check_workflows()
        async with made:
            await begin(made, "job")
            await work.has_ended("job")
            await is_over(made, "job")
            assert await made.prune(datetime.now(UTC) + SOON) == 1
