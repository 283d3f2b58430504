"""A stand-in for the engine: what was begun runs once, and again from its beginning when its process died meanwhile."""

import asyncio
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from bot.services.lifecycle.lifecycle import DELIVER
from bot.services.lifecycle.workflows import Work
from tests.bot.services.await_points import Moments


@dataclass
class Row:
    """One workflow, as the engine's tables know it."""

    name: str
    job_id: str
    executor: str
    ended: bool = False


class Workflows:
    """The engine's tables, which outlive every process; `told` is set when a job's delivery has ended, well or not."""

    def __init__(self) -> None:
        self.rows: dict[str, Row] = {}
        self.told: defaultdict[str, asyncio.Event] = defaultdict(asyncio.Event)

    def begun(self, name: str) -> list[str]:
        """The ids of all that were begun under this name."""
        return [workflow_id for workflow_id, row in self.rows.items() if row.name == name]


class StandIn:
    """Implements what `bot.services.lifecycle.workflows.WorkflowEngine` promises, for one process."""

    def __init__(self, workflows: Workflows, process: str, works: Mapping[str, Work], moments: Moments) -> None:
        self._workflows, self._process, self._works, self._moments = workflows, process, works, moments
        self._running: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._recover({self._process})
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.release()

    async def start(self, name: str, job_id: str, *, workflow_id: str) -> None:
        await self._moments.passes("before it is begun")
        if workflow_id not in self._workflows.rows:
            self._workflows.rows[workflow_id] = Row(name, job_id, self._process)
            await self._moments.passes("after it is begun")
            self._run(self._workflows.rows[workflow_id])

    async def restart(self, name: str, job_id: str, *, workflow_id: str) -> None:
        row = self._workflows.rows.get(workflow_id)
        if row is None or row.ended:
            self._workflows.rows.pop(workflow_id, None)
            await self.start(name, job_id, workflow_id=workflow_id)

    async def adopt(self, living: Collection[str]) -> None:
        await self._moments.passes("before adoption")
        self._recover({row.executor for row in self._workflows.rows.values()} - set(living))
        await self._moments.passes("after adoption")

    async def release(self) -> None:
        running = tuple(self._running)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    def _recover(self, executors: set[str]) -> None:
        for row in self._workflows.rows.values():
            if row.executor in executors and not row.ended:
                row.executor = self._process
                self._run(row)

    def _run(self, row: Row) -> None:
        task = asyncio.create_task(self._worked(row))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _worked(self, row: Row) -> None:
        try:
            await self._works[row.name](row.job_id)
        except Exception:
            self._end(row)
            return
        await self._moments.passes("before its end is remembered")
        self._end(row)

    def _end(self, row: Row) -> None:
        row.ended = True
        if row.name == DELIVER:
            self._workflows.told[row.job_id].set()
