"""Durable execution: a job that was started is carried to its end, by this process or the next one."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Coroutine
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Any, Protocol, Self, TypeVar

from dbos import DBOS, DBOSConfig, SetWorkflowID

T = TypeVar("T")
log = logging.getLogger(__name__)

# A change of this text would keep unfinished jobs of the earlier release from being picked up.
_WORKFLOW_VERSION = "1"
_EXECUTOR = "0"
_UNDER_WAY = ["PENDING", "ENQUEUED", "DELAYED"]


class Step(Protocol):
    """Runs one part of a workflow; once it has returned, it is not run again after a restart."""

    async def __call__(self, name: str, part: Callable[[], Coroutine[Any, Any, T]], /) -> T:
        """What the part returned, now or before the restart."""
        ...


Workflow = Callable[[str, Step], Awaitable[None]]


class Engine:
    """Runs a workflow per job on DBOS Transact, between `async with` and its end.

    The engine is a global of its library, so there is one per process.
    """

    def __init__(self, database_url: str, workflow: Workflow) -> None:
        self._database_url = database_url
        self._workflow = workflow
        self._running: set[asyncio.Task[object]] = set()

    async def __aenter__(self) -> Self:
        config: DBOSConfig = {
            "name": "imaginepro-bot",
            "system_database_url": self._database_url,
            "application_version": _WORKFLOW_VERSION,
            "executor_id": _EXECUTOR,
            "log_level": "WARNING",
            "max_executor_threads": 8,
            "scheduler_polling_interval_sec": 3600.0,
        }
        DBOS(config=config)
        self._run = DBOS.workflow(name="job", max_recovery_attempts=None)(self._registered())
        # Migrations and recovery run here; in a thread they would not find the loop that workflows shall run on.
        DBOS.launch()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # A workflow cancelled in mid-way stays pending in the database: the next start goes on with it.
        logging.getLogger("dbos").setLevel(logging.ERROR)
        running = tuple(self._running)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        # The library made its own threads the loop's, and they end now; whatever else uses the loop goes on.
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor())
        await asyncio.to_thread(DBOS.destroy, destroy_registry=True)

    async def start(self, job_id: str) -> None:
        """Begin this job's workflow; nothing happens when it was begun before."""
        with SetWorkflowID(job_id):
            await DBOS.start_workflow_async(self._run, job_id)

    async def start_anew(self, job_id: str) -> None:
        """Begin this job's workflow though an earlier one broke off, which is forgotten with its steps."""
        await DBOS.delete_workflow_async(job_id)
        await self.start(job_id)

    async def under_way(self, job_ids: Collection[str]) -> set[str]:
        """Those of the jobs whose workflow was begun, by whichever process, and has not ended."""
        if not job_ids:
            return set()
        found = await DBOS.list_workflows_async(
            workflow_ids=list(job_ids),
            status=_UNDER_WAY,
            load_input=False,
            load_output=False,
            limit=len(job_ids),
        )
        return {status.workflow_id for status in found}

    def _registered(self) -> Callable[[str], Coroutine[Any, Any, None]]:
        # The library marks the function it is given, which a bound method does not allow.
        async def job(job_id: str) -> None:
            task = asyncio.current_task()
            assert task is not None  # noqa: S101  # a coroutine always runs in a task
            self._running.add(task)
            try:
                await self._workflow(job_id, _step)
            except Exception:
                log.exception("the workflow of a job broke off", extra={"job": job_id})
                raise
            finally:
                self._running.discard(task)

        return job


async def _step(name: str, part: Callable[[], Coroutine[Any, Any, T]], /) -> T:
    # The library tells coroutine functions from others by their kind, and a lambda is not one.
    async def coroutine() -> T:
        return await part()

    return await DBOS.run_step_async({"name": name}, coroutine)
