"""A fake workflow engine: each workflow runs once, and again from the beginning if its process died."""

import asyncio
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from bot.services.cluster.workflows import WorkflowEngine
from tests.bot.services.await_points import AwaitPoints


@dataclass
class Row:
    """A row of the engine's table of workflows."""

    name: str
    arguments: tuple[object, ...]
    executor: str
    ended: bool = False


class Workflows:
    """The engine's tables, which outlive the processes. `delivered` has an event per job, set after its delivery."""

    def __init__(self) -> None:
        self.rows: dict[str, Row] = {}
        self.delivered: defaultdict[str, asyncio.Event] = defaultdict(asyncio.Event)

    def begun(self, name: str) -> list[str]:
        """The ids of all started workflows with this name."""
        return [workflow_id for workflow_id, row in self.rows.items() if row.name == name]


class FakeEngine(WorkflowEngine):
    """A `WorkflowEngine` for one process, without a database."""

    def __init__(self, workflows: Workflows, process: str, await_points: AwaitPoints) -> None:
        super().__init__("", process)
        self._tables, self._await_points = workflows, await_points

    async def __aenter__(self) -> Self:
        self._resume({self._process})
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing = True
        await self.release()

    async def start(self, name: str, *arguments: object, workflow_id: str) -> bool:
        if self._closing:
            return False
        await self._await_points.reach("before it is begun")
        if workflow_id not in self._tables.rows:
            self._tables.rows[workflow_id] = Row(name, arguments, self._process)
            await self._await_points.reach("after it is begun")
            self._run(workflow_id, self._tables.rows[workflow_id])
        return True

    async def restart(self, name: str, *arguments: object, workflow_id: str) -> None:
        row = self._tables.rows.get(workflow_id)
        if row is None or row.ended:
            self._tables.rows.pop(workflow_id, None)
            await self.start(name, *arguments, workflow_id=workflow_id)

    async def running(self, workflow_ids: Collection[str]) -> set[str]:
        return {each for each in workflow_ids if each in self._tables.rows and not self._tables.rows[each].ended}

    async def recover(self, living: Collection[str]) -> None:
        # No await point here: this runs inside a transaction, which a dying process does not keep open.
        self._resume({row.executor for row in self._tables.rows.values()} - set(living))

    def _resume(self, executors: set[str]) -> None:
        for workflow_id, row in self._tables.rows.items():
            if row.executor in executors and not row.ended:
                row.executor = self._process
                self._run(workflow_id, row)

    def _run(self, workflow_id: str, row: Row) -> None:
        task = asyncio.create_task(self._execute(row))
        self._tasks[task] = workflow_id
        task.add_done_callback(self._tasks.pop)

    async def _execute(self, row: Row) -> None:
        try:
            await self._works[row.name](*row.arguments)
        except Exception:
            self._end(row)
            return
        await self._await_points.reach("before its end is remembered")
        self._end(row)

    def _end(self, row: Row) -> None:
        row.ended = True
        if row.name == "deliver":
            self._tables.delivered[str(row.arguments[0])].set()
