"""The queue in front of the API, as this process sees it: dispatches the next jobs and shows the others their place."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

from bot.services.presenter import JobPhase, JobProgress, Presenter
from bot.services.queue.eta import EtaEstimator
from bot.services.queue.key_pool import ApiKey, KeyPool
from bot.store import JobQueueStore, JobRecord, RunningLimits
from bot.timings import Timings

log = logging.getLogger(__name__)

_COURTESY = 0.5
"""Seconds that a turn is left to the process that has owned the job so far."""

_EARLY_SECONDS = 0.5
"""How long before its turn a job is taken from the queue: turns keep their distance though a look comes late."""

_WORTH_TELLING = 0.8
"""A new place is shown when it is at most this part of the one shown last."""

OnDispatch = Callable[[JobRecord], None]
"""Receives a job whose turn has come. Returns at once and never raises."""


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
        self._shown: dict[str, int] = {}
        self._turn_at: dict[str, float] = {}
        self._look_at: dict[str, float] = {}
        self._places_changed = False
        self._places_read_at = float("-inf")
        self._taken: dict[str, tuple[float, JobRecord]] = {}
        self._news = asyncio.Event()

    def start(self, on_dispatch: OnDispatch) -> None:
        """Give jobs to `on_dispatch` as their turn comes, from now on."""
        self._task = asyncio.create_task(self._serve(on_dispatch))

    async def stop(self) -> None:
        """Dispatch nothing more."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, job: JobRecord) -> None:
        """Show this job its place from now on; it waits in the store already."""
        self._waiting[job.id] = job
        self._places_changed = True
        self._news.set()

    def remove(self, job_id: str) -> None:
        """Forget a job that no longer waits."""
        self._forget(job_id)
        self._taken.pop(job_id, None)
        self._places_changed = True
        self._news.set()

    def wake(self) -> None:
        """Look at the queue again: a job has ended, or a key can be used."""
        if self._waiting:
            self._news.set()

    async def _serve(self, on_dispatch: OnDispatch) -> None:
        failing = False
        while True:
            self._news.clear()
            try:
                await self._dispatch_all(on_dispatch)
                await self._show_positions_if_due()
                failing, due = False, self._next_look()
            except Exception:
                # One failed look must not stop the queue.
                if not failing:
                    log.exception("the line could not be looked at")
                failing, due = True, _now() + self._timings.queue_retry
            with suppress(TimeoutError):
                async with asyncio.timeout_at(due):
                    if self._waiting:
                        await asyncio.sleep(self._timings.queue_settle)
                    await self._news.wait()

    def _next_look(self) -> float | None:
        """When to look again without news; None when only news can change something."""
        looks = [turn_at for turn_at, _ in self._taken.values()]
        if self._waiting:
            looks.append(self._places_read_at + self._places_pause)
            looks += [self._look_at.get(key.name, 0.0) for key in self._keys.all]
        return min(looks, default=None)

    @property
    def _places_pause(self) -> float:
        return self._timings.places_pause if self._places_changed else self._timings.places_refresh

    async def _dispatch_all(self, on_dispatch: OnDispatch) -> None:
        self._hand_over(on_dispatch)
        if not self._waiting:
            return
        # Nothing that joins the queue changes when a key may be used next.
        keys = [key for key in self._keys.all if self._turn_at.get(key.name, 0.0) <= _now()]
        if keys:
            usable = await self._keys.usable()
            for key in keys:
                await self._dispatch(key, on_dispatch, bound_only=key not in usable)

    async def _dispatch(self, key: ApiKey, on_dispatch: OnDispatch, *, bound_only: bool) -> None:
        limits, turn = replace(self._limits, of_key=key.in_flight), key.rate_limiter.interval_seconds
        while self._turn_at.get(key.name, 0.0) <= _now():
            found = await self._store.take_next(
                key.name,
                self._process,
                limits,
                turn=turn,
                courtesy=_COURTESY,
                early=_EARLY_SECONDS,
                bound_only=bound_only,
            )
            if found.job is None:
                wait = self._timings.queue_look if found.wait is None else found.wait
                self._look_at[key.name] = _now() + wait
                if found.key_waits:
                    self._turn_at[key.name] = self._look_at[key.name]
                return
            turn_at = _now() + found.starts_in
            self._turn_at[key.name] = self._look_at[key.name] = turn_at + turn - _EARLY_SECONDS
            self._forget(found.job.id)
            self._places_changed = True
            self._taken[found.job.id] = (turn_at, found.job)
            self._presenter.show(JobProgress(job=found.job, phase=JobPhase.SUBMITTING))
            self._hand_over(on_dispatch)

    def _hand_over(self, on_dispatch: OnDispatch) -> None:
        """Hand on the dispatched jobs whose turn has come."""
        for turn_at, job in tuple(self._taken.values()):
            if turn_at <= _now():
                del self._taken[job.id]
                on_dispatch(job)

    async def _show_positions_if_due(self) -> None:
        if self._waiting and _now() >= self._places_read_at + self._places_pause:
            self._places_read_at, self._places_changed = _now(), False
            await self._show_positions()

    async def _show_positions(self) -> None:
        known = dict(self._waiting)
        places = await self._store.positions(self._process)
        for job_id, job in known.items():
            place = places.get(job_id)
            if place is None:
                # Unless it has been added again since.
                if self._waiting.get(job_id) is job:
                    self._forget(job_id)
            elif self._is_news(job_id, place):
                self._shown[job_id] = place
                eta = self._eta.of_waiting(job, place)
                self._presenter.show(JobProgress(job=job, phase=JobPhase.WAITING, position=place, eta_seconds=eta))

    def _is_news(self, job_id: str, place: int) -> bool:
        """Whether the place is worth an edit: one step in a long queue is not, or all requests would be edits."""
        told = self._shown.get(job_id)
        return told is None or place > told or place <= min(told - 1, told * _WORTH_TELLING)

    def _forget(self, job_id: str) -> None:
        self._waiting.pop(job_id, None)
        self._shown.pop(job_id, None)


def _now() -> float:
    return asyncio.get_running_loop().time()
