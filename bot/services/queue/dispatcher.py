"""The line in front of the API, as this process sees it: calls whose turn it is, and tells the others their place."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

from bot.services.presenter import JobPhase, JobProgress, Presenter
from bot.services.queue.eta import EtaEstimator
from bot.services.queue.key_pool import ApiKey, KeyPool
from bot.store import JobQueueStore, JobRecord, RunningLimits

log = logging.getLogger(__name__)

_COURTESY = 0.5
"""Seconds that a turn is left to the process that has looked after the job so far."""

_LOOK_SECONDS = 2.0
"""How often the line is looked at while jobs wait here: one that ended elsewhere makes room as well."""

_CROWD_SECONDS = 0.1
_TELLING_SECONDS = 1.0
_TROUBLE_SECONDS = 2.0
_WORTH_TELLING = 0.8
"""The part of the place that was told last, from which on a new one is told."""

OnDispatch = Callable[[JobRecord], None]
"""Receives a job whose turn has come. Returns at once and never raises."""


class QueueDispatcher:
    """Dispatches jobs for every key that may be used. `process` is the name of this process.

    `limits` hold for places and members; how many a key may have running at once is the key's own affair.
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
    ) -> None:
        self._store = store
        self._keys = keys
        self._process = process
        self._presenter = presenter
        self._eta = eta
        self._limits = limits
        self._waiting: dict[str, JobRecord] = {}
        self._shown: dict[str, int] = {}
        self._show_at = 0.0
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
        self._news.set()

    def remove(self, job_id: str) -> None:
        """Forget a job that waits no more."""
        self._forget(job_id)
        self._news.set()

    def wake(self) -> None:
        """Look at the line again: a job has ended, or a key can be used."""
        if self._waiting:
            self._news.set()

    async def _serve(self, on_dispatch: OnDispatch) -> None:
        failing = False
        while True:
            self._news.clear()
            try:
                pause = await self._dispatch_all(on_dispatch)
                await self._show_positions_if_due()
                failing = False
            except Exception:
                # The line must go on, whatever happened to one look at it.
                if not failing:
                    log.exception("the line could not be looked at")
                failing, pause = True, _TROUBLE_SECONDS
            if self._waiting:
                # A crowd that arrives is one piece of news; whoever comes to an empty line is called at once.
                await asyncio.sleep(_CROWD_SECONDS)
            with suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._news.wait()

    async def _dispatch_all(self, on_dispatch: OnDispatch) -> float | None:
        """Seconds after which to look again; None when only news can change something."""
        if not self._waiting:
            return None
        usable = await self._keys.usable()
        pauses = [await self._dispatch(key, on_dispatch, bound_only=key not in usable) for key in self._keys.all]
        return min([_LOOK_SECONDS, *(pause for pause in pauses if pause is not None)])

    async def _dispatch(self, key: ApiKey, on_dispatch: OnDispatch, *, bound_only: bool) -> float | None:
        limits = replace(self._limits, of_key=key.at_once)
        while True:
            turn = await self._store.take_next(
                key.name,
                self._process,
                limits,
                turn=key.rate_limiter.interval_seconds,
                courtesy=_COURTESY,
                bound_only=bound_only,
            )
            if turn.job is None:
                return turn.wait
            self._forget(turn.job.id)
            self._presenter.show(JobProgress(job=turn.job, phase=JobPhase.SUBMITTING))
            on_dispatch(turn.job)

    async def _show_positions_if_due(self) -> None:
        now = asyncio.get_running_loop().time()
        if self._waiting and now >= self._show_at:
            self._show_at = now + _TELLING_SECONDS
            await self._show_positions()

    async def _show_positions(self) -> None:
        known = dict(self._waiting)
        places = await self._store.positions(self._process)
        for job_id, job in known.items():
            place = places.get(job_id)
            if place is None:
                # Unless it has come back into the line since.
                if self._waiting.get(job_id) is job:
                    self._forget(job_id)
            elif self._is_news(job_id, place):
                self._shown[job_id] = place
                eta = self._eta.of_waiting(job, place)
                self._presenter.show(JobProgress(job=job, phase=JobPhase.WAITING, position=place, eta_seconds=eta))

    def _is_news(self, job_id: str, place: int) -> bool:
        """Whether the place is worth an edit: far behind, a step forward is none, or a long line would be all edits."""
        told = self._shown.get(job_id)
        return told is None or place > told or place <= min(told - 1, told * _WORTH_TELLING)

    def _forget(self, job_id: str) -> None:
        self._waiting.pop(job_id, None)
        self._shown.pop(job_id, None)
