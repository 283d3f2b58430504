"""Durable execution: what was begun for a job is carried to its end, by this process or another one."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Coroutine, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextvars import Context
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Any, Self

from dbos import DBOS, DBOSConfig, SetWorkflowID

log = logging.getLogger(__name__)

# A change of this text would keep what is unfinished of an earlier release from being picked up.
_WORKFLOW_VERSION = "2"
_THREADS = 8
"""Threads of the engine that talk to its tables, and so connections to PostgreSQL."""

_UNDER_WAY = ["PENDING", "ENQUEUED", "DELAYED"]
_KEPT = timedelta(days=2)
_PRUNING_SECONDS = 3600.0
_AT_ONCE = 1000

Work = Callable[[str], Awaitable[None]]
"""Does something for the job with this id. Run again from its beginning when the process died in its middle."""


# The public way to resume a workflow asks for no executor, so that two processes could take up the same one.
_recover: Callable[[list[str]], object] = DBOS._recover_pending_workflows  # noqa: SLF001  # pyright: ignore[reportPrivateUsage, reportUnknownMemberType]


class WorkflowEngine:
    """Runs work for jobs on DBOS Transact, between `async with` and its end; `process` is this process's lasting name.

    Each piece of work is a workflow with an id of its own: begun twice, by whichever process, it runs once. The engine
    is a global of its library, so there is one per process.
    """

    def __init__(self, database_url: str, process: str, works: Mapping[str, Work]) -> None:
        self._database_url = database_url
        self._process = process
        self._works = works
        self._running: set[asyncio.Task[object]] = set()
        self._closing = False
        self._workflows: dict[str, Callable[[str], Coroutine[Any, Any, None]]] = {}

    async def __aenter__(self) -> Self:
        config: DBOSConfig = {
            "name": "imaginepro-bot",
            "system_database_url": self._database_url,
            "application_version": _WORKFLOW_VERSION,
            "executor_id": self._process,
            "log_level": "WARNING",
            "max_executor_threads": _THREADS,
            "sys_db_pool_size": _THREADS,
            "scheduler_polling_interval_sec": 3600.0,
            # Nothing is told through the engine's own messages, but ending waits for whoever listens to them.
            "notification_listener_polling_interval_sec": 1.0,
        }
        DBOS(config=config)
        for name, work in self._works.items():
            self._workflows[name] = DBOS.workflow(name=name, max_recovery_attempts=None)(self._registered(name, work))
        # Migrations and recovery run here; in a thread they would not find the loop that workflows shall run on.
        DBOS.launch()
        self._pruning = asyncio.create_task(self._prune())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing = True
        lines = logging.getLogger("dbos")
        level, _ = lines.level, lines.setLevel(logging.ERROR)
        self._pruning.cancel()
        await asyncio.gather(self._pruning, return_exceptions=True)
        await self.release()
        # The library made its own threads the loop's, and they end now; whatever else uses the loop goes on.
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor())
        await asyncio.to_thread(DBOS.destroy, destroy_registry=True)
        lines.setLevel(level)

    async def start(self, name: str, job_id: str, *, workflow_id: str) -> None:
        """Begin this work for the job; nothing happens when the workflow was begun before.

        Nor does anything while the engine ends: the next process finds the work to do in the job itself.
        """
        if self._closing:
            return
        # In a context of its own: begun from within another workflow, or a task that one has left behind, it would be
        # that one's child, and refused when that one has been taken up anew since.
        await asyncio.create_task(self._start(name, job_id, workflow_id), context=Context())

    async def _start(self, name: str, job_id: str, workflow_id: str) -> None:
        with SetWorkflowID(workflow_id):
            await DBOS.start_workflow_async(self._workflows[name], job_id)

    async def restart(self, name: str, job_id: str, *, workflow_id: str) -> None:
        """Begin this work though an earlier attempt broke off, which is forgotten; nothing happens while one runs."""
        if not self._closing and workflow_id not in await self.running([workflow_id]):
            await DBOS.delete_workflow_async(workflow_id)
            await self.start(name, job_id, workflow_id=workflow_id)

    async def running(self, workflow_ids: Collection[str]) -> set[str]:
        """Those of the workflows that were begun, by whichever process, and have not ended."""
        if not workflow_ids:
            return set()
        found = await DBOS.list_workflows_async(
            workflow_ids=list(workflow_ids),
            status=_UNDER_WAY,
            load_input=False,
            load_output=False,
            limit=len(workflow_ids),
        )
        return {status.workflow_id for status in found}

    async def adopt(self, living: Collection[str]) -> None:
        """Take up the work of every process that is not among the living."""
        pending = await DBOS.list_workflows_async(status="PENDING", load_input=False, load_output=False)
        dead = {status.executor_id for status in pending if status.executor_id} - set(living)
        if dead:
            await asyncio.to_thread(_recover, sorted(dead))

    async def release(self) -> None:
        """Stop all work of this process in mid-way; it stays pending, and whoever comes next goes on with it."""
        running = tuple(self._running)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    async def prune(self, before: datetime) -> int:
        """How many workflows were deleted that had ended before that moment."""
        ended = await DBOS.list_workflows_async(
            status=["SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"],
            completed_before=before.isoformat(),
            load_input=False,
            load_output=False,
            limit=_AT_ONCE,
        )
        if ended:
            await DBOS.delete_workflows_async([status.workflow_id for status in ended])
        return len(ended)

    async def _prune(self) -> None:
        while True:
            await asyncio.sleep(_PRUNING_SECONDS)
            while await self.prune(datetime.now(UTC) - _KEPT) == _AT_ONCE:
                log.debug("many old workflows are deleted")

    def _registered(self, name: str, work: Work) -> Callable[[str], Coroutine[Any, Any, None]]:
        # The library marks the function it is given, which a bound method does not allow.
        async def workflow(job_id: str) -> None:
            task = asyncio.current_task()
            assert task is not None  # noqa: S101  # a coroutine always runs in a task
            self._running.add(task)
            try:
                await work(job_id)
            except Exception:
                log.exception("the workflow of a job broke off", extra={"job": job_id, "work": name})
                raise
            finally:
                self._running.discard(task)

        workflow.__name__ = workflow.__qualname__ = name
        return workflow
