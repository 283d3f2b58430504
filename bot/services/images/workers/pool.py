"""Worker processes for one purpose: started when they are needed, replaced when they exceed their limits."""

import asyncio
import logging
import signal
from collections.abc import Hashable
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Any, Self

from bot.services.images.frames import Frame
from bot.services.images.workers.process import WorkerDied, WorkerProcess
from bot.services.images.workers.turns import MemoryBudget, Turns
from bot.timings import Timings

log = logging.getLogger(__name__)

_SIGXCPU = getattr(signal, "SIGXCPU", None)


class Refused(Exception):
    """The image can't be used; `text` says why."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


class Failed(Exception):
    """The worker did not come to an end with the image."""


class TookTooLong(Failed):
    """The image exceeded its time."""


class WorkerPool:
    """At most `size` workers, each owner's images in at most `of_one` of them. They end when the context is left.

    `memory` is shared with other pools.
    """

    def __init__(self, size: int, of_one: int, memory: MemoryBudget, timings: Timings) -> None:
        self._turns = Turns(size, of_one)
        self._memory = memory
        self._timings = timings
        self._workers: set[WorkerProcess] = set()
        self._idle: dict[WorkerProcess, asyncio.TimerHandle] = {}
        self._ending: set[asyncio.Task[None]] = set()
        self._closing = False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing = True
        for timer in self._idle.values():
            timer.cancel()
        self._idle.clear()
        for worker in tuple(self._workers):
            self._end(worker)
        await asyncio.gather(*self._ending)

    @property
    def pids(self) -> tuple[int, ...]:
        """The ids of the processes that run now."""
        return tuple(worker.pid for worker in self._workers)

    async def done(self, owner: Hashable, task: str, options: dict[str, Any], data: bytes = b"") -> Frame:
        """A worker's answer, once it is the owner's turn.

        `options` are JSON values. Raises Refused, and Failed when the worker was ended or ended by itself.
        """
        header = {"task": task, "options": options, "cpu_seconds": self._timings.image_cpu_seconds}
        async with self._turns.turn(owner):
            worker = await self._worker()
            try:
                answer = await self._asked(worker, Frame(header, data))
            except BaseException:
                # Also when the caller was cancelled: it has no use for the answer, and others wait for the worker.
                self._end(worker)
                raise
            self._rest(worker)
        if "refused" in answer.header:
            raise Refused(answer.header["refused"])
        return answer

    async def _asked(self, worker: WorkerProcess, task: Frame) -> Frame:
        try:
            async with AsyncExitStack() as memory:
                answer = await self._in_time(worker, task)
                if "needs" in answer.header:
                    await memory.enter_async_context(self._memory.share(answer.header["needs"]))
                    answer = await self._in_time(worker, Frame({"go": True}))
        except TimeoutError:
            log.warning("an image took longer than a worker may work on it")
            raise TookTooLong from None
        except WorkerDied as error:
            log.warning("%s", error)
            raise (TookTooLong if _SIGXCPU is not None and error.code == -_SIGXCPU else Failed) from None
        if "exhausted" in answer.header:
            log.warning("an image needs more memory than a worker may take")
            raise Failed
        if "failed" in answer.header:
            log.error("an image worker failed: %s", answer.header["failed"])
            raise Failed
        return answer

    async def _in_time(self, worker: WorkerProcess, frame: Frame) -> Frame:
        async with asyncio.timeout(self._timings.image_seconds):
            return await worker.ask(frame)

    async def _worker(self) -> WorkerProcess:
        """A worker without a task, a new one if need be. Raises Failed when none can be started."""
        while self._idle:
            worker, timer = self._idle.popitem()
            timer.cancel()
            if worker.is_alive:
                return worker
            self._end(worker)
        if self._closing:
            raise Failed
        try:
            worker = await WorkerProcess.start()
        except OSError as error:
            log.error("no image worker can be started: %s", error)  # noqa: TRY400
            raise Failed from error
        self._workers.add(worker)
        return worker

    def _rest(self, worker: WorkerProcess) -> None:
        """Keep the worker for the next image, for a while."""
        if self._closing or not worker.is_alive:
            self._end(worker)
            return

        def retire() -> None:
            if self._idle.pop(worker, None) is not None:
                self._end(worker)

        self._idle[worker] = asyncio.get_running_loop().call_later(self._timings.image_worker_idle, retire)

    def _end(self, worker: WorkerProcess) -> None:
        worker.end()
        ending = asyncio.create_task(self._ended(worker))
        self._ending.add(ending)
        ending.add_done_callback(self._ending.discard)

    async def _ended(self, worker: WorkerProcess) -> None:
        await worker.closed()
        self._workers.discard(worker)
