"""The jobs that the bot has recorded."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, TypedDict, Unpack

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from bot.store.db.schema import jobs
from bot.store.job_queue import WaitingLimits, check_waiting_limits, lock_payer
from bot.store.job_search import JobSearch
from bot.store.records import JobRecord, JobState, NewJob
from bot.store.rows import LISTS, record_of

_ATTEMPTS = 3


class AlreadyClaimed(Exception):
    """Another job has this id of the API, or this key, already."""


class JobChanges(TypedDict, total=False):
    """The parts of a job that change after it was recorded."""

    state: JobState
    key: str | None
    owner: str | None
    late_until: datetime | None
    remote_id: str | None
    once_key: str | None
    message_id: int | None
    channel_id: int | None
    in_dm: bool
    submitting_at: datetime | None
    submitted_at: datetime | None
    cancel_requested_at: datetime | None
    finished_at: datetime | None
    delivered_at: datetime | None
    image_url: str | None
    original_url: str | None
    tiles: tuple[str, ...]
    buttons: tuple[str, ...]
    texts: tuple[str, ...]
    videos: tuple[str, ...]
    reason: str | None
    seed: int | None


class JobStore(JobSearch):
    """Reads and writes jobs; every method is one transaction."""

    async def record(self, job: NewJob, limits: WaitingLimits | None = None) -> tuple[JobRecord, bool]:
        """The job as recorded, and whether it is new. Raises `TooManyWaiting` when the queue has no room for a new one.

        It is not new when its part of an interaction or its `once_key` is known already: then the earlier job is
        returned. An earlier job with the same id is this one, recorded before a connection broke, and new.
        """
        values = _columns(job)
        values.update(state=JobState.RECORDED, **{name: [] for name in LISTS})

        def work(connection: sa.Connection) -> JobRecord:
            if limits is not None:
                # On a server transactions don't see each other's new jobs: together they would exceed the limits.
                lock_payer(connection, job.reply)
            row = connection.execute(_INSERT, values).mappings().one()
            if limits is not None:
                check_waiting_limits(connection, job.reply, limits)
            return record_of(row)

        for attempt in range(1, _ATTEMPTS + 1):
            try:
                return await self._database.run(work), True
            except IntegrityError:
                if earlier := await self._earlier(job):
                    return earlier, earlier.id == job.id
                # The earlier job failed in between and released its key, so this one may be recorded now.
                if attempt == _ATTEMPTS:
                    raise
        raise LookupError(job.id)

    async def _earlier(self, job: NewJob) -> JobRecord | None:
        same_reply = (jobs.c.interaction_id == job.reply.interaction_id) & (jobs.c.part == job.reply.part)
        condition = (jobs.c.id == job.id) | same_reply
        if job.once_key is not None:
            condition |= jobs.c.once_key == job.once_key
        return next(iter(await self._records(sa.select(jobs).where(condition).limit(1))), None)

    async def get(self, job_id: str) -> JobRecord | None:
        """The job with this id, or None."""
        row = await self._database.run(lambda connection: _by_id(connection, job_id))
        return record_of(row) if row is not None else None

    async def unfinished(self) -> list[JobRecord]:
        """Every job that has not ended, or whose ending was never shown, oldest first."""
        return await self._records(_UNFINISHED)

    async def children(self, parent_id: str) -> list[JobRecord]:
        """The follow-ups of a job, oldest first."""
        return await self._records(_CHILDREN, {"parent": parent_id})

    async def latest_press(self, parent_id: str, button: str | None, user_id: int, since: datetime) -> JobRecord | None:
        """This user's newest press of this button made since then, or None.

        `button` None means any of the buttons that are not the API's own.
        """
        values = {"parent": parent_id, "label": button, "member": user_id, "since": since}
        return next(iter(await self._records(_LATEST_PRESS, values)), None)

    async def claimed(self, remote_ids: Collection[str]) -> set[str]:
        """Those of the API's ids that belong to a recorded job."""
        values = {"remote_ids": list(remote_ids)}
        return set(await self._database.run(lambda connection: connection.execute(_CLAIMED, values).scalars().all()))

    async def update(self, job_id: str, **changes: Unpack[JobChanges]) -> JobRecord:
        """The job after the change; raises `LookupError` when there is none with this id.

        Raises `AlreadyClaimed` when another job has the new `remote_id` or `once_key`.
        """
        changed = await self._changed(job_id, changes)
        if changed is None:
            raise LookupError(job_id)
        return changed

    async def move(
        self,
        job_id: str,
        *states: JobState,
        of: str | None = None,
        **changes: Unpack[JobChanges],
    ) -> JobRecord | None:
        """The job after the change, or None when it is no longer in one of these states, and unchanged.

        With `of` also when that process does not own it any more. A job that has these values already counts as
        changed, so a caller who must be the only one to change it includes the current time.
        """
        return await self._changed(job_id, changes, states=states, owner=of)

    async def claim(self, job_id: str, remote_id: str) -> JobRecord | None:
        """The job that was being sent, running under this id of the API now; None when it does not wait for one.

        Raises `AlreadyClaimed` when another job has the id.
        """
        now = datetime.now(UTC)
        return await self.move(
            job_id, JobState.SUBMITTING, state=JobState.RUNNING, remote_id=remote_id, submitted_at=now
        )

    async def forget_tokens(self, before: datetime) -> int:
        """How many expired reply tokens were deleted; they give access to nothing any more."""
        values = {"before": before - timedelta(minutes=15)}
        return await self._database.run(lambda connection: connection.execute(_FORGET_TOKENS, values).rowcount)

    async def lately_done(self, limit: int) -> list[JobRecord]:
        """Jobs that are done, the one dispatched last first, at most `limit`."""
        return await self._records(_LATELY_DONE, {"most": limit})

    async def _changed(
        self,
        job_id: str,
        changes: Mapping[str, Any],
        *,
        states: Sequence[JobState] | None = None,
        owner: str | None = None,
    ) -> JobRecord | None:
        values = {name: list(value) if name in LISTS else value for name, value in changes.items()}
        change = _change(frozenset(values), in_states=states is not None, owned=owner is not None)
        parameters = {f"new_{name}": value for name, value in values.items()}
        parameters |= {"job_id": job_id, "states": states, "process": owner}

        def work(connection: sa.Connection) -> JobRecord | None:
            row = connection.execute(change, parameters).mappings().first()
            if row is not None:
                return record_of(row)
            # An earlier attempt may have committed the change before its connection broke.
            row = _by_id(connection, job_id)
            same = row is not None and all(row[name] == value for name, value in values.items())
            return record_of(row) if row is not None and same else None

        try:
            return await self._database.run(work)
        except IntegrityError:
            raise AlreadyClaimed(job_id) from None


def _by_id(connection: sa.Connection, job_id: str) -> sa.RowMapping | None:
    return connection.execute(_BY_ID, {"job_id": job_id}).mappings().first()


def _columns(job: NewJob) -> dict[str, Any]:
    values = asdict(job) | {"details": dict(job.details)}
    return values | values.pop("reply")


@cache
def _change(columns: frozenset[str], *, in_states: bool, owned: bool) -> sa.UpdateBase:
    """The statement that changes these columns of one job: composing it takes longer than running it."""
    change = sa.update(jobs).where(jobs.c.id == sa.bindparam("job_id"))
    if in_states:
        change = change.where(jobs.c.state.in_(sa.bindparam("states", expanding=True)))
    if owned:
        change = change.where(jobs.c.owner == sa.bindparam("process"))
    return change.values({name: sa.bindparam(f"new_{name}") for name in sorted(columns)}).returning(jobs)


_INSERT = sa.insert(jobs).returning(jobs)
_BY_ID = sa.select(jobs).where(jobs.c.id == sa.bindparam("job_id"))
_OLDEST_FIRST = sa.select(jobs).order_by(jobs.c.created_at, jobs.c.id)
_UNFINISHED = _OLDEST_FIRST.where(jobs.c.delivered_at.is_(None))
_CHILDREN = _OLDEST_FIRST.where(jobs.c.parent_id == sa.bindparam("parent"))
_LATEST_PRESS = (
    sa.select(jobs)
    .where(
        jobs.c.parent_id == sa.bindparam("parent"),
        jobs.c.button.is_not_distinct_from(sa.bindparam("label")),
        jobs.c.user_id == sa.bindparam("member"),
        jobs.c.created_at >= sa.bindparam("since"),
    )
    .order_by(jobs.c.created_at.desc(), jobs.c.id.desc())
    .limit(1)
)
_CLAIMED = sa.select(jobs.c.remote_id).where(jobs.c.remote_id.in_(sa.bindparam("remote_ids", expanding=True)))
_FORGET_TOKENS = sa.update(jobs).where(jobs.c.opened_at < sa.bindparam("before"), jobs.c.token != "").values(token="")
_LATELY_DONE = (
    sa.select(jobs)
    .where(jobs.c.state == JobState.DONE, jobs.c.called_at.is_not(None))
    .order_by(jobs.c.called_at.desc())
    .limit(sa.bindparam("most", type_=sa.Integer()))
)
