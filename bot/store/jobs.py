"""The jobs that the bot has recorded."""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, TypedDict, Unpack, cast

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from bot.store.db.mask import has_mask, without_mask
from bot.store.db.schema import jobs
from bot.store.draft_uses import DraftUse, DraftUsed, use_draft
from bot.store.job_queue import WaitingLimits, check_waiting_limits, lock_payer
from bot.store.job_search import JobSearch
from bot.store.records import JobRecord, JobState, NewJob, press_key
from bot.store.rows import LISTS, RECORD, columns_of, record_of

_ATTEMPTS = 3
_MASKS_AT_ONCE = 20

_MAX_REMOTE_ID_LENGTH = 1_000
"""In characters: an index of PostgreSQL takes no more than 2,700 bytes."""


def is_storable_id(remote_id: str) -> bool:
    """Whether a job can be recorded under this id of the API."""
    return 0 < len(remote_id) <= _MAX_REMOTE_ID_LENGTH and remote_id.isprintable()


class AlreadyClaimed(Exception):
    """Another job has this id of the API, or this key, already."""


class JobFacts(TypedDict, total=False):
    """The parts of a job that may change whatever its state is."""

    once_key: str | None
    message_id: int | None
    channel_id: int | None
    in_dm: bool


class JobChanges(JobFacts, total=False):
    """The parts of a job that change after it was recorded, all but these facts only from a known state."""

    state: JobState
    key: str | None
    owner: str | None
    late_until: datetime | None
    remote_id: str | None
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

    async def record(
        self,
        job: NewJob,
        limits: WaitingLimits | None = None,
        *,
        takes_key_of: str | None = None,
        draft: DraftUse | None = None,
    ) -> tuple[JobRecord, bool]:
        """The job as recorded, and whether it is new. Raises `TooManyWaiting` when the queue has no room for a new one.

        It is not new when its part of an interaction or its `once_key` is known already: then the earlier job is
        returned. An earlier job with the same id is this one, recorded before a connection broke, and new.

        A new job takes its `once_key` from the unconfirmed job with the id `takes_key_of`, and uses the draft. Raises
        `DraftUsed` if that was used before. A job that is not recorded leaves key and draft as they are.
        """
        values = columns_of(job)
        values.update(state=JobState.RECORDED, **{name: [] for name in LISTS})

        def work(connection: sa.Connection) -> JobRecord:
            if limits is not None:
                # On a server transactions don't see each other's new jobs: together they would exceed the limits.
                lock_payer(connection, job.reply)
            if takes_key_of is not None:
                connection.execute(_GIVE_KEY_AWAY, {"holder": takes_key_of, "key_name": job.once_key})
            row = connection.execute(_INSERT, values).mappings().one()
            if limits is not None:
                check_waiting_limits(connection, job.reply, limits)
            if draft is not None and not use_draft(connection, draft):
                raise DraftUsed(draft.draft_id)
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
        return next(iter(await self._records(sa.select(*RECORD).where(condition).limit(1))), None)

    async def with_once_key(self, once_key: str) -> JobRecord | None:
        """The job that has this idempotency key, or None."""
        return next(iter(await self._records(_BY_ONCE_KEY, {"key_name": once_key})), None)

    async def get(self, job_id: str) -> JobRecord | None:
        """The job with this id, or None."""
        row = await self._database.run(lambda connection: _by_id(connection, job_id))
        return record_of(row) if row is not None else None

    async def get_with_mask(self, job_id: str) -> JobRecord | None:
        """The same with its mask, which may be megabytes: to be dropped once the job is sent."""
        return next(iter(await self._records(_WITH_MASK, {"job_id": job_id})), None)

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

    async def unanswered(self, since: datetime) -> list[JobRecord]:
        """The jobs submitted since then whose request may have reached the API, but whose id there is not known."""
        return await self._records(_UNANSWERED, {"since": since})

    async def rename_key(self, former: str, current: str) -> int:
        """How many jobs of the former API key belong to the current one now."""
        values = {"former": former, "current": current}
        return await self._database.run(lambda connection: connection.execute(_RENAME_KEY, values).rowcount)

    async def update(self, job_id: str, **changes: Unpack[JobFacts]) -> JobRecord:
        """The job after the change; raises `LookupError` when there is none with this id.

        Raises `AlreadyClaimed` when another job has the new `once_key`.
        """
        changed = await self._changed(job_id, changes)
        if changed is None:
            raise LookupError(job_id)
        return changed

    async def move(
        self,
        job_id: str,
        expected: JobState,
        *others: JobState,
        of: str | None = None,
        cancel_wanted: bool | None = None,
        **changes: Unpack[JobChanges],
    ) -> JobRecord | None:
        """The job after the change, or None when it is no longer in one of these states, and unchanged.

        With `of` also when that process does not own it any more; with `cancel_wanted` also unless its member wants it
        cancelled, or does not. A job that has these values already counts as changed, so a caller who must be the only
        one to change it includes the current time. Raises `AlreadyClaimed` as `update` does, and for a `remote_id`.

        The `once_key` that a job loses returns to the newest unconfirmed press of the same button, if there is one:
        that press may have been paid.
        """
        return await self._changed(job_id, changes, states=(expected, *others), owner=of, cancel_wanted=cancel_wanted)

    async def claim(self, job_id: str, remote_id: str, at: datetime | None = None) -> JobRecord | None:
        """The job that was being sent, running under this id of the API now; None when it does not wait for one.

        `at` is when the API accepted it: now, if not given. Its owner stays. Raises `AlreadyClaimed` when another job
        has the id.
        """
        moment = at or datetime.now(UTC)
        return await self.move(
            job_id, JobState.SUBMITTING, state=JobState.RUNNING, remote_id=remote_id, submitted_at=moment
        )

    async def forget_tokens(self, before: datetime) -> int:
        """How many expired reply tokens were deleted; they give access to nothing any more."""
        values = {"before": before - timedelta(minutes=15)}
        return await self._database.run(lambda connection: connection.execute(_FORGET_TOKENS, values).rowcount)

    async def forget_masks(self, before: datetime) -> int:
        """How many masks of jobs that ended before this time were deleted; Retry sent them again until then."""
        deleted, values = 0, {"before": before, "most": _MASKS_AT_ONCE}

        def some(connection: sa.Connection) -> int:
            ids = connection.execute(_WITH_OLD_MASK, values).scalars().all()
            if ids:
                connection.execute(_FORGET_MASKS, {"ids": ids})
            return len(ids)

        # A few at a time: other writers wait meanwhile, and SQLite keeps what a transaction has changed in its log.
        while found := await self._database.run(some):
            deleted += found
        return deleted

    async def heal(self) -> int:
        """How many jobs were in a state that can't be, and no longer are.

        A job that counts as delivered and has not ended belongs to no process and takes a place in the queue for good.
        Earlier releases could leave one. It ends as what was shown, or is open again if it never ended.
        """

        def work(connection: sa.Connection) -> int:
            return connection.execute(_END_GHOSTS).rowcount + connection.execute(_REOPEN_GHOSTS).rowcount

        return await self._database.run(work)

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
        cancel_wanted: bool | None = None,
    ) -> JobRecord | None:
        values = {name: _storable(value) for name, value in changes.items()}
        change = _change(
            frozenset(values),
            in_states=states is not None,
            owned=owner is not None,
            cancel_wanted=cancel_wanted,
            # Nothing asks for it again: only jobs without a result can be retried.
            drops_mask=values.get("state") is JobState.DONE,
        )
        parameters = {f"new_{name}": value for name, value in values.items()}
        parameters |= {"job_id": job_id, "states": states, "process": owner}

        loses_key = states is not None and values.get("once_key", "") is None

        def work(connection: sa.Connection) -> JobRecord | None:
            before = _by_id(connection, job_id) if loses_key else None
            row = connection.execute(change, parameters).mappings().first()
            if row is not None:
                if before is not None:
                    _return_key(connection, before)
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


def _return_key(connection: sa.Connection, press: sa.RowMapping) -> None:
    """Give the key that this press has lost to the newest unconfirmed press of its button."""
    parent_id, label = press["parent_id"], press["button"]
    if parent_id is None or label is None or press["once_key"] != press_key(parent_id, label):
        return
    values = {"press": press["id"], "parent": parent_id, "label": label, "key_name": press["once_key"]}
    connection.execute(_RETURN_KEY, values)


def _storable(value: object) -> object:
    """The value as the columns take it: PostgreSQL refuses a NUL, and both refuse half a character."""
    if isinstance(value, tuple | list):
        return [_storable(item) for item in cast("Sequence[object]", value)]
    if isinstance(value, str) and not isinstance(value, JobState):
        return value.replace("\0", "").encode(errors="replace").decode()
    return value


@cache
def _change(
    columns: frozenset[str], *, in_states: bool, owned: bool, cancel_wanted: bool | None, drops_mask: bool
) -> sa.UpdateBase:
    """The statement that changes these columns of one job: composing it takes longer than running it."""
    change = sa.update(jobs).where(jobs.c.id == sa.bindparam("job_id"))
    if in_states:
        change = change.where(jobs.c.state.in_(sa.bindparam("states", expanding=True)))
    if owned:
        change = change.where(jobs.c.owner == sa.bindparam("process"))
    if cancel_wanted is not None:
        wish = jobs.c.cancel_requested_at
        change = change.where(wish.is_not(None) if cancel_wanted else wish.is_(None))
    values: dict[str, Any] = {name: sa.bindparam(f"new_{name}") for name in sorted(columns)}
    if drops_mask:
        values["details"] = without_mask(jobs.c.details)
    return change.values(values).returning(*RECORD)


_INSERT = sa.insert(jobs).returning(*RECORD)
_BY_ID = sa.select(*RECORD).where(jobs.c.id == sa.bindparam("job_id"))
_WITH_MASK = sa.select(jobs).where(jobs.c.id == sa.bindparam("job_id"))
_OLDEST_FIRST = sa.select(*RECORD).order_by(jobs.c.created_at, jobs.c.id)
_UNFINISHED = _OLDEST_FIRST.where(jobs.c.delivered_at.is_(None))
_CHILDREN = _OLDEST_FIRST.where(jobs.c.parent_id == sa.bindparam("parent"))
_LATEST_PRESS = (
    sa.select(*RECORD)
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
_BY_ONCE_KEY = sa.select(*RECORD).where(jobs.c.once_key == sa.bindparam("key_name"))
_GIVE_KEY_AWAY = (
    sa.update(jobs)
    .where(
        jobs.c.id == sa.bindparam("holder"),
        jobs.c.once_key == sa.bindparam("key_name"),
        jobs.c.state == JobState.UNCONFIRMED,
    )
    .values(once_key=None)
)
_RETURN_KEY = (
    sa.update(jobs)
    .where(
        jobs.c.id
        == sa.select(jobs.c.id)
        .where(
            jobs.c.parent_id == sa.bindparam("parent"),
            jobs.c.button == sa.bindparam("label"),
            jobs.c.state == JobState.UNCONFIRMED,
            jobs.c.id != sa.bindparam("press"),
            jobs.c.once_key.is_(None),
        )
        .order_by(jobs.c.created_at.desc(), jobs.c.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    .values(once_key=sa.bindparam("key_name"))
)
_UNANSWERED = sa.select(*RECORD).where(jobs.c.submitting_at >= sa.bindparam("since"), jobs.c.remote_id.is_(None))
_RENAME_KEY = sa.update(jobs).where(jobs.c.key == sa.bindparam("former")).values(key=sa.bindparam("current"))
_FORGET_TOKENS = sa.update(jobs).where(jobs.c.opened_at < sa.bindparam("before"), jobs.c.token != "").values(token="")
_WITH_OLD_MASK = (
    sa.select(jobs.c.id)
    .where(
        jobs.c.state.in_([state for state in JobState if state.is_final]),
        jobs.c.finished_at < sa.bindparam("before"),
        has_mask(jobs.c.details),
    )
    .limit(sa.bindparam("most", type_=sa.Integer()))
)
_FORGET_MASKS = (
    sa.update(jobs)
    .where(jobs.c.id.in_(sa.bindparam("ids", expanding=True)))
    .values(details=without_mask(jobs.c.details))
)
_ghost = (
    jobs.c.state.in_([state for state in JobState if not state.is_final]),
    jobs.c.delivered_at.is_not(None),
)
_has_result = sa.or_(
    jobs.c.image_url.is_not(None), *(sa.cast(column, sa.Text) != "[]" for column in (jobs.c.texts, jobs.c.videos))
)
_END_GHOSTS = (
    sa.update(jobs)
    .where(*_ghost, jobs.c.finished_at.is_not(None))
    .values(state=sa.case((_has_result, JobState.DONE), else_=JobState.FAILED))
)
_REOPEN_GHOSTS = sa.update(jobs).where(*_ghost, jobs.c.finished_at.is_(None)).values(delivered_at=None)
_LATELY_DONE = (
    sa.select(*RECORD)
    .where(jobs.c.state == JobState.DONE, jobs.c.called_at.is_not(None))
    .order_by(jobs.c.called_at.desc())
    .limit(sa.bindparam("most", type_=sa.Integer()))
)
