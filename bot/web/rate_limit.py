"""Limits webhook events, per job and in all."""

from collections import OrderedDict

from aiolimiter import AsyncLimiter

JOB_LIMIT = (60, 60.0)
OVERALL_LIMIT = (500, 5.0)
"""How many events are allowed, and in how many seconds."""

_MAX_TRACKED_JOBS = 5000


class RequestLimiter:
    """Rate limits per job and overall; an event over the limit is refused, not delayed."""

    def __init__(self, per_job: tuple[int, float] = JOB_LIMIT, overall: tuple[int, float] = OVERALL_LIMIT) -> None:
        self._per_job = per_job
        self._overall = AsyncLimiter(*overall)
        self._jobs: OrderedDict[str, AsyncLimiter] = OrderedDict()

    async def try_acquire(self, job_id: str) -> bool:
        """Whether an event of this job is allowed now; counts it if so."""
        limiter = self._job_limiter(job_id)
        if not limiter.has_capacity() or not self._overall.has_capacity():
            return False
        await limiter.acquire()
        await self._overall.acquire()
        return True

    def _job_limiter(self, job_id: str) -> AsyncLimiter:
        limiter = self._jobs.pop(job_id, None) or AsyncLimiter(*self._per_job)
        self._jobs[job_id] = limiter
        # The least recently used limiter has its full capacity again anyway.
        if len(self._jobs) > _MAX_TRACKED_JOBS:
            self._jobs.popitem(last=False)
        return limiter
