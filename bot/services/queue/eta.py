"""How long jobs take, and so when one that waits will be there."""

from collections.abc import Sequence

from bot.services.queue.key_pool import KeyPool
from bot.services.tracker import Durations, duration_class_of
from bot.store import JobRecord

_UNKNOWN_SECONDS = 60.0
"""What a job takes of whose sort none was seen yet; Midjourney's pictures take half a minute to two."""


class EtaEstimator:
    """Expects when jobs are there, from how long those took that were done lately."""

    def __init__(self, durations: Durations, keys: KeyPool) -> None:
        self._durations = durations
        self._keys = keys

    def learn(self, jobs: Sequence[JobRecord]) -> None:
        """Remember how long these took, the newest last."""
        for job in jobs:
            if job.submitted_at is not None and job.finished_at is not None:
                self._durations.note(duration_class_of(job), (job.finished_at - job.submitted_at).total_seconds())

    def of_waiting(self, job: JobRecord, place: int) -> float:
        """Seconds until the job at this place in line is there, 1 being the next."""
        usual = self.usual(job)
        # Each key takes a job as often as its pace allows, and as often as one of its places becomes free.
        a_second = sum(1 / max(key.rate_limiter.interval_seconds, usual / key.at_once, 0.001) for key in self._keys.all)
        return place / a_second + usual

    def usual(self, job: JobRecord) -> float:
        """Seconds that such a job takes once it was sent."""
        found = self._durations.usual(duration_class_of(job))
        return found.median if found is not None else _UNKNOWN_SECONDS
