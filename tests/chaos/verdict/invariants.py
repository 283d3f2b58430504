"""Invariants of jobs, payments and replies: one line for each violation."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from bot.store import JobRecord, JobState
from playground.discord_server import media, texts
from playground.discord_server.state.channels import LOADING, StoredMessage
from playground.imaginepro.jobs.job import Job, Status
from tests.chaos.people.ordinary import Action
from tests.chaos.replies import has_percentage, is_progress, is_unfinished, job_ids
from tests.chaos.verdict.shown_images import ShownImages

_ACCEPTABLE_STATES = (JobState.DONE, JobState.UNCONFIRMED, JobState.CANCELLED)
"""States in which a job may end although the API finished it: delivered, reported as unconfirmed, or cancelled."""

_CANCELLING = "Cancelling."
"""The beginning of the answer to a press on Cancel that was accepted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is left of a run. `paid` are all jobs at the API, `own_prompts` those that its owner sent elsewhere."""

    rows: Sequence[JobRecord]
    paid: Sequence[Job]
    messages: Sequence[StoredMessage]
    own_prompts: Collection[str]
    deleted: Collection[str]

    @property
    def by_id(self) -> Mapping[str, JobRecord]:
        """The recorded jobs by id."""
        return {row.id: row for row in self.rows}

    @property
    def by_reply(self) -> Mapping[str, JobRecord]:
        """The recorded jobs by the id of the message that shows them, and by that of their interaction."""
        by_interaction = {str(row.reply.interaction_id): row for row in self.rows}
        shown = {str(row.reply.message_id): row for row in self.rows if row.reply.message_id is not None}
        return by_interaction | shown


def lost(facts: Facts) -> Iterator[str]:
    """Paid jobs whose result is lost, or that belong to no request; replies that do not show how their job ended."""
    by_id, claimed = facts.by_id, {row.remote_id for row in facts.rows}
    for job in facts.paid:
        row = by_id.get(job.ref or "")
        if row is None:
            if job.ref or job.prompt not in facts.own_prompts:
                yield f"paid for nobody: {job.ref} {job.id} “{job.prompt}”"
        elif job.id not in claimed and row.state is not JobState.UNCONFIRMED:
            yield f"lost: {summary(row)}, {job.id} at the API"
        elif job.status is Status.DONE and row.state not in _ACCEPTABLE_STATES:
            yield f"paid, done, and not delivered: {summary(row)}, {job.id} at the API: {row.reason}"
    shown = {stored.id: stored.message for stored in facts.messages}
    for row in facts.rows:
        reply = str(row.reply.message_id)
        if row.state.is_final and row.reply.message_id is not None and reply not in facts.deleted:
            if reply not in shown:
                yield f"an ending without a reply: {summary(row)}"
            elif not _shows_end(shown[reply], row):
                yield f"a reply that does not show the ending: {summary(row)}: {texts(shown[reply])}"


def paid_twice(facts: Facts) -> Iterator[str]:
    """Requests for which the API made more than one job."""
    for ref, times in Counter(job.ref for job in facts.paid if job.ref).items():
        if times > 1:
            yield f"paid {times} times: {ref}"


def sent_after_cancel(facts: Facts, actions: Sequence[Action]) -> Iterator[str]:
    """Jobs that were sent after their member had cancelled them, and whose image was delivered."""
    by_id = facts.by_id
    sent = {job.ref: job for job in facts.paid}
    for action in actions:
        row, job = by_id.get(action.job_id), sent.get(action.job_id)
        answered = action.outcome.message
        if action.what != "cancel" or row is None or job is None or answered is None:
            continue
        accepted = (answered["content"] or "").startswith(_CANCELLING)
        kept_on = any(fault.behaviour.ignores_cancel for fault in job.faults)
        if accepted and not kept_on and row.state is JobState.DONE and job.created_at > action.answered_at:
            yield f"sent {job.created_at - action.answered_at:.1f} s after it was cancelled: {summary(row)}"


def foreign(facts: Facts, images: ShownImages) -> Iterator[str]:
    """Jobs that have taken the id of another, and messages that ever showed an image of a job that is not their own."""
    by_remote = {job.id: job for job in facts.paid}
    for row in facts.rows:
        job = by_remote.get(row.remote_id or "")
        if job is not None and job.ref != row.id:
            of = f"job {job.ref}" if job.ref else "the account's owner"
            yield f"claimed from {of} (“{job.prompt}”): {summary(row)} “{row.prompt}”"
    own = _own_images(facts)
    for stored in facts.messages:
        row = _job_of(stored, facts.by_reply)
        if row is not None:
            yield from _foreign_in(stored, row, own[row.id], images)


def unfinished(facts: Facts) -> Iterator[str]:
    """Jobs without a final state or whose ending was never delivered, and other replies without an end."""
    for row in facts.rows:
        if not row.state.is_final or row.delivered_at is None:
            yield f"without an end: {summary(row)}"
    for stored in facts.messages:
        # Discord itself ends a deferred answer whose process was killed, after 15 minutes.
        waits = is_unfinished(stored.message) and not stored.message["flags"] & LOADING
        if waits and _job_of(stored, facts.by_reply) is None:
            yield f"a reply without an end: {stored.id}, {texts(stored.message)}"


def stale(facts: Facts) -> Iterator[str]:
    """Messages of ended jobs that still show progress, a percentage or Cancel."""
    for stored in facts.messages:
        row = _job_of(stored, facts.by_reply)
        if row is not None and row.state.is_final and is_progress(stored.message):
            yield f"stale: {stored.id} of {summary(row)}: {texts(stored.message)}"


def summary(row: JobRecord) -> str:
    """A job in one line."""
    return f"{row.id} {row.kind} {row.state} {row.reason or ''} {row.remote_id or ''}".strip()


def _shows_end(message: dict[str, object], row: JobRecord) -> bool:
    """Whether the message shows the result, a button for another try, or a sentence about what became of it."""
    if is_unfinished(message) or has_percentage(message):
        return False
    if row.state is JobState.DONE:
        return bool(media(message)) or "⚠️" in texts(message) or "➡️" in texts(message)
    return row.id in job_ids(message)


def _job_of(stored: StoredMessage, by_reply: Mapping[str, JobRecord]) -> JobRecord | None:
    """The job that the message shows; a private answer to the same interaction shows none."""
    asked = str((stored.message.get("interaction_metadata") or {}).get("id"))
    row = by_reply.get(stored.id) or by_reply.get(asked)
    return None if row is not None and stored.viewer is not None and str(row.reply.message_id) != stored.id else row


def _own_images(facts: Facts) -> Mapping[str, set[str]]:
    """For each job the API's ids of its own images and of those that it was made from."""
    ids: dict[str, set[str]] = {row.id: set() for row in facts.rows}
    for job in facts.paid:
        if job.ref in ids:
            ids[job.ref].add(job.id)
    by_id = facts.by_id
    return {row.id: set().union(*(ids[each.id] for each in _lineage(row, by_id))) for row in facts.rows}


def _lineage(row: JobRecord | None, by_id: Mapping[str, JobRecord]) -> Iterator[JobRecord]:
    while row is not None:
        yield row
        row = by_id.get(row.parent_id or "")


def _foreign_in(stored: StoredMessage, row: JobRecord, own: set[str], images: ShownImages) -> Iterator[str]:
    for message in [*stored.versions, stored.message]:
        others = images.addressed(message) - own
        others |= {" or ".join(sorted(ids)) for ids in images.uploaded(message) if ids and not ids & own}
        if others:
            yield f"a foreign image: {stored.id} of {summary(row)} showed {', '.join(sorted(others))}"
            return
