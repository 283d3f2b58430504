"""All waits of the job services in one value: production uses the defaults, tests pass shorter ones."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Timings:
    """Waits of the job services, in seconds where the type is a number."""

    heartbeat: float = 2.5
    """Between two heartbeats of a process; with each it also looks for dead processes."""
    silence: float = 8.0
    """After this time without a heartbeat a process counts as dead, and others take over its jobs."""
    drain: float = 7.0
    """How long a shutdown waits for requests in flight."""

    double_click: timedelta = timedelta(seconds=3)
    """Two clicks by one member on the same button within this time count as one."""

    queue_full_pause: float = 10.0
    """How long a key is not used after the API's queue was full."""
    busy_pause: float = 30.0
    """How long a key is not used after the API answered that it is too busy."""
    key_refused_pause: float = 5.0
    """How long other keys are tried first after one was refused."""
    reconcile_pauses: tuple[float, ...] = (2.0, 5.0, 10.0, 15.0, 30.0, 30.0, 30.0, 60.0)
    """Before each search of the account's history for a job whose answer was lost. Together they outlast an ordinary
    job, because history may list a job only once its image exists."""

    reads_per_second: float = 8.0
    """Polls per second with one key, by all processes together. The API allows ten, and other requests count too."""
    grace: float = 60.0
    """How long a job is still polled after its time limit, and after the API agreed to cancel it."""
    late_result: timedelta = timedelta(hours=1)
    """How long a result is still accepted after the reply has reported a failure."""
    unknown_job: timedelta = timedelta(seconds=60)
    """How long the API may answer that it does not know a job it has accepted."""
    missing_result: timedelta = timedelta(seconds=30)
    """How long a job may be reported as done without its result."""
