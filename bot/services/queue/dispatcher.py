"""Dispatches jobs from the queue to the API as the rate limits allow, and shows the waiting ones their position."""

import asyncio
import logging
from collections.abc import Callable, Set
from contextlib import suppress
from dataclasses import dataclass, replace

from bot.backoff import Backoff
from bot.services.presenter import JobPhase, JobProgress, Presenter
from bot.services.queue.eta import EtaEstimator
from bot.services.queue.key_pool import ApiKey, KeyPool
from bot.store import JobQueueStore, JobRecord, NextJob, RunningLimits, is_outage
from bot.timings import Timings

log = logging.getLogger(__name__)

_OWNER_FIRST_SECONDS = 0.5
"""Seconds in which only the process that owns a job may dispatch it."""

_SHOWN_FRACTION = 0.8
"""A better position is shown if it is at most this fraction of the position shown before."""

BUSY = "ImaginePro is busy. Still in line."

OnDispatch = Callable[[JobRecord], None]
"""Called with a job that may be sent to the API now. Returns at once and never raises."""


class QueueDispatcher:
    """Dispatches jobs for every usable key. `process` is the name of this process.

    `limits` apply to servers and members; each key has its own limit of running jobs.
    """

    def __init__(
        self,
        store: JobQueueStore,
        keys: KeyPool,
        process: str,
        *,
        presenter: Presenter,
        eta: EtaEstimator,
        limits: RunningLimits,
        timings: Timings,
    ) -> None:
        self._store = store
        self._keys = keys
        self._process = process
        self._presenter = presenter
        self._eta = eta
        self._limits = limits
        self._timings = timings
        self._waiting: dict[str, JobRecord] = {}
        self._shown: dict[str, _Shown] = {}
        self._slot_at: dict[str, float] = {}
        self._check_at: dict[str, float] = {}
        self._positions_changed = False
        self._positions_read_at = float("-inf")
        self._reserved: dict[str, tuple[float, JobRecord]] = {}
        self._changed = asyncio.Event()

    def start(self, on_dispatch: OnDispatch, on_foreign: Callable[[str], None] = lambda _: None) -> None:
        """Start to call `on_dispatch` with each job that may be sent.

        `on_foreign` is called before, with the id of a job that waited in another process, which showed its position.
        """
        self._on_foreign = on_foreign
        self._task = asyncio.create_task(self._run(on_dispatch))

    async def stop(self) -> None:
        """Stop dispatching."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, job: JobRecord) -> None:
        """Show the queue position of this job, which is already waiting in the store, until it is dispatched."""
        self._waiting[job.id] = job
        self._positions_changed = True
        self._changed.set()

    def remove(self, job_id: str) -> None:
        """Forget a job that is no longer waiting."""
        self._forget(job_id)
        self._reserved.pop(job_id, None)
        self._positions_changed = True
        self._changed.set()

    def is_reserved(self, job_id: str) -> bool:
        """Whether this job is dispatched and handed over as soon as its slot of the rate limit begins."""
        return job_id in self._reserved

    def wake(self) -> None:
        """Check the queue again: a job has ended, or a key can be used."""
        if self._waiting:
            self._changed.set()

    async def _run(self, on_dispatch: OnDispatch) -> None:
        backoff = Backoff(
            log,
            "the line could not be looked at",
            first=self._timings.queue_retry,
            longest=self._timings.longest_retry_pause,
            is_known=is_outage,
        )
        while True:
            self._changed.clear()
            try:
                await self._dispatch_all(on_dispatch)
                await self._show_positions_if_due()
                due = self._next_check()
            except Exception as error:
                # One failed check must not stop the queue.
                due = _now() + backoff.failed(error)
            else:
                backoff.worked()
            with suppress(TimeoutError):
                async with asyncio.timeout_at(due):
                    if self._waiting:
                        await asyncio.sleep(self._timings.queue_debounce)
                    await self._changed.wait()

    def _next_check(self) -> float | None:
        """When to check again if no event comes before; None if only an event can change something."""
        times = [slot_at for slot_at, _ in self._reserved.values()]
        if self._waiting:
            times.append(self._positions_read_at + self._positions_pause)
            times += [self._check_at.get(key.name, 0.0) for key in self._keys.all]
        return min(times, default=None)

    @property
    def _positions_pause(self) -> float:
        return self._timings.positions_pause if self._positions_changed else self._timings.positions_refresh

    async def _dispatch_all(self, on_dispatch: OnDispatch) -> None:
        self._hand_over(on_dispatch)
        if not self._waiting:
            return
        # When a key may be used next does not depend on new jobs.
        keys = [key for key in self._keys.all if self._slot_at.get(key.name, 0.0) <= _now()]
        if keys:
            usable = await self._keys.usable()
            for key in keys:
                await self._dispatch(key, on_dispatch, bound_only=key not in usable)

    async def _dispatch(self, key: ApiKey, on_dispatch: OnDispatch, *, bound_only: bool) -> None:
        limits, interval = replace(self._limits, of_key=key.in_flight), key.rate_limiter.interval_seconds
        while self._waiting and self._slot_at.get(key.name, 0.0) <= _now():
            found = await self._store.take_next(
                key.name,
                self._process,
                limits,
                turn=interval,
                courtesy=_OWNER_FIRST_SECONDS,
                early=self._timings.dispatch_early,
                bound_only=bound_only,
            )
            if found.job is None:
                self._check_at[key.name] = _now() + self._pause_after(found)
                if found.key_waits:
                    self._slot_at[key.name] = self._check_at[key.name]
                return
            if found.tries_queue:
                key.full_queues.add(found.job.kind.queue)
            slot_at = _now() + found.starts_in
            self._slot_at[key.name] = self._check_at[key.name] = slot_at + interval - self._timings.dispatch_early
            if found.job.id not in self._waiting:
                self._on_foreign(found.job.id)
            self._forget(found.job.id)
            self._positions_changed = True
            self._reserved[found.job.id] = (slot_at, found.job)
            self._presenter.show(JobProgress(job=found.job, phase=JobPhase.SUBMITTING))
            self._hand_over(on_dispatch)

    def _pause_after(self, found: NextJob) -> float:
        """Seconds until the next check of a key that could send no job."""
        if found.wait is None:
            return self._timings.capacity_check
        # Only while the key itself may not be used, no other job can take the turn.
        return found.wait if found.key_waits else min(found.wait, self._timings.capacity_check)

    def _hand_over(self, on_dispatch: OnDispatch) -> None:
        """Hand over the dispatched jobs whose slot of the rate limit has begun."""
        for slot_at, job in tuple(self._reserved.values()):
            if slot_at <= _now():
                del self._reserved[job.id]
                on_dispatch(job)

    async def _show_positions_if_due(self) -> None:
        if self._waiting and _now() >= self._positions_read_at + self._positions_pause:
            self._positions_read_at, self._positions_changed = _now(), False
            await self._show_positions()

    async def _show_positions(self) -> None:
        known = dict(self._waiting)
        positions = await self._store.positions(self._process)
        full = await self._keys.full_queues()
        for job_id, job in known.items():
            if self._waiting.get(job_id) is not job:
                # It was dispatched or has ended in the meantime, or was added again.
                continue
            position = positions.get(job_id)
            if position is None:
                self._forget(job_id)
                continue
            now = _Shown(position, busy=self._finds_no_room(job, full))
            if now.is_worth_an_edit(self._shown.get(job_id)):
                self._shown[job_id] = now
                self._presenter.show(self._progress(job, now))

    def _progress(self, job: JobRecord, now: "_Shown") -> JobProgress:
        # When the API has room again is not known, so there is no estimate then.
        return JobProgress(
            job=job,
            phase=JobPhase.WAITING,
            position=now.position,
            eta_seconds=None if now.busy else self._eta.of_waiting(job, now.position) + self._held_seconds(),
            note=BUSY if now.busy else None,
        )

    def _held_seconds(self) -> float:
        """Seconds until the first key can be used again, without the ordinary pause between two requests."""
        return max(
            0.0,
            min(
                self._slot_at.get(key.name, 0.0) - _now() - key.rate_limiter.interval_seconds for key in self._keys.all
            ),
        )

    def _finds_no_room(self, job: JobRecord, full: Set[tuple[str, str]]) -> bool:
        """Whether the API's queues for this job were full with every key that may send it."""
        keys = [key for key in self._keys.all if job.key in (None, key.name)]
        usable = [key for key in keys if not key.is_quarantined] or keys
        return bool(usable) and all((key.name, job.kind.queue) in full for key in usable)

    def _forget(self, job_id: str) -> None:
        self._waiting.pop(job_id, None)
        self._shown.pop(job_id, None)


@dataclass(frozen=True, slots=True)
class _Shown:
    """What a waiting job's reply shows: its position, and whether the API has no room for it."""

    position: int
    busy: bool

    def is_worth_an_edit(self, before: "_Shown | None") -> bool:
        """Whether to show this instead: single steps in a long queue would use up the rate limit of edits."""
        if before is None or before.busy != self.busy or self.position > before.position:
            return True
        return self.position <= min(before.position - 1, before.position * _SHOWN_FRACTION)


def _now() -> float:
    return asyncio.get_running_loop().time()
