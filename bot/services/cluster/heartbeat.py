"""Liveness of the bot's processes: each sends heartbeats, and takes over the jobs of dead ones."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection
from math import inf
from types import TracebackType
from typing import Protocol, Self

from bot.backoff import Backoff
from bot.services.cluster.lease import Lease
from bot.services.cluster.runs import has_ended, new_run
from bot.store import Interrupted, JobRecord, ProcessStore, is_outage
from bot.timings import Timings

log = logging.getLogger(__name__)

_LONGEST_PAUSE = 3.0
"""The longest pause after failures, in heartbeats."""


class TakeoverHandler(Protocol):
    """Reacts when processes of the bot start or die."""

    async def recover_workflows(self) -> bool:
        """Have living processes resume the workflows of dead ones. Returns False while another process does so."""
        ...

    async def take_over(self, jobs: Collection[JobRecord], *, from_others: Collection[str]) -> None:
        """Resume these jobs, which this process owns now, those with the ids `from_others` only since just now."""
        ...

    async def release_all(self) -> None:
        """Stop all work on jobs: the other processes consider this one dead and have taken over."""
        ...

    def share(self, processes: int) -> None:
        """Use only this process's share of the API's rate limits; `processes` are alive."""
        ...


class Heartbeat:
    """Sends this process's heartbeats, and looks for dead processes, while the context is open.

    `on_replaced` is called once, when another process has taken this one's name. `lease` is renewed by each heartbeat.
    """

    def __init__(
        self,
        store: ProcessStore,
        process: str,
        handler: TakeoverHandler,
        on_replaced: Callable[[], Awaitable[None]],
        *,
        timings: Timings,
        lease: Lease | None = None,
    ) -> None:
        self._store = store
        self._process = process
        self._lease = lease or Lease(timings.silence)
        self._handler = handler
        self._on_replaced = on_replaced
        self._interval = timings.heartbeat
        self._silence = timings.silence
        self._backoff = Backoff(
            log,
            "the other processes could not be looked after",
            first=timings.heartbeat,
            longest=timings.heartbeat * _LONGEST_PAUSE,
            is_known=_is_logged_elsewhere,
        )
        self._living: list[str] = []
        self._run = ""
        self._entered_at = 0.0
        self._recheck = True
        self._recover = True
        self._grace_until = 0.0

    async def claim(self) -> None:
        """Return as soon as no other living process has this one's name; the log says why nothing happens until then.

        Two processes that replaced each other under their supervisor would use up Discord's logins.
        """
        loop, waits = asyncio.get_running_loop(), False
        while True:
            started, pause = loop.time(), self._interval
            try:
                other = await self._take_name()
            except Exception as error:
                if not waits:
                    raise
                # The other process may have been interrupted as well.
                self._grace_until, pause = loop.time() + self._silence, self._backoff.failed(error)
            else:
                if other is None:
                    break
                if not waits:
                    log.warning(
                        "another process with CLUSTER_ID=%s is alive, so this one waits for its end. Give each process "
                        "its own, or end one of the two.",
                        self._process,
                    )
                waits = True
                if loop.time() - started > self._interval:
                    self._grace_until = loop.time() + self._silence
            await asyncio.sleep(pause)
        if waits:
            log.info("the other process with CLUSTER_ID=%s has ended, so this one goes on", self._process)

    async def __aenter__(self) -> Self:
        await self.claim()
        try:
            await self._begin()
        except Exception as error:
            if not _is_logged_elsewhere(error):
                raise
            # The database went away meanwhile: with the next heartbeat this process looks again.
            self._grace_until = asyncio.get_running_loop().time() + self._silence
        self._task = asyncio.create_task(self._keep_alive())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        self._lease.end()
        try:
            # So the others take over without waiting for missed heartbeats.
            await self._store.leave(self._process, self._run)
        except Exception:
            # They notice the missing heartbeats anyway, and the shutdown must not wait for the database.
            log.warning("the others could not be told that this process ends")

    def recheck_all(self) -> None:
        """Take up all jobs of this process again at the next heartbeat: an event may have been missed."""
        self._recheck = True

    async def _take_name(self) -> str | None:
        """Count as alive, unless another living process has this one's name; returns its run then."""
        former, self._run = self._run, new_run()
        self._entered_at = self._lease.now()
        silence = inf if asyncio.get_running_loop().time() < self._grace_until else self._silence
        other = await self._store.enter(self._process, self._run, silence=silence, replaces=[former])
        if other is not None and has_ended(other):
            other = await self._store.enter(self._process, self._run, silence=silence, replaces=[other])
        return other

    async def _begin(self) -> None:
        self._recheck = True
        self._lease.renew(self._entered_at)
        await self._check_processes()

    async def _keep_alive(self) -> None:
        loop, pause = asyncio.get_running_loop(), self._interval
        while True:
            await asyncio.sleep(pause)
            started, pause = loop.time(), self._interval
            try:
                if not await self._is_alive():
                    return
                if loop.time() - started > self._interval:
                    # The database did not respond, to the others either: give them time for a heartbeat.
                    self._grace_until = loop.time() + self._silence
                await self._check_processes()
            except Exception as error:
                # The other processes may have been interrupted as well.
                self._grace_until = loop.time() + self._silence
                pause = self._backoff.failed(error)
            else:
                self._backoff.worked()

    async def _is_alive(self) -> bool:
        """Send a heartbeat. Returns False if this process has to end."""
        now = self._lease.now()
        if await self._store.beat(self._process, self._run):
            self._lease.renew(now)
            return True
        self._lease.end()
        await self._handler.release_all()
        if await self._take_name() is None:
            log.warning("this process was silent for too long, and others have taken over its jobs")
            await self._begin()
            return True
        log.error(
            "another process with CLUSTER_ID=%s has taken over, so this one stops. Give each its own.", self._process
        )
        await self._on_replaced()
        return False

    async def _check_processes(self) -> None:
        in_grace = asyncio.get_running_loop().time() < self._grace_until
        living = await self._store.alive(inf if in_grace else self._silence)
        if len(living) != len(self._living):
            self._handler.share(len(living))
        died, self._living = not set(self._living) <= set(living), living
        # After a start, or if the last attempt may have failed halfway, take up all jobs that this process owns.
        recheck, self._recheck = self._recheck, True
        taken_over = await self._store.take_over(self._process)
        found = await self._store.owned(self._process) if recheck else taken_over
        if self._recover or found or died or recheck:
            # Not left to the process that does so now: it may have begun too early to see what was lost.
            self._recover = True
            self._recover = not await self._handler.recover_workflows()
        if found:
            log.info("jobs are taken up", extra={"jobs": len(found), "from others": len(taken_over)})
            await self._handler.take_over(found, from_others={job.id for job in taken_over})
        self._recheck = False


def _is_logged_elsewhere(error: Exception) -> bool:
    return isinstance(error, Interrupted) or is_outage(error)
