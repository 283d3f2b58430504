"""How many events are let in: of one job, and of all together."""

from collections import OrderedDict

from aiolimiter import AsyncLimiter

PER_JOB = (60, 60.0)
IN_ALL = (500, 5.0)
"""How many at once, and the seconds after which as many more may come."""

_REMEMBERED = 5000


class RequestLimiter:
    """Counts events, never waits."""

    def __init__(self, per_job: tuple[int, float] = PER_JOB, in_all: tuple[int, float] = IN_ALL) -> None:
        self._per_job = per_job
        self._in_all = AsyncLimiter(*in_all)
        self._jobs: OrderedDict[str, AsyncLimiter] = OrderedDict()

    async def allows(self, job_id: str) -> bool:
        """Whether one more event of this job may come in now."""
        own = self._own(job_id)
        if not own.has_capacity() or not self._in_all.has_capacity():
            return False
        await own.acquire()
        await self._in_all.acquire()
        return True

    def _own(self, job_id: str) -> AsyncLimiter:
        own = self._jobs.pop(job_id, None) or AsyncLimiter(*self._per_job)
        self._jobs[job_id] = own
        # Whichever has been silent longest has room again anyway.
        if len(self._jobs) > _REMEMBERED:
            self._jobs.popitem(last=False)
        return own
