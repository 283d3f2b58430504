"""Invariants of jobs, payments, replies and log lines: one line for each violation."""

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from bot.store import JobRecord, JobState
from playground.discord_server import texts
from playground.discord_server.state.channels import LOADING, StoredMessage
from playground.imaginepro.jobs.job import Job, Status
from tests.chaos.simulated_members import is_unfinished
from tests.end_to_end.environment import KEY, Environment

_ACCEPTABLE_STATES = (JobState.DONE, JobState.UNCONFIRMED, JobState.CANCELLED)
"""States in which a job may end although the API finished it: delivered, reported as unconfirmed, or cancelled."""

_TOKEN_IN_PATH = re.compile(r"/(?:interactions|webhooks)/\d+/([^/]+)")

_EXPECTED_ERRORS = re.compile(
    r'"event": "(?:Attempting a reconnect for shard|Failed to connect for shard_id)'
    r'|"event": "an interaction failed".*Invalid Webhook Token'
    r'|"event": "(?:The database can.t be used|Discord can.t be reached|Discord did not let the bot start): '
)
"""Errors that the injected faults explain: a gateway that refuses connections, an answer after its token has expired,
and a start while a server is unreachable, which the supervisor repeats."""


def payment_violations(rows: Sequence[JobRecord], paid: Sequence[Job]) -> Iterator[str]:
    """Paid jobs that no member asked for, that were paid twice, or whose result is lost."""
    by_id = {row.id: row for row in rows}
    claimed = {row.remote_id for row in rows}
    for ref, times in Counter(job.ref for job in paid).items():
        if times > 1:
            yield f"paid twice: {ref}"
    for job in paid:
        row = by_id.get(job.ref or "")
        if row is None:
            yield f"paid for nobody: {job.ref}"
        elif job.id not in claimed and row.state is not JobState.UNCONFIRMED:
            yield f"lost: {_summary(row)}, {job.id} at the API"
        elif job.status is Status.DONE and row.state not in _ACCEPTABLE_STATES:
            yield f"paid, done, and not delivered: {_summary(row)}"


def unfinished_jobs(rows: Sequence[JobRecord]) -> Iterator[str]:
    """Jobs without a final state or without a delivered result."""
    for row in rows:
        if not row.state.is_final or row.delivered_at is None:
            yield f"without an end: {_summary(row)}"


def reply_violations(messages: Sequence[StoredMessage], rows: Sequence[JobRecord], deleted: set[str]) -> Iterator[str]:
    """Replies that never show an answer, and results without a reply."""
    by_interaction = {str(row.reply.interaction_id): _summary(row) for row in rows}
    for stored in messages:
        if is_unfinished(stored.message):
            asked = stored.message.get("interaction_metadata") or {}
            job = by_interaction.get(str(asked.get("id")))
            if job is None and stored.message["flags"] & LOADING:
                # A deferred answer whose process was killed: Discord itself ends it after 15 minutes.
                continue
            yield f"a reply without an end: {stored.id} of {job}, asked for by {asked} {texts(stored.message)}"
    visible = {stored.id for stored in messages}
    for row in rows:
        reply = str(row.reply.message_id)
        if row.state is JobState.DONE and reply not in visible and reply not in deleted:
            yield f"a result without a reply: {_summary(row)}"


def log_violations(lines: Iterable[str], secrets: Iterable[str]) -> Iterator[str]:
    """Secrets, lines that are not JSON, and errors that no fault explains."""
    secret = re.compile("|".join(map(re.escape, secrets)))
    for line in lines:
        if secret.search(line):
            yield f"a secret: {line}"
        try:
            level = json.loads(line)["level"]
        except ValueError:
            yield f"not JSON: {line}"
            continue
        if (level in ("error", "critical") or "Traceback" in line) and not _EXPECTED_ERRORS.search(line):
            yield f"error: {line}"


def secrets_of(environment: Environment) -> set[str]:
    """Values that no log line may hold: the API key, the bot's token and the interactions' tokens."""
    paths = [_TOKEN_IN_PATH.search(entry.path) for entry in environment.discord.request_log]
    return {KEY, environment.discord.token, *(match[1] for match in paths if match)}


def _summary(row: JobRecord) -> str:
    return f"{row.id} {row.kind} {row.state} {row.reason or ''} {row.remote_id or ''}".strip()
