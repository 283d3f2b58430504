"""All waits of the bot in one value: production uses the defaults, tests pass shorter ones."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Timings:
    """Waits of the bot, in seconds where the type is a number."""

    heartbeat: float = 2.5
    """Between two heartbeats of a process; with each it also looks for dead processes."""
    silence: float = 8.0
    """After this time without a heartbeat a process counts as dead, and others take over its jobs."""
    drain: float = 7.0
    """How long a shutdown waits for requests in flight."""
    retry_pause: float = 1.0
    """Before the second attempt of a step that failed for no known reason; each further pause is twice as long."""
    longest_retry_pause: float = 60.0
    """The longest of these pauses."""
    stale_edit: float = 30.0
    """How long after a takeover the process that had the job may still edit its reply."""

    shard_login: float = 30.0
    """How long a shard that has lost its session waits for its turn to log in; then it tries without one."""
    login_recheck: float = 60.0
    """Between two looks whether a shard may log in while few logins of the day are left."""
    database_start: float = 120.0
    """How long a start waits for a PostgreSQL server that does not answer, as it may be starting as well."""
    discord_retry: float = 2.0
    """The pause before Discord is tried again when a start can't reach it; each further one is twice as long."""
    discord_retry_longest: float = 60.0
    """The longest of these pauses, unless Discord asks for another one."""
    login_notice: float = 10.0
    """How long a login may go without an answer until the log says so."""
    commands_wait: float = 5.0
    """How long a start waits until its commands are registered; then it goes on, and so does the registration."""
    commands_retry: float = 900.0
    """The longest pause before the commands are sent again when Discord has not registered them."""

    watchdog_check: float = 60.0
    """Between two looks whether any request to Discord has ended; after one without, something cheap is asked."""
    watchdog_limit: float = 600.0
    """How long none may end until the process does. One that fails may take five minutes to."""

    web_head: float = 10.0
    """How long a new connection to the web side may take to send the head of its first request."""
    web_body: float = 60.0
    """How long a body sent to the web side may take to arrive."""
    web_exchange: float = 180.0
    """How long a request to the web side may take from its head to the end of its answer."""
    web_linger: float = 10.0
    """How long the rest of a body is read and dropped after an answer: a browser that still sends may not read it."""
    web_idle: float = 150.0
    """How long a connection is kept between two requests: longer than by most reverse proxies, which reuse it."""

    defer_after: float = 1.5
    """How long an interaction's work may take before it is deferred; Discord wants an answer within three seconds."""
    attachment_refresh: float = 1.5
    """How long to wait for renewed URLs of attachments: a pressed button must be answered within three seconds."""
    double_click: timedelta = timedelta(seconds=3)
    """Two clicks by one member on the same button within this time count as one."""
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
    """How long to wait for the edit of an old message: when its limit is reached, discord.py waits up to an hour."""
    token_edit_spacing: float = 0.45
    """Between two requests by one interaction's token. Discord allows five in two seconds."""
    channel_edit_spacing: float = 1.1
    """Between two edits in one channel. Discord allows five in five seconds."""

    preview_wait: float = 5.0
    """How long an edit of a running job waits for the download of its preview."""
    upload_patience: float = 40.0
    """How long Discord may refuse a result's files with errors of its own until the ending is shown without them. With
    the attempts of discord.py, of which the last may begin just before, that is a minute."""
    upload_pause: float = 60.0
    """How long no previews are uploaded after Discord has refused one with an error of its own."""
    upload_retry: float = 10.0
    """The pause before these files are tried again; each further pause is twice as long."""
    upload_retry_longest: float = 900.0
    """The longest of these pauses."""
    upload_retry_total: float = 24 * 3600.0
    """How long files are tried again. The links of results work about as long."""

    capacity_check: float = 2.0
    """Between two checks for free capacity while a key can be used: jobs that end in another process free some too."""
    dispatch_early: float = 0.5
    """How long before its slot of the rate limit a job is taken from the queue, so that a late check delays no slot."""
    queue_debounce: float = 0.1
    """Jobs that arrive in the queue within this time are handled together."""
    queue_retry: float = 2.0
    """Pause after a failed check of the queue."""
    positions_pause: float = 1.0
    """The shortest time between two reads of the positions in the queue."""
    positions_refresh: float = 5.0
    """Between two such reads if this process changed no position: other processes change them as well."""

    queue_full_pause: float = 10.0
    """How long no job is sent to a queue of the API that was full; then one job tries whether it has room."""
    busy_pause: float = 30.0
    """How long a key is not used after the API answered that it is too busy."""
    key_refused_pause: float = 5.0
    """How long other keys are tried first after one was refused."""
    key_quarantine: float = 600.0
    """How long a key is not used after it was refused, or had no credits left."""
    request_interval: float = 3.0
    """Between two requests with one key, reads of jobs excepted."""
    free_call_patience: float = 45.0
    """How long a free call, such as a check of a prompt, waits for a turn that no job needs."""
    api_busy_pause: float = 30.0
    """How long none is sent after a 429 that names no time."""
    api_reads_per_second: float = 10.0
    """How often the API lets the jobs of one key be read."""
    api_busy_reads_pause: float = 3.0
    """How long none is read after a 429 that names no time."""
    empty_picture_pause: float = 2.0
    """How long to wait before a result that came without a byte is fetched again."""
    key_verdict_cache: float = 5.0
    """How long the reason for a 401 is cached: many jobs may get one at the same time."""
    balance_cache: float = 30.0
    """How long an answer of Account Info is cached: the API allows one request every three seconds."""
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
    stalled: timedelta = timedelta(seconds=120)
    """A running job without a change for this long counts as stalled, if the usual duration of its kind is unknown."""

    image_cpu_seconds: int = 10
    """Processor time that an image worker may spend on one image; more ends the worker. Windows has no such limit."""
    image_seconds: float = 30.0
    """How long it may take until then, on a machine that is busy with other things."""
    image_upload: float = 20.0
    """How long the upload of an input to the API may take; then the API gets the URL of the file at Discord."""
    image_worker_idle: float = 60.0
    """How long an image worker without work is kept."""


DEFAULT_TIMINGS = Timings()
