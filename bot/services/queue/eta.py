"""Estimates when waiting jobs will be done, from how long recent jobs took."""

from collections.abc import Sequence

from bot.services.queue.key_pool import KeyPool
from bot.services.tracker import Durations, duration_class_of
from bot.store import JobRecord

_UNKNOWN_SECONDS = 60.0
"""Assumed duration where no similar job has ended yet; Midjourney's pictures take half a minute to two."""


class EtaEstimator:
    """Estimates how long waiting jobs take to be done, from the durations of recent ones."""

    def __init__(self, durations: Durations, keys: KeyPool) -> None:
        self._durations = durations
        self._keys = keys

    def learn(self, jobs: Sequence[JobRecord]) -> None:
        """Record the durations of these ended jobs, ordered from oldest to newest."""
        for job in jobs:
            if job.submitted_at is not None and job.finished_at is not None:
                self._durations.note(duration_class_of(job), (job.finished_at - job.submitted_at).total_seconds())

    def of_waiting(self, job: JobRecord, position: int) -> float:
        """Seconds until the job at this position of the queue is done; 1 is the next."""
        usual = self.usual(job)
        # Each key takes a job as often as its rate limit allows and as one of its running jobs ends.
        per_second = sum(
            1 / max(key.rate_limiter.interval_seconds, usual / key.at_once, 0.001) for key in self._keys.all
        )
        return position / per_second + usual

    def usual(self, job: JobRecord) -> float:
        """Seconds that jobs like this one usually take once they were sent."""
        found = self._durations.usual(duration_class_of(job))
        return found.median if found is not None else _UNKNOWN_SECONDS
