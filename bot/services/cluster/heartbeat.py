"""Being one of the bot's processes: seen by the others, and looking after the jobs of those that are gone."""

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable, Collection
from types import TracebackType
from typing import Protocol, Self

from bot.store import Interrupted, JobRecord, ProcessStore
from bot.timings import Timings

log = logging.getLogger(__name__)


class TakeoverHandler(Protocol):
    """Who acts on what becomes of the bot's processes."""

    async def recover_workflows(self) -> None:
        """Have the workflows of dead processes resumed by living ones."""
        ...

    async def take_over(self, jobs: Collection[JobRecord]) -> None:
        """Carry on these jobs, which this process owns now."""
        ...

    async def release_all(self) -> None:
        """Do nothing more for any job: the others have given this process up."""
        ...

    def share(self, processes: int) -> None:
        """Leave the others their part of what all share; so many are alive."""
        ...


class Heartbeat:
    """Keeps this process among the living, between `async with` and its end.

    `replaced` is called once when another process has taken this one's name.
    """

    def __init__(
        self,
        store: ProcessStore,
        process: str,
        handler: TakeoverHandler,
        on_replaced: Callable[[], Awaitable[None]],
        *,
        timings: Timings,
    ) -> None:
        self._store = store
        self._process = process
        self._handler = handler
        self._on_replaced = on_replaced
        self._beat = timings.heartbeat
        self._silence = timings.silence
        self._living: list[str] = []
        self._run = ""
        self._unsure = True
        self._patient_until = 0.0

    async def __aenter__(self) -> Self:
        await self._enter()
        self._task = asyncio.create_task(self._keep_alive())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        try:
            # The others need not wait until this process is missed.
            await self._store.leave(self._process, self._run)
        except Exception:
            # They will miss it all the same, and ending must not wait for the database.
            log.warning("the others could not be told that this process ends")

    def recheck_all(self) -> None:
        """Go through all jobs of this process at the next beat: something may have been missed."""
        self._unsure = True

    async def _enter(self) -> None:
        self._run, self._unsure = secrets.token_hex(8), True
        await self._store.enter(self._process, self._run)
        await self._look()

    async def _keep_alive(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(self._beat)
            begun = loop.time()
            try:
                if not await self._is_alive():
                    return
                if loop.time() - begun > self._beat:
                    # The database was away, for the others as well: they must be heard before they are missed.
                    self._patient_until = loop.time() + self._silence
                await self._look()
            except Interrupted:
                # Who keeps the database has told the log, and the others were interrupted as well.
                self._patient_until = loop.time() + self._silence
            except Exception:
                log.exception("the other processes could not be looked after")
                self._patient_until = loop.time() + self._silence

    async def _is_alive(self) -> bool:
        """False when this process has to end."""
        if await self._store.beat(self._process, self._run):
            return True
        if await self._store.run_of(self._process) is not None:
            log.error(
                "another process has been started with CLUSTER_ID=%s, so this one stops. Give each its own.",
                self._process,
            )
            await self._handler.release_all()
            await self._on_replaced()
            return False
        log.warning("this process was silent for too long, and others have taken over its jobs")
        await self._handler.release_all()
        await self._enter()
        return True

    async def _look(self) -> None:
        patient = asyncio.get_running_loop().time() < self._patient_until
        living = await self._store.alive(float("inf") if patient else self._silence)
        if len(living) != len(self._living):
            self._handler.share(len(living))
        died, self._living = not set(self._living) <= set(living), living
        # Begun anew, or unsure what the last attempt has done, this process looks at all that are its own.
        all_of_them, self._unsure = self._unsure, True
        stray = await self._store.take_over(self._process)
        found = await self._store.owned(self._process) if all_of_them else stray
        if found or died or all_of_them:
            await self._handler.recover_workflows()
        if found:
            log.info("jobs are taken up", extra={"jobs": len(found), "from others": len(stray)})
            await self._handler.take_over(found)
        self._unsure = False
