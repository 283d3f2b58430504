"""How long a process may be sure that its jobs are its own."""

import time
from math import inf

_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
"""A clock that goes on while the process is stopped, and where there is one while the machine sleeps."""


class Lease:
    """Valid for `seconds` from the last heartbeat on: for so long no other process takes this one's jobs over.

    After that they may belong to another process, whatever this one remembers. `term` counts how often the jobs were
    given up: what was known of them in an earlier term may be outdated.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._until = -inf
        self.term = 0

    @classmethod
    def forever(cls) -> "Lease":
        """A lease for a process that shares its jobs with no other."""
        lease = cls(inf)
        lease.renew(lease.now())
        return lease

    @property
    def is_valid(self) -> bool:
        """Whether no other process can have taken the jobs over."""
        return self.now() < self._until

    def now(self) -> float:
        """Seconds of the clock that the lease goes by."""
        return time.clock_gettime(_CLOCK)

    def renew(self, since: float) -> None:
        """Extend the lease after a heartbeat that was sent at this time, by `now`."""
        self._until = since + self._seconds

    def end(self) -> None:
        """Give the jobs up: it is valid again after the next heartbeat."""
        self._until = -inf
        self.term += 1
