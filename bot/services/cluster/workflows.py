"""Durable workflows on DBOS Transact: work that is started once, and resumed by another process after a crash."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Coroutine, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextvars import Context
from datetime import datetime
from types import TracebackType
from typing import Any, Self

from dbos import DBOS, DBOSConfig, SetWorkflowID
from dbos import error as dbos_error

log = logging.getLogger(__name__)

# Unfinished workflows are only resumed by a release with the same version. Version 2 also had a workflow for sending.
_WORKFLOW_VERSION = "3"
_THREADS = 8
"""Threads of the engine for its database queries, and connections to PostgreSQL."""

_SCHEDULE_REFRESH_SECONDS = 60.0
_RUNNING = ["PENDING", "ENQUEUED", "DELAYED"]
_ENDED = ["SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"]
_PAGE = 1000

Work = Callable[..., Awaitable[None]]
"""The body of a workflow. Its arguments are JSON values; after a crash it runs again from its beginning."""

ScheduledWork = Callable[[], Awaitable[None]]


class EngineFailed(Exception):
    """The engine could not start; the text is its own first line."""


class WorkflowEngine:
    """Runs workflows on DBOS while the context is open. There is one per process, as DBOS is a global.

    `process` is this process's name, which stays the same after a restart; `options` go to the database's driver.
    Register all work before entering, which raises `EngineFailed` and what the database raises.
    """

    def __init__(self, database_url: str, process: str, options: Mapping[str, Any] | None = None) -> None:
        self._database_url = database_url
        self._engine_options: dict[str, Any] = {"connect_args": dict(options)} if options else {}
        self._process = process
        self._works: dict[str, Work] = {}
        self._schedules: dict[str, tuple[str, ScheduledWork]] = {}
        self._workflows: dict[str, Callable[..., Coroutine[Any, Any, None]]] = {}
        self._tasks: dict[asyncio.Task[object], str] = {}
        self._ending: set[asyncio.Task[object]] = set()
        self._orphans: set[str] = set()
        self._closing = False

    def register(self, name: str, work: Work) -> None:
        """Register the work under a name that must never change: unfinished workflows are stored with it."""
        self._works[name] = work

    def schedule(self, name: str, cron: str, work: ScheduledWork) -> None:
        """Run the work at the times of a cron expression (UTC), each time in one of the processes."""
        self._schedules[name] = (cron, work)

    async def migrate(self) -> None:
        """Bring the engine's tables up to date, as entering does, and run nothing. Raises what the database raises."""
        await asyncio.to_thread(DBOS.migrate, self._database_url)

    async def __aenter__(self) -> Self:
        config: DBOSConfig = {
            "name": "imaginepro-bot",
            "system_database_url": self._database_url,
            "application_version": _WORKFLOW_VERSION,
            "executor_id": self._process,
            "log_level": "WARNING",
            "max_executor_threads": _THREADS,
            "sys_db_pool_size": _THREADS,
            "db_engine_kwargs": self._engine_options,
            "scheduler_polling_interval_sec": _SCHEDULE_REFRESH_SECONDS,
            # Nothing here uses the engine's notifications, but closing waits for their listener.
            "notification_listener_polling_interval_sec": 1.0,
        }
        DBOS(config=config)
        for name, work in self._works.items():
            self._workflows[name] = DBOS.workflow(name=name, max_recovery_attempts=None)(self._tracked(name, work))
        for name, (_, work) in self._schedules.items():
            self._workflows[name] = DBOS.workflow(name=name)(self._scheduled(name, work))
        # This runs migrations and recovery. In a thread it would not find the event loop that workflows must run on.
        try:
            DBOS.launch()
        except dbos_error.DBOSException as error:
            raise EngineFailed(str(error).partition("\n")[0]) from error
        DBOS.apply_schedules(
            [
                {"schedule_name": name, "workflow_fn": self._workflows[name], "schedule": cron}
                for name, (cron, _) in self._schedules.items()
            ]
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing = True
        logger = logging.getLogger("dbos")
        level, _ = logger.level, logger.setLevel(logging.ERROR)
        await self.release()
        # DBOS replaced the loop's default executor and shuts it down now; other code on the loop needs one.
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor())
        await asyncio.to_thread(DBOS.destroy, destroy_registry=True)
        logger.setLevel(level)

    async def start(self, name: str, *arguments: object, workflow_id: str) -> bool:
        """Start a workflow, or do nothing if this id was started before. Returns False while the engine closes."""
        if self._closing:
            return False
        # In an empty context, as a workflow started within another workflow would be its child, and would be refused
        # when the parent is started again.
        await asyncio.create_task(self._start(name, arguments, workflow_id), context=Context())
        return True

    async def _start(self, name: str, arguments: tuple[object, ...], workflow_id: str) -> None:
        with SetWorkflowID(workflow_id):
            await DBOS.start_workflow_async(self._workflows[name], *arguments)

    async def restart(self, name: str, *arguments: object, workflow_id: str) -> None:
        """Start a workflow even if an earlier attempt ended or was lost. Does nothing while one is running."""
        if not self._closing and workflow_id not in await self.running([workflow_id]):
            await DBOS.delete_workflow_async(workflow_id)
            await self.start(name, *arguments, workflow_id=workflow_id)

    async def running(self, workflow_ids: Collection[str]) -> set[str]:
        """Those of the workflows that were started, in any process, and have not ended."""
        if not workflow_ids:
            return set()
        found = await DBOS.list_workflows_async(
            workflow_ids=list(workflow_ids),
            status=_RUNNING,
            app_version=_WORKFLOW_VERSION,
            load_input=False,
            load_output=False,
            limit=len(workflow_ids),
        )
        return {status.workflow_id for status in found}

    async def recover(self, living: Collection[str]) -> None:
        """Queue the unfinished workflows of all processes not in `living`, so that living ones resume them.

        Workflows of this process that were released, or that nothing runs since the last call, are queued as well. Two
        processes must not do this at the same time: the second would queue the workflows again that the first has
        resumed.
        """
        pending = await DBOS.list_workflows_async(status="PENDING", load_input=False, load_output=False)
        lost = [status for status in pending if status.executor_id and status.executor_id not in living]
        outdated = [status.workflow_id for status in lost if status.app_version != _WORKFLOW_VERSION]
        resumed = [status.workflow_id for status in lost if status.app_version == _WORKFLOW_VERSION]
        # Others never resume these, as this process is alive. One that is just starting has no task yet.
        present = [status for status in pending if status.app_version == _WORKFLOW_VERSION]
        own = {status.workflow_id for status in present if status.executor_id == self._process}
        idle = own.difference(self._tasks.values(), resumed)
        resumed += idle & self._orphans
        if outdated:
            # No process of this release can run them; their jobs are resumed from their rows.
            await DBOS.delete_workflows_async(outdated)
        if resumed:
            await DBOS.resume_workflows_async(resumed)
        self._orphans = idle.difference(resumed)

    async def release(self) -> None:
        """Stop the workflows that run in this process. They stay pending, and `recover` resumes them."""
        running = tuple(self._tasks)
        self._orphans.update(self._tasks.values())
        for task in running:
            task.cancel()
        await asyncio.gather(*running, *self._ending, return_exceptions=True)

    async def prune(self, before: datetime) -> int:
        """Delete workflows that ended before a point in time. Returns how many."""
        deleted = 0
        while page := await DBOS.list_workflows_async(
            status=_ENDED, completed_before=before.isoformat(), load_input=False, load_output=False, limit=_PAGE
        ):
            await DBOS.delete_workflows_async([status.workflow_id for status in page])
            deleted += len(page)
        return deleted

    def _tracked(self, name: str, work: Work) -> Callable[..., Coroutine[Any, Any, None]]:
        # DBOS sets attributes on the function, which a bound method does not allow.
        async def workflow(*arguments: object) -> None:
            task = asyncio.current_task()
            assert task is not None  # noqa: S101  # a coroutine always runs in a task
            self._tasks[task] = DBOS.workflow_id or ""
            try:
                await work(*arguments)
            except Exception:
                log.exception("a workflow failed", extra={"work": name, "arguments": arguments[:1]})
                raise
            finally:
                del self._tasks[task]
                # The engine still has to store how the workflow ended.
                self._ending.add(task)
                task.add_done_callback(self._ending.discard)

        workflow.__name__ = workflow.__qualname__ = name
        return workflow

    def _scheduled(self, name: str, work: ScheduledWork) -> Callable[[datetime, Any], Coroutine[Any, Any, None]]:
        async def run(_scheduled_at: object, _context: object) -> None:
            await work()

        return self._tracked(name, run)
