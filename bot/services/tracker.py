"""The only poller: asks the API how a job stands and tells when that has changed."""

import asyncio
import logging
import random
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from bot.errors import UserError
from bot.imaginepro import ImagineProError, Job, JobStatus, UnknownJob, VideoJob
from bot.services.results import Result

log = logging.getLogger(__name__)

_LONGEST_PAUSE = 30.0


class Overdue(UserError):
    """The job took longer than it may."""


class WithoutResult(UserError):
    """The API calls the job done, and there is nothing to show."""

    def __init__(self, expected: Result) -> None:
        super().__init__(f"ImaginePro says this job is done, but sent no {_NOUNS[expected]}. Press Retry to try again.")


_NOUNS = {Result.PICTURE: "picture", Result.TEXTS: "text", Result.VIDEO: "video"}


class ProgressSource(Protocol):
    """The part of the API client that the tracker needs."""

    async def progress(self, message_id: str) -> Job:
        """The job as it stands; raises `ImagineProError`."""
        ...

    async def video_progress(self, message_id: str) -> VideoJob:
        """The same for a video's job."""
        ...


@dataclass(frozen=True, slots=True)
class Snapshot:
    """How a job stands: its newest record (None before the first), and the sentence that says why it can't be read."""

    job: Job | None
    trouble: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long an odd answer is put up with.

    `unknown`: a job may not be readable at once after it was accepted, and a record may be missing for a moment.
    `without_result`: "done" has been seen before its result was there.
    """

    unknown: timedelta = timedelta(seconds=60)
    without_result: timedelta = timedelta(seconds=30)


DEFAULT_PATIENCE = Patience()


class Tracker:
    """Follows jobs. `pause` is the number of seconds between two reads of a job while few are followed.

    All followed jobs together are read `reads_per_second` times a second at most, which has to lie below the API's ten.
    """

    def __init__(
        self,
        source: ProgressSource,
        *,
        pause: float = 3.0,
        reads_per_second: float = 8.0,
        patience: Patience = DEFAULT_PATIENCE,
    ) -> None:
        self._source = source
        self._pause = pause
        self._reads_per_second = reads_per_second
        self._patience = patience
        self._followed = 0

    async def follow(
        self, remote_id: str, *, expected: Result, until: Callable[[], datetime], wake: asyncio.Event
    ) -> AsyncGenerator[Snapshot]:
        """Snapshots of the job, one whenever something changed, the last one terminal.

        `until` is asked before each read; setting `wake` brings the next read forward. Raises `Overdue`, `UnknownJob`
        when the API has not known the job for longer than patience allows, and `WithoutResult`
        when it is done and what is `expected` does not come.
        """
        self._followed += 1
        try:
            async for snapshot in self._changes(
                _Reader(self._source, remote_id, expected, self._patience), until, wake
            ):
                yield snapshot
        finally:
            self._followed -= 1

    async def _changes(
        self, reader: "_Reader", until: Callable[[], datetime], wake: asyncio.Event
    ) -> AsyncGenerator[Snapshot]:
        seen: Snapshot | None = None
        while datetime.now(UTC) < until():
            snapshot = await reader.read()
            if snapshot != seen:
                seen = snapshot
                yield snapshot
            if snapshot.job is not None and snapshot.job.status.is_terminal and not reader.waits_for_result:
                return
            await _sleep(self._next_pause(reader.misses), wake)
        raise Overdue("This job took longer than it may, so the bot stopped waiting for it. Press Retry to try again.")

    def _next_pause(self, misses: int) -> float:
        # The more jobs there are, the slower each of them.
        usual = max(self._pause, self._followed / self._reads_per_second)
        return min(usual * 1.5**misses, max(_LONGEST_PAUSE, usual)) * random.uniform(0.9, 1.1)  # noqa: S311


class _Reader:
    """One job's reads, and how patient to be with what they say."""

    def __init__(self, source: ProgressSource, remote_id: str, expected: Result, patience: Patience) -> None:
        self._read = source.video_progress if expected is Result.VIDEO else source.progress
        self._expected = expected
        self._remote_id = remote_id
        self._patience = patience
        self._job: Job | None = None
        self._since: dict[str, datetime] = {}
        self._failures = 0
        self.misses = 0
        self.waits_for_result = False

    async def read(self) -> Snapshot:
        try:
            job = await self._read(self._remote_id)
        except UnknownJob:
            if self._lasts("unknown", self._patience.unknown):
                raise
            # Usual for a moment and no failure: not worth a line in the log, nor worrying a member.
            self.misses += 1
            return Snapshot(self._job)
        except ImagineProError as error:
            return self._failed(error)
        self._answered()
        self.waits_for_result = job.status is JobStatus.DONE and job.error is None and not self._expected.is_in(job)
        if self.waits_for_result and self._lasts("no result", self._patience.without_result):
            raise WithoutResult(self._expected)
        self._job = job
        return Snapshot(job)

    def _failed(self, error: ImagineProError) -> Snapshot:
        self.misses += 1
        self._failures += 1
        if self._failures == 1:
            log.warning("a job can't be read: %s", error.text, extra={"remote": self._remote_id})
        # The first failure is nothing to worry a member with; most are over at the next read.
        return Snapshot(self._job, error.text if self._failures > 1 else None)

    def _answered(self) -> None:
        if self._failures:
            log.info("the API answers again", extra={"remote": self._remote_id, "failures": self._failures})
        self._since.pop("unknown", None)
        self.misses = self._failures = 0

    def _lasts(self, what: str, patience: timedelta) -> bool:
        now = datetime.now(UTC)
        return now - self._since.setdefault(what, now) >= patience


async def _sleep(seconds: float, wake: asyncio.Event) -> None:
    try:
        await asyncio.wait_for(wake.wait(), seconds)
    except TimeoutError:
        return
    wake.clear()
