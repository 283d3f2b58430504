"""What may be said against jobs, payments, replies and log lines, a sentence each."""

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from bot.store import JobRecord, JobState
from playground.discord_server import texts
from playground.discord_server.state.channels import LOADING, StoredMessage
from playground.imaginepro.jobs.job import Job, Status
from tests.chaos.crowd import is_open
from tests.end_to_end.place import KEY, Place

_HONEST = (JobState.DONE, JobState.UNCONFIRMED, JobState.CANCELLED)
"""How a job may have ended of which the API has made a picture: delivered, told to be unclear, or not wanted."""

_TOKEN_IN_PATH = re.compile(r"/(?:interactions|webhooks)/\d+/([^/]+)")

_EXPLAINED = re.compile(
    r'"event": "(?:Attempting a reconnect for shard|Failed to connect for shard_id)'
    r'|"event": "an interaction failed".*Invalid Webhook Token'
    r'|"event": "(?:The database can.t be used|Discord can.t be reached|Discord did not let the bot start): '
)
"""What is logged as an error, and is no more than the trouble itself: a gateway that takes nobody, an answer that comes
when its token is over, and a start while a neighbour is away, which whatever watches over the process repeats."""


def of_payments(rows: Sequence[JobRecord], paid: Sequence[Job]) -> Iterator[str]:
    """Paid jobs that nobody asked for, that were paid twice, or that nobody has heard of again."""
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
            yield f"lost: {_told(row)}, {job.id} at the API"
        elif job.status is Status.DONE and row.state not in _HONEST:
            yield f"paid, done, and not delivered: {_told(row)}"


def of_rows(rows: Sequence[JobRecord]) -> Iterator[str]:
    """Jobs that have no end."""
    for row in rows:
        if not row.state.is_final or row.delivered_at is None:
            yield f"without an end: {_told(row)}"


def of_replies(messages: Sequence[StoredMessage], rows: Sequence[JobRecord], deleted: set[str]) -> Iterator[str]:
    """Replies that show neither a result nor a sentence, and results that nobody can see."""
    by_interaction = {str(row.reply.interaction_id): _told(row) for row in rows}
    for stored in messages:
        if is_open(stored.message):
            asked = stored.message.get("interaction_metadata") or {}
            job = by_interaction.get(str(asked.get("id")))
            if job is None and stored.message["flags"] & LOADING:
                # An answer that takes a moment, and died with its process: Discord itself ends it after 15 minutes.
                continue
            yield f"a reply without an end: {stored.id} of {job}, asked for by {asked} {texts(stored.message)}"
    visible = {stored.id for stored in messages}
    for row in rows:
        reply = str(row.reply.message_id)
        if row.state is JobState.DONE and reply not in visible and reply not in deleted:
            yield f"a result without a reply: {_told(row)}"


def of_lines(lines: Iterable[str], secrets: Iterable[str]) -> Iterator[str]:
    """Secrets, lines that are no JSON, and errors that no trouble explains."""
    secret = re.compile("|".join(map(re.escape, secrets)))
    for line in lines:
        if secret.search(line):
            yield f"a secret: {line}"
        try:
            level = json.loads(line)["level"]
        except ValueError:
            yield f"not JSON: {line}"
            continue
        if (level in ("error", "critical") or "Traceback" in line) and not _EXPLAINED.search(line):
            yield f"error: {line}"


def secrets_of(place: Place) -> set[str]:
    """What must be in no log line: the key, the bot's token, and those of interactions."""
    paths = [_TOKEN_IN_PATH.search(entry.path) for entry in place.discord.request_log]
    return {KEY, place.discord.token, *(match[1] for match in paths if match)}


def _told(row: JobRecord) -> str:
    return f"{row.id} {row.kind} {row.state} {row.reason or ''} {row.remote_id or ''}".strip()
