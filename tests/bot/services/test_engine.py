"""Durable execution at its end."""

import asyncio
import threading
from pathlib import Path

from dbos import DBOS

from bot.services.engine import Engine


async def test_nothing_begins_once_it_ends(tmp_path: Path) -> None:
    """Whoever still asks for work is not refused: the next process finds in the job what there is to do."""
    begun: list[str] = []

    async def work(job_id: str) -> None:
        begun.append(job_id)

    engine = Engine(f"sqlite:///{tmp_path / 'work.db'}", "0", {"work": work})
    async with engine:
        pass
    await engine.start("work", "a job", workflow_id="1")
    await engine.start_anew("work", "a job", workflow_id="2")
    assert begun == []


async def test_its_end_leaves_nothing_behind(tmp_path: Path) -> None:
    """No thread of the engine's is waited for in vain, so that the bot ends before it is killed."""
    before = set(threading.enumerate())
    async with Engine(f"sqlite:///{tmp_path / 'work.db'}", "0", {}):
        pass
    left = [thread.name for thread in set(threading.enumerate()) - before]
    assert [name for name in left if "listener" in name] == []


async def test_work_is_nobody_s_child(tmp_path: Path) -> None:
    """What is begun in the middle of other work does not depend on it: that may be taken up anew, and forgotten."""
    done = asyncio.Event()

    async def first(job_id: str) -> None:
        await engine.start("second", job_id, workflow_id="2")

    async def second(job_id: str) -> None:
        done.set()

    engine = Engine(f"sqlite:///{tmp_path / 'work.db'}", "0", {"first": first, "second": second})
    async with engine, asyncio.timeout(60):
        await engine.start("first", "a job", workflow_id="1")
        await done.wait()
        [status] = await DBOS.list_workflows_async(workflow_ids=["2"])
    assert status.parent_workflow_id is None
