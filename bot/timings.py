"""How long the bot waits, in one value: production passes it as it is, tests pass a shorter one."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Timings:
    """Waits of the job services, in seconds where the type is a number."""

    heartbeat: float = 2.5
    """Between two heartbeats of a process, which also look for dead ones."""
    silence: float = 8.0
    """After so long without a heartbeat a process counts as dead, and others take over its jobs."""
    drain: float = 7.0
    """How long a stop waits for requests in flight."""

    double_click: timedelta = timedelta(seconds=3)
    """Two presses of one button by one member within this time are one press."""

    queue_full_pause: float = 10.0
    """How long a key sends nothing after the API's queue was full."""
    busy_pause: float = 30.0
    """The same after an answer that asked for patience."""
    key_refused_pause: float = 5.0
    """How long other keys come first after one was refused."""
    reconcile_pauses: tuple[float, ...] = (2.0, 5.0, 10.0, 15.0, 30.0, 30.0, 30.0, 60.0)
    """Before each search of the account's history for a job whose answer was lost. Together they outlast an ordinary
    job, because history may list a job only once its image exists."""

    reads_per_second: float = 8.0
    """How often the jobs of one key are polled, by all processes together. The API allows ten, and others read too."""
    grace: float = 60.0
    """How long a job is polled beyond its own time limit, and after the API agreed to cancel it."""
    late_result: timedelta = timedelta(hours=1)
    """How long a result is still accepted after the reply has reported a failure."""
    unknown_job: timedelta = timedelta(seconds=60)
    """How long the API may not know a job that it has accepted."""
    missing_result: timedelta = timedelta(seconds=30)
    """How long a job may count as done without its result."""
