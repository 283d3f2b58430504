"""How long the bot waits, in one value: production passes it as it is, tests pass a shorter one."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Timings:
    """Waits of the bot, in seconds where the type is a number."""

    heartbeat: float = 2.5
    """Between two heartbeats of a process, which also look for dead ones."""
    silence: float = 8.0
    """After so long without a heartbeat a process counts as dead, and others take over its jobs."""
    drain: float = 7.0
    """How long a stop waits for requests in flight."""

    shard_login: float = 30.0
    """How long a shard that has lost its session waits for its turn to log in; then it tries without one."""

    defer_after: float = 1.5
    """How long an interaction's work may take before it is deferred; Discord wants an answer within three seconds."""
    attachment_refresh: float = 1.5
    """How long to wait for renewed URLs of attachments: a pressed button must be answered within three seconds."""
    double_click: timedelta = timedelta(seconds=3)
    """Two presses of one button by one member within this time are one press."""
    draft_life: timedelta = timedelta(minutes=14)
    """How long a draft can be used: a little less than its interaction's token lives."""
    cancel_outcome: float = 60.0
    """How long /cancel waits for the outcome."""
    operator_command: timedelta = timedelta(minutes=2)
    """How long to wait for the result of a Midjourney command."""

    edit_interval: float = 1.5
    """Between two edits of one reply, however often the progress changes: members read slower."""
    outage_edit_interval: float = 15.0
    """The same while Discord can't be reached."""
    old_message_edit_interval: float = 30 * 60.0
    """The same for an old message, which Discord lets be edited only a few times an hour."""
    old_message_edit_timeout: float = 10.0
    """How long an edit of an old message may take. When its limit is reached, discord.py would wait for hours."""
    token_edit_spacing: float = 0.45
    """Between two requests by one interaction's token. Discord allows five in two seconds."""
    channel_edit_spacing: float = 1.1
    """Between two edits in one channel. Discord allows five in five seconds."""

    queue_look: float = 2.0
    """Between two looks for room while a key may be used: a job that ends in another process makes room as well."""
    queue_settle: float = 0.1
    """Jobs that arrive within this time are one change of the queue."""
    queue_retry: float = 2.0
    """Before the queue is looked at again after an error."""
    places_pause: float = 1.0
    """The least time between two reads of the places in the queue."""
    places_refresh: float = 5.0
    """Between two such reads without a change here: other processes change the places as well."""

    queue_full_pause: float = 10.0
    """How long a key sends nothing after the API's queue was full."""
    busy_pause: float = 30.0
    """The same after an answer that asked for patience."""
    key_refused_pause: float = 5.0
    """How long other keys come first after one was refused."""
    key_quarantine: float = 600.0
    """How long a key is not used after it was refused, or had no credits left."""
    request_interval: float = 3.0
    """Between two requests with one key, reads of jobs excepted."""
    api_busy_pause: float = 30.0
    """How long none is sent after a 429 that names no time."""
    api_reads_per_second: float = 10.0
    """How often the API lets the jobs of one key be read."""
    api_busy_reads_pause: float = 3.0
    """How long none is read after a 429 that names no time."""
    key_verdict_cache: float = 5.0
    """How long the reason for a 401 is cached: many jobs may get one at the same time."""
    balance_cache: float = 30.0
    """How long an answer of Account Info is cached: the API allows one request every three seconds."""
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
    stalled: timedelta = timedelta(seconds=120)
    """A running job without news for so long is stalled, where it is not known how long jobs of its kind take."""


DEFAULT_TIMINGS = Timings()
