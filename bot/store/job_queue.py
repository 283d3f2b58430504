"""The queue of jobs in front of the API: whose turn is next, and how many jobs are ahead of each one.

Payers (servers; in direct messages the member) take turns round robin, the one that has waited longest first; within a
server its members do, and of a member's own jobs follow-ups come before new pictures.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from bot.store.api_keys import earliest
from bot.store.db.clock import lock_exclusively, lock_scope, now, seconds
from bot.store.db.database import Database
from bot.store.db.schema import UtcDateTime, api_keys, api_queues, jobs
from bot.store.records import JobKind, JobRecord, JobState, ReplyTarget
from bot.store.rows import record_of

_UNSENT = (JobState.RECORDED, JobState.WAITING)
_BUSY = (JobState.DISPATCHED, JobState.SUBMITTING, JobState.RUNNING)
_REMEMBERED = timedelta(minutes=30)
"""A turn older than this no longer counts."""

_RECENTLY_REFUSED = 1.5
"""For this many pauses of a full queue at the API, a job that was refused there comes after the others for it."""

_CLOCK_ROUNDING = 1.0
"""Seconds by which a time of the database's clock may differ after it was stored."""

_ASK_AGAIN_SECONDS = 0.25
"""After this time a free call asks again for a turn that a job is about to take."""

_payer = sa.func.coalesce(jobs.c.guild_id, jobs.c.user_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningLimits:
    """How many jobs may be with the API at once: of one key, of one server, of one member there."""

    of_key: int
    of_guild: int
    of_member: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingLimits:
    """How many jobs may wait in the queue: of one member in one server, of one server."""

    of_member: int
    of_guild: int


class TooManyWaiting(Exception):
    """The queue is full for the member, or else for the server: `waiting` of their jobs are in it."""

    def __init__(self, waiting: int, *, of_member: bool) -> None:
        super().__init__(f"{waiting} jobs wait")
        self.waiting = waiting
        self.of_member = of_member


@dataclass(frozen=True, slots=True)
class NextJob:
    """The next job of a key, dispatched already, or None. The job may be sent in `starts_in` seconds.

    Without a job, `wait` is the number of seconds after which to ask again, None when something has to change first.
    With `key_waits` the key may not be used before that, no matter which jobs join the queue. With `tries_queue` the
    job's queue at the API was full, and the next jobs wait for what becomes of this one.
    """

    job: JobRecord | None
    wait: float | None = None
    key_waits: bool = False
    starts_in: float = 0.0
    tries_queue: bool = False


class JobQueueStore:
    """Reads and advances the queue; every method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def take_next(
        self,
        key: str,
        process: str,
        limits: RunningLimits,
        *,
        turn: float,
        courtesy: float,
        early: float = 0.0,
        bound_only: bool = False,
    ) -> NextJob:
        """The next job for this key, which now belongs to this process. The key is then used up for `turn` seconds.

        For the first `courtesy` seconds a turn is left to the process that has owned the job so far. A turn is given
        out up to `early` seconds before it begins, so that a caller who is a little late does not shift those after it.
        With `bound_only` only jobs are dispatched that no other key can send. No job is dispatched to a queue of the
        API that is full; when its pause has passed, one job is.
        """
        moment = datetime.now(UTC)

        def work(connection: sa.Connection) -> NextJob:
            lock_exclusively(connection, api_keys)
            dispatched = connection.execute(_DISPATCHED, {"process": process, "moment": moment}).mappings().first()
            until, since = connection.execute(_KEY_FREE, {"key_name": key}).one()
            if dispatched is not None:
                # A repeated transaction: the first commit succeeded and its answer was lost.
                return NextJob(record_of(dispatched), starts_in=max(0.0, until - turn))
            if until > early:
                return NextJob(None, until - early, key_waits=True)
            queues = _FullQueues(connection, key)
            found = _first(connection, key, limits, moment, queues, bound_only=bound_only)
            if found is None:
                return NextJob(None, queues.next_try_in)
            if found.owner != process and since < courtesy:
                return NextJob(None, courtesy - since)
            dispatch = {"job_id": found.id, "key_name": key, "process": process, "moment": moment}
            taken = connection.execute(_DISPATCH, dispatch).mappings().first()
            if taken is None:
                # Its member has cancelled it in this moment, so another one is next.
                return NextJob(None, 0.0)
            connection.execute(_USE_KEY, {"key_name": key, "turn": turn})
            tries = queues.begin_try(connection, JobKind(found.kind))
            return NextJob(record_of(taken), starts_in=max(0.0, until), tries_queue=tries)

        return await self._database.run(work)

    async def take_spare(self, key: str, limits: RunningLimits, *, turn: float, bound_only: bool = False) -> float:
        """0 if the key's present turn was taken for a free call; otherwise the seconds after which to ask again.

        A turn is left to the jobs that `take_next` would dispatch with these limits. The key is used up for `turn`
        seconds.
        """
        moment = datetime.now(UTC)

        def work(connection: sa.Connection) -> float:
            lock_exclusively(connection, api_keys)
            until, _ = connection.execute(_KEY_FREE, {"key_name": key}).one()
            if until > 0:
                return until
            queues = _FullQueues(connection, key)
            if _first(connection, key, limits, moment, queues, bound_only=bound_only) is not None:
                return _ASK_AGAIN_SECONDS
            connection.execute(_USE_KEY, {"key_name": key, "turn": turn})
            return 0.0

        return await self._database.run(work)

    async def positions(self, process: str) -> dict[str, int]:
        """The waiting jobs that this process owns, and each one's place in the queue, counted from 1."""
        values = {"process": process, "since": datetime.now(UTC) - _REMEMBERED}
        rows = await self._database.run(lambda connection: connection.execute(_POSITIONS, values).all())
        return {row.id: row.place for row in rows}


class _FullQueues:
    """The queues of a key's account that were full: those that are closed now, and those to try again."""

    def __init__(self, connection: sa.Connection, key: str) -> None:
        self._key = key
        rows = connection.execute(_FULL_QUEUES, {"key_name": key}).all()
        # More than the whole pause is left only if the database's clock was set back since.
        closed = [row for row in rows if 0 < row.left <= row.pause + _CLOCK_ROUNDING]
        self.closed = frozenset(row.queue for row in closed)
        self.tried = frozenset(row.queue for row in rows) - self.closed
        self.recently = timedelta(seconds=_RECENTLY_REFUSED * max((row.pause for row in rows), default=0.0))
        self._left = [row.left for row in closed]

    @property
    def next_try_in(self) -> float | None:
        """Seconds until a job may be sent to one that is closed now, None if none is."""
        return min(self._left, default=None)

    def begin_try(self, connection: sa.Connection, kind: JobKind) -> bool:
        """Close the queue of this kind until the answer for the job just dispatched. Returns whether it was full."""
        if kind.queue in self.tried:
            connection.execute(_TRY_QUEUE, {"of_key": self._key, "of_queue": kind.queue})
        return kind.queue in self.tried


def lock_payer(connection: sa.Connection, reply: ReplyTarget) -> None:
    """Wait for the transactions that record other jobs of this reply's server, or of its member's direct messages.

    Both limits count within a server: one lock is enough for them, and two transactions can't wait for each other.
    """
    lock_scope(connection, _payer_of(reply))


def check_waiting_limits(connection: sa.Connection, reply: ReplyTarget, room: WaitingLimits) -> None:
    """Raises `TooManyWaiting` when the job just inserted for this reply exceeds the limits."""
    mine, here = connection.execute(_WAITING, {"member": reply.user_id, "payer_id": _payer_of(reply)}).one()
    if mine > room.of_member:
        raise TooManyWaiting(int(mine) - 1, of_member=True)
    if reply.guild_id is not None and here > room.of_guild:
        raise TooManyWaiting(int(here) - 1, of_member=False)


def _payer_of(reply: ReplyTarget) -> int:
    return reply.guild_id if reply.guild_id is not None else reply.user_id


def _first(
    connection: sa.Connection,
    key: str,
    limits: RunningLimits,
    moment: datetime,
    queues: _FullQueues,
    *,
    bound_only: bool,
) -> "sa.Row[Any, Any, Any] | None":
    """The id, owner and kind of the next job that this key may send within the limits."""
    busy = connection.execute(_RUNNING).all()
    if sum(row.running for row in busy if row.key == key) >= limits.of_key:
        return None
    guilds, members = _at_limit(busy, limits)
    values = {
        "key_name": key,
        "since": moment - _REMEMBERED,
        "full_guilds": guilds,
        "full_members": members,
        "closed": [kind for kind in JobKind if kind.queue in queues.closed],
        "tried": [kind for kind in JobKind if kind.queue in queues.tried],
        "recently": moment - queues.recently,
        "moment": moment,
    }
    return connection.execute(_FIRST_BOUND if bound_only else _FIRST, values).first()


def _at_limit(busy: Iterable[Any], limits: RunningLimits) -> tuple[list[int], list[tuple[int, int]]]:
    """The payers, and the members of other payers, that have as many jobs running as they may."""
    guilds: Counter[int] = Counter()
    members: Counter[tuple[int, int]] = Counter()
    for row in busy:
        guilds[row.payer] += row.running
        members[row.payer, row.user_id] += row.running
    full = [payer for payer, count in guilds.items() if count >= limits.of_guild]
    return full, [member for member, count in members.items() if count >= limits.of_member and member[0] not in full]


def _queue_query() -> sa.Select[Any]:
    """Every waiting job with its place, counted from 1. The parameter `since` is the oldest turn that counts.

    Payers and members keep the order of the first round in all later ones, and go to its end after a turn; so their
    age is that of their first job.
    """
    called = sa.select(_payer.label("payer"), jobs.c.user_id, sa.func.max(jobs.c.called_at).label("last")).where(
        jobs.c.called_at >= sa.bindparam("since")
    )
    members = called.group_by(_payer, jobs.c.user_id).subquery("members")
    guilds = sa.select(members.c.payer, sa.func.max(members.c.last).label("last")).group_by(members.c.payer)
    guilds = guilds.subquery("guilds")
    new = sa.case((jobs.c.parent_id.is_not(None), 0), else_=1)
    age = (jobs.c.created_at, jobs.c.id)
    waiting = sa.select(
        jobs.c.id,
        jobs.c.kind,
        jobs.c.key,
        jobs.c.owner,
        jobs.c.called_at,
        jobs.c.created_at,
        jobs.c.user_id,
        _payer.label("payer"),
        new.label("new"),
        *_round_robin_rank("of_member", [_payer, jobs.c.user_id], [new, *age], age),
    )
    own = waiting.where(jobs.c.state == JobState.WAITING).subquery("own")
    # A member without a turn so far comes before all others.
    first = (own.c.of_member_since, own.c.of_member_first)
    in_guild = [own.c.of_member, members.c.last.is_not(None), members.c.last, *first]
    ranked = (
        sa.select(own, *_round_robin_rank("of_guild", [own.c.payer], in_guild, (own.c.created_at, own.c.id)))
        .join(members, (members.c.payer == own.c.payer) & (members.c.user_id == own.c.user_id), isouter=True)
        .subquery("ranked")
    )
    first = (ranked.c.of_guild_since, ranked.c.of_guild_first)
    in_line = [ranked.c.of_guild, guilds.c.last.is_not(None), guilds.c.last, *first]
    return sa.select(ranked, sa.func.row_number().over(order_by=in_line).label("place")).join(
        guilds, guilds.c.payer == ranked.c.payer, isouter=True
    )


def _round_robin_rank(
    name: str,
    group: Sequence[sa.ColumnElement[Any]],
    order: Sequence[sa.ColumnElement[Any]],
    age: tuple[sa.ColumnElement[Any], sa.ColumnElement[Any]],
) -> Sequence[sa.Label[Any]]:
    """The rank of each job in its group, and the age of the group's first one: its time and id."""
    since, first = age
    return (
        sa.func.row_number().over(partition_by=group, order_by=order).label(name),
        sa.func.first_value(since).over(partition_by=group, order_by=order).label(f"{name}_since"),
        sa.func.first_value(first).over(partition_by=group, order_by=order).label(f"{name}_first"),
    )


def _first_query(*, bound_only: bool) -> sa.Select[Any, Any, Any]:
    """The id, owner and kind of the next job for a key, apart from payers and members at their limits.

    Left out are jobs whose queue at the API is closed. Where one is tried again, a job that was refused there just now
    comes last: it may have been refused for a reason of its own.
    """
    queue = _queue_query().subquery()
    fits = queue.c.key == sa.bindparam("key_name")
    if not bound_only:
        fits |= queue.c.key.is_(None)
    members = sa.tuple_(queue.c.payer, queue.c.user_id)
    # A time in the future was written by a clock that has been set back since.
    refused = queue.c.kind.in_(sa.bindparam("tried", expanding=True)) & queue.c.called_at.between(
        sa.bindparam("recently", type_=UtcDateTime()), sa.bindparam("moment", type_=UtcDateTime())
    )
    return (
        sa.select(queue.c.id, queue.c.owner, queue.c.kind)
        .where(
            fits,
            queue.c.kind.not_in(sa.bindparam("closed", expanding=True)),
            queue.c.payer.not_in(sa.bindparam("full_guilds", expanding=True)),
            members.not_in(sa.bindparam("full_members", expanding=True)),
        )
        .order_by(sa.case((refused, 1), else_=0), queue.c.place)
        .limit(1)
    )


def _positions_query() -> sa.Select[Any, Any]:
    queue = _queue_query().subquery()
    return sa.select(queue.c.id, queue.c.place).where(queue.c.owner == sa.bindparam("process"))


# Composed once: that takes longer than running them.
_FIRST, _FIRST_BOUND = _first_query(bound_only=False), _first_query(bound_only=True)
_POSITIONS = _positions_query()
_RUNNING = (
    sa.select(jobs.c.key, _payer.label("payer"), jobs.c.user_id, sa.func.count().label("running"))
    .where(jobs.c.state.in_(_BUSY))
    .group_by(jobs.c.key, _payer, jobs.c.user_id)
)
_WAITING = sa.select(
    sa.func.coalesce(sa.func.sum(sa.case((jobs.c.user_id == sa.bindparam("member"), 1), else_=0)), 0), sa.func.count()
).where(jobs.c.state.in_(_UNSENT), _payer == sa.bindparam("payer_id"))
_DISPATCHED = sa.select(jobs).where(jobs.c.called_at == sa.bindparam("moment"), jobs.c.owner == sa.bindparam("process"))
_DISPATCH = (
    sa.update(jobs)
    .where(jobs.c.id == sa.bindparam("job_id"), jobs.c.state == JobState.WAITING)
    .values(
        state=JobState.DISPATCHED,
        key=sa.bindparam("key_name"),
        owner=sa.bindparam("process"),
        called_at=sa.bindparam("moment"),
        calls=jobs.c.calls + 1,
    )
    .returning(jobs)
)
_KEY_FREE = sa.select(earliest() - now(), now() - api_keys.c.next_at).where(api_keys.c.name == sa.bindparam("key_name"))
_USE_KEY = (
    sa.update(api_keys).where(api_keys.c.name == sa.bindparam("key_name")).values(next_at=earliest() + seconds("turn"))
)
_FULL_QUEUES = sa.select(api_queues.c.queue, api_queues.c.pause, (api_queues.c.full_until - now()).label("left")).where(
    api_queues.c.key_name == sa.bindparam("key_name")
)
_TRY_QUEUE = (
    sa.update(api_queues)
    .where(api_queues.c.key_name == sa.bindparam("of_key"), api_queues.c.queue == sa.bindparam("of_queue"))
    .values(full_until=now() + api_queues.c.pause)
)
