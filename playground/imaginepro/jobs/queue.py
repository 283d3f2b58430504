"""The queue: first in, first out, a few jobs at once, each living its course to DONE or FAIL."""

from __future__ import annotations

import asyncio
import math
from typing import TYPE_CHECKING

from .job import Job, Status

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

# The percentages at which the service says something, as its records show them in practice.
STEPS = (0, 8, 15, 23, 31, 38, 46, 54, 60, 69, 77, 85, 93)


class QueueFull(Exception):
    """No more jobs can wait."""


class JobQueue:
    """Runs jobs. `speed` divides every duration; `prepare` and `finish` do the work the record shows."""

    def __init__(
        self,
        *,
        speed: float,
        concurrency: int,
        size: int,
        prepare: Callable[[Job], Awaitable[None]],
        finish: Callable[[Job], Awaitable[None]],
        report: Callable[[Job], None],
    ) -> None:
        self.speed, self.concurrency, self.size = speed, concurrency, size
        self._prepare, self._finish, self._report = prepare, finish, report
        self._slots = asyncio.Semaphore(concurrency)
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._running: dict[str, Job] = {}
        self._open = asyncio.Event()
        self._open.set()
        self._ceiling: int | None = None
        self._ceiling_moved = asyncio.Event()

    @property
    def paused(self) -> bool:
        """True while no waiting job is begun."""
        return not self._open.is_set()

    @property
    def full(self) -> bool:
        """True when every slot is taken and as many jobs wait as may."""
        return len(self._tasks) >= self.concurrency + self.size

    def submit(self, job: Job) -> None:
        """Put a job at the end of the line."""
        if self.full:
            raise QueueFull
        task = self._tasks[job.id] = asyncio.create_task(self._live(job))
        task.add_done_callback(lambda _: self._tasks.pop(job.id))

    def cancel(self, job: Job) -> None:
        """Stop a waiting or running job; it becomes FAIL. A job with a fault that ignores it goes on."""
        if any(fault.behaviour.ignores_cancel for fault in job.faults):
            return
        self._stop(job, "The job was cancelled.")

    def pause(self) -> None:
        """Begin no more jobs; running ones go on."""
        self._open.clear()

    def resume(self) -> None:
        """Begin jobs again, in their order."""
        self._open.set()

    def hold(self, percent: int | None) -> None:
        """Let jobs climb to this percentage and no further; None lets them all go on."""
        self._ceiling = percent
        self._ceiling_moved.set()
        self._ceiling_moved = asyncio.Event()

    def reboot(self) -> int:
        """Fail all running jobs and return their number; waiting ones keep their places, and a pause ends."""
        running = list(self._running.values())
        for job in running:
            self._stop(job, "The queue was restarted.")
        self.resume()
        return len(running)

    async def close(self) -> None:
        """Drop all jobs that still run."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _stop(self, job: Job, reason: str) -> None:
        job.stopped = reason
        self._tasks[job.id].cancel()

    async def _live(self, job: Job) -> None:
        try:
            await self._run(job)
        except asyncio.CancelledError:
            if job.stopped is None:
                raise
            job.fail(job.stopped)
        self._report(job)

    async def _run(self, job: Job) -> None:
        await self._let_pass(0.5)
        job.move(Status.QUEUED)
        async with self._slots:
            await self._let_pass(0.5)
            await self._open.wait()
            self._running[job.id] = job
            try:
                await self._work(job)
            except TimeoutError:
                job.fail(f"The job did not end within {job.timeout:g} seconds.")
            finally:
                del self._running[job.id]

    async def _work(self, job: Job) -> None:
        left = job.timeout
        for number, percent in enumerate(STEPS):
            job.step = number
            job.move(Status.PROCESSING, percent)
            await self._depart(job, percent, left)
            if number == 0:
                await self._prepare(job)
            if job.status is Status.FAIL:
                return
            self._report(job)
            await self._below_ceiling(percent)
            left = await self._spend(job.seconds / len(STEPS) * job.dice.uniform(0.7, 1.3), left)
        await self._finish(job)

    async def _depart(self, job: Job, percent: int, left: float) -> None:
        """Leave the usual course where one of the job's faults does."""
        for behaviour in (fault.behaviour for fault in job.faults):
            if behaviour.fails_at is not None and percent >= behaviour.fails_at:
                job.fail(behaviour.error)
            elif behaviour.stalls_at is not None and percent >= behaviour.stalls_at:
                self._report(job)
                if behaviour.endless:
                    await asyncio.Event().wait()
                await self._spend(math.inf, left)

    async def _below_ceiling(self, percent: int) -> None:
        """Wait while jobs are held at this percentage. Their own time stands still meanwhile."""
        while self._ceiling is not None and percent >= self._ceiling:
            await self._ceiling_moved.wait()

    async def _spend(self, seconds: float, left: float) -> float:
        """Let time pass, and say how much the job still has; TimeoutError when that is too little.

        Counted in the job's own seconds, for painting takes as long at any speed.
        """
        await self._let_pass(min(seconds, left))
        if seconds > left:
            raise TimeoutError
        return left - seconds

    async def _let_pass(self, seconds: float) -> None:
        await asyncio.sleep(seconds / self.speed)
