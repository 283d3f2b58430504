"""Durable execution on both kinds of database: once, again after a death, and forgotten when it is old."""

import asyncio
import threading
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from dbos import DBOS

from bot.services.cluster.workflows import WorkflowEngine
from bot.store import Database
from tests.bot.services.one_process import until

SOON = timedelta(minutes=1)


@pytest.fixture
def url(migrated_url: str) -> str:
    """Where the engine keeps its tables."""
    return Database(migrated_url).workflow_url


class Work:
    """Something to do for jobs; it waits for ever where `held`, and fails as long as there are `errors`."""

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
        """Return when it was begun so often for this job."""
        await self._until(lambda: self.begun[job_id] >= times)

    async def has_ended(self, job_id: str, times: int = 1) -> None:
        """Return when it has ended well so often for this job."""
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
    """Begin the work for this job, under its own id."""
    await engine.start("work", job_id, workflow_id=job_id)


async def is_over(engine: WorkflowEngine, workflow_id: str) -> None:
    """Return when it is not under way any more."""

    async def over() -> bool:
        return not await engine.running([workflow_id])

    await until(over)


async def holder(workflow_id: str) -> tuple[str, str | None]:
    """How the work stands, and whose it is."""
    [status] = await DBOS.list_workflows_async(workflow_ids=[workflow_id])
    return status.status, status.executor_id


async def left(url: str, work: Work, job_id: str) -> None:
    """Work that the process "0" had begun when it ended."""
    work.held.add(job_id)
    async with engine(url, work) as ended:
        await begin(ended, job_id)
        await work.has_begun(job_id)


async def test_what_is_begun_twice_runs_once(url: str, work: Work) -> None:
    """While it runs, and after it has ended; another id is other work."""
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


async def test_an_attempt_that_broke_off_is_made_anew(url: str, work: Work) -> None:
    """Only on demand; not while one runs; and what was never begun is begun."""
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


async def test_what_breaks_off_is_told(url: str, work: Work, caplog: pytest.LogCaptureFixture) -> None:
    """With the job, and the error's traceback."""
    work.errors = [RuntimeError("broken")]
    async with engine(url, work) as it:
        await begin(it, "fails")
        await is_over(it, "fails")
    [line] = [record for record in caplog.records if record.name == "bot.services.cluster.workflows"]
    assert (line.__dict__["arguments"], line.exc_info is not None) == (("fails",), True)


async def test_a_process_goes_on_with_what_it_has_left(url: str, work: Work) -> None:
    """From the beginning, once it is there again; what had ended has ended."""
    async with engine(url, work) as it:
        await begin(it, "ended")
        await is_over(it, "ended")
    await left(url, work, "left")
    work.held = set()
    async with engine(url, work):
        await work.has_ended("left")
    assert work.begun == {"left": 2, "ended": 1}


async def test_the_work_of_the_dead_is_recovered(url: str, work: Work) -> None:
    """By another process, once theirs is not among the living; and then it is that one's."""
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


async def test_unfinished_work_of_another_release(url: str, work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    """It counts as not running, and is forgotten once its process is dead: what it did may have no name any more."""
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


async def test_scheduled_work_runs_by_the_clock(url: str) -> None:
    """Every second, as its cron expression says, without anybody starting it."""
    ran = asyncio.Event()

    async def scheduled() -> None:
        ran.set()

    it = WorkflowEngine(url, "0")
    it.schedule("each second", "* * * * * *", scheduled)
    async with it, asyncio.timeout(60):
        await ran.wait()


async def test_who_lets_go_leaves_the_work_to_others(url: str, work: Work) -> None:
    """It stops in mid-way and stays under way; new work can be begun."""
    work.held = {"left"}
    async with engine(url, work) as it:
        await begin(it, "left")
        await work.has_begun("left")
        await it.release()
        assert await it.running(["left"]) == {"left"}
        await begin(it, "new")
        await work.has_ended("new")
    assert work.ended == {"new": 1}


async def test_only_old_work_that_has_ended_is_forgotten(url: str, work: Work) -> None:
    """However it ended; what is forgotten could be begun again."""
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


async def test_nothing_begins_once_it_ends(url: str, work: Work) -> None:
    """Whoever still asks for work is not refused: the next process finds in the job what there is to do."""
    it = engine(url, work)
    async with it:
        pass
    await begin(it, "1")
    await it.restart("work", "a job", workflow_id="2")
    assert work.begun == {}


async def test_its_end_leaves_nothing_behind(url: str, work: Work) -> None:
    """No thread of the engine's is waited for in vain, so that the bot ends before it is killed."""
    before = set(threading.enumerate())
    async with engine(url, work):
        pass
    threads = [thread.name for thread in set(threading.enumerate()) - before]
    assert [name for name in threads if "listener" in name] == []


async def test_work_is_nobody_s_child(url: str) -> None:
    """What is begun in the middle of other work does not depend on it: that may be taken up anew, and forgotten."""
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
