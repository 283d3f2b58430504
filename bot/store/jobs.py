"""The jobs that are remembered."""

from collections.abc import Collection, Mapping
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any, TypedDict, Unpack

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.db.schema import jobs
from bot.store.job_queue import WaitingLimits, check_waiting_limits
from bot.store.job_search import JobSearch
from bot.store.records import JobRecord, JobState, NewJob
from bot.store.rows import LISTS, record_of

_ATTEMPTS = 3


class AlreadyClaimed(Exception):
    """Another job owns this id of the API, or this key, already."""


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
        """The job as remembered, and whether it is new. Raises `TooManyWaiting` when a new one would have none.

        It is not new when its part of an interaction or its `once_key` is known already: then the earlier job comes
        back. One with its own id is this very job, written down before a connection broke off, and new.
        """
        values = _columns(job)
        values.update(state=JobState.RECORDED, **{name: [] for name in LISTS})

        async def work(connection: AsyncConnection) -> JobRecord:
            row = (await connection.execute(sa.insert(jobs).values(values).returning(jobs))).mappings().one()
            if limits is not None:
                await check_waiting_limits(connection, job.reply, limits)
            return record_of(dict(row))

        for attempt in range(1, _ATTEMPTS + 1):
            try:
                return await self._database.run(work), True
            except IntegrityError:
                if earlier := await self._earlier(job):
                    return earlier, earlier.id == job.id
                # The earlier job gave its key back in between: it failed, and this one may be recorded now.
                if attempt == _ATTEMPTS:
                    raise
        raise LookupError(job.id)

    async def _earlier(self, job: NewJob) -> JobRecord | None:
        same_reply = (jobs.c.interaction_id == job.reply.interaction_id) & (jobs.c.part == job.reply.part)
        condition = (jobs.c.id == job.id) | same_reply
        if job.once_key is not None:
            condition |= jobs.c.once_key == job.once_key
        return await self._one(condition)

    async def get(self, job_id: str) -> JobRecord | None:
        """The job with this id, or None."""
        return await self._one(jobs.c.id == job_id)

    async def unfinished(self) -> list[JobRecord]:
        """Every job that has not ended, or whose ending was never shown, oldest first."""
        return await self._many(jobs.c.delivered_at.is_(None))

    async def children(self, parent_id: str) -> list[JobRecord]:
        """The follow-ups of a job, oldest first."""
        return await self._many(jobs.c.parent_id == parent_id)

    async def latest_press(self, parent_id: str, button: str | None, user_id: int, since: datetime) -> JobRecord | None:
        """This user's newest press of this button since that moment, or None.

        `button` None means any of the buttons that are not the API's own.
        """
        found = await self._many(
            (jobs.c.parent_id == parent_id)
            & (jobs.c.button == button)
            & (jobs.c.user_id == user_id)
            & (jobs.c.created_at >= since)
        )
        return found[-1] if found else None

    async def claimed(self, remote_ids: Collection[str]) -> set[str]:
        """Those of the API's ids that belong to a remembered job."""
        query = sa.select(jobs.c.remote_id).where(jobs.c.remote_id.in_(list(remote_ids)))
        return set((await self._database.run(lambda connection: connection.execute(query))).scalars())

    async def update(self, job_id: str, **changes: Unpack[JobChanges]) -> JobRecord:
        """The job after the change; raises `LookupError` when there is none with this id.

        Raises `AlreadyClaimed` when another job has the new `remote_id` or `once_key`.
        """
        row = await self._changed(job_id, jobs.c.id == job_id, changes)
        if row is None:
            raise LookupError(job_id)
        return row

    async def move(
        self,
        job_id: str,
        *states: JobState,
        of: str | None = None,
        **changes: Unpack[JobChanges],
    ) -> JobRecord | None:
        """The job after the change, or None when it is in none of these states any more, so that nothing was changed.

        With `of` also when that process does not look after it any more. A job that is so already counts as changed,
        so a caller who must be the only one gives a moment along.
        """
        condition = (jobs.c.id == job_id) & jobs.c.state.in_(states)
        if of is not None:
            condition &= jobs.c.owner == of
        return await self._changed(job_id, condition, changes)

    async def claim(self, job_id: str, remote_id: str) -> JobRecord | None:
        """The job that was being sent, running under this id of the API now; None when it does not wait for one.

        Raises `AlreadyClaimed` when another job has the id.
        """
        now = datetime.now(UTC)
        return await self.move(
            job_id, JobState.SUBMITTING, state=JobState.RUNNING, remote_id=remote_id, submitted_at=now
        )

    async def forget_tokens(self, before: datetime) -> int:
        """How many expired reply tokens were wiped; they open nothing any more and are nobody's business."""
        stale = (jobs.c.opened_at < before - timedelta(minutes=15)) & (jobs.c.token != "")
        wipe = sa.update(jobs).where(stale).values(token="")
        return (await self._database.run(lambda connection: connection.execute(wipe))).rowcount

    async def lately_done(self, limit: int) -> list[JobRecord]:
        """Jobs that were done, those that were called last first, at most `limit`."""
        done = (jobs.c.state == JobState.DONE) & jobs.c.called_at.is_not(None)
        return await self._records(sa.select(jobs).where(done).order_by(jobs.c.called_at.desc()).limit(limit))

    async def _changed(
        self, job_id: str, condition: sa.ColumnElement[bool], changes: Mapping[str, Any]
    ) -> JobRecord | None:
        values = {name: list(value) if name in LISTS else value for name, value in changes.items()}

        async def work(connection: AsyncConnection) -> JobRecord | None:
            change = sa.update(jobs).where(condition).values(values).returning(jobs)
            row = (await connection.execute(change)).mappings().first()
            if row is not None:
                return record_of(dict(row))
            # It may have been done before, and the connection have broken off before anybody heard of it.
            row = (await connection.execute(sa.select(jobs).where(jobs.c.id == job_id))).mappings().first()
            same = row is not None and all(row[name] == value for name, value in values.items())
            return record_of(dict(row)) if row is not None and same else None

        try:
            return await self._database.run(work)
        except IntegrityError:
            raise AlreadyClaimed(job_id) from None

    async def _one(self, condition: sa.ColumnElement[bool]) -> JobRecord | None:
        return await self._database.run(lambda connection: _first(connection, condition))

    async def _many(self, condition: sa.ColumnElement[bool]) -> list[JobRecord]:
        query = sa.select(jobs).where(condition).order_by(jobs.c.created_at, jobs.c.id)
        rows = await self._database.run(lambda connection: connection.execute(query))
        return [record_of(dict(row)) for row in rows.mappings()]


async def _first(connection: AsyncConnection, condition: sa.ColumnElement[bool]) -> JobRecord | None:
    row = (await connection.execute(sa.select(jobs).where(condition).limit(1))).mappings().first()
    return record_of(dict(row)) if row is not None else None


def _columns(job: NewJob) -> dict[str, Any]:
    values = asdict(job) | {"details": dict(job.details)}
    return values | values.pop("reply")
