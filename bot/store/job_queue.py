"""The line of jobs in front of the API: whose turn it is, and how many are before one's own.

Places (servers; in direct messages the member) take turns, the one that has waited longest first; within a place its
members do, and of a member's own jobs follow-ups come before new pictures.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.api_keys import earliest
from bot.store.db.clock import lock_exclusively, now
from bot.store.db.database import Database
from bot.store.db.schema import api_keys, jobs
from bot.store.records import JobRecord, JobState, ReplyTarget
from bot.store.rows import record_of

_UNSENT = (JobState.RECORDED, JobState.WAITING)
_BUSY = (JobState.DISPATCHED, JobState.SUBMITTING, JobState.RUNNING)
_REMEMBERED = timedelta(minutes=30)
"""Who was called longer ago than this counts as never called."""

_payer = sa.func.coalesce(jobs.c.guild_id, jobs.c.user_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningLimits:
    """How many jobs may be with the API at once: of one key, of one place, of one member there."""

    of_key: int
    of_guild: int
    of_member: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingLimits:
    """How many jobs may wait in line: of one member in one place, of one server."""

    of_member: int
    of_guild: int


class TooManyWaiting(Exception):
    """As many jobs wait as may: `waiting` of them, of the member or else of the server."""

    def __init__(self, waiting: int, *, of_member: bool) -> None:
        super().__init__(f"{waiting} jobs wait")
        self.waiting = waiting
        self.of_member = of_member


@dataclass(frozen=True, slots=True)
class NextJob:
    """What came of asking for the next job of a key.

    `job` has been called. Without one, `wait` is the number of seconds after which asking again makes sense, None when
    something has to change first.
    """

    job: JobRecord | None
    wait: float | None = None


class JobQueueStore:
    """Reads and moves the line; every method is one transaction."""

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
        bound_only: bool = False,
    ) -> NextJob:
        """The next job for this key, which now belongs to this process. The key is used up for `turn` seconds.

        For so many seconds of `courtesy` a turn is left to the process that has looked after the job so far. With
        `bound_only` only jobs are called that no other key can send.
        """
        moment = datetime.now(UTC)

        async def work(connection: AsyncConnection) -> NextJob:
            await lock_exclusively(connection, api_keys)
            if (called := await _already_dispatched(connection, process, moment)) is not None:
                # Done before, but the connection broke off before anybody heard of it.
                return NextJob(called)
            free = sa.select(earliest() - now(), now() - api_keys.c.next_at).where(api_keys.c.name == key)
            until, since = (await connection.execute(free)).one()
            if until > 0:
                return NextJob(None, until)
            found = await self._first(connection, key, limits, bound_only=bound_only)
            if found is None:
                return NextJob(None)
            if found["owner"] != process and since < courtesy:
                return NextJob(None, courtesy - since)
            await connection.execute(
                sa.update(api_keys).where(api_keys.c.name == key).values(next_at=earliest() + turn)
            )
            called = (
                sa.update(jobs)
                .where(jobs.c.id == found["id"])
                .values(
                    state=JobState.DISPATCHED,
                    key=key,
                    owner=process,
                    called_at=moment,
                    calls=jobs.c.calls + 1,
                )
                .returning(jobs)
            )
            return NextJob(record_of(dict((await connection.execute(called)).mappings().one())))

        return await self._database.run(work)

    async def positions(self, process: str) -> dict[str, int]:
        """The waiting jobs that this process looks after, and each one's place in line, the next one's being 1."""
        line = _queue_query().subquery()
        query = sa.select(line.c.id, line.c.place).where(line.c.owner == process)
        rows = await self._database.run(lambda connection: connection.execute(query))
        return {row.id: row.place for row in rows}

    async def _first(
        self, connection: AsyncConnection, key: str, limits: RunningLimits, *, bound_only: bool
    ) -> sa.RowMapping | None:
        counted = sa.select(jobs.c.key, _payer, jobs.c.user_id, sa.func.count()).where(jobs.c.state.in_(_BUSY))
        busy = (await connection.execute(counted.group_by(jobs.c.key, _payer, jobs.c.user_id))).all()
        if sum(count for of, _, _, count in busy if of == key) >= limits.of_key:
            return None
        line = _queue_query().subquery()
        fits = line.c.key == key
        if not bound_only:
            fits |= line.c.key.is_(None)
        query = sa.select(line.c.id, line.c.owner).where(fits, *_exclude_at_limit(line, busy, limits))
        return (await connection.execute(query.order_by(line.c.place).limit(1))).mappings().first()


async def check_waiting_limits(connection: AsyncConnection, reply: ReplyTarget, room: WaitingLimits) -> None:
    """Raises `TooManyWaiting` when the job just written down, for this reply, is one too many."""
    payer = reply.guild_id if reply.guild_id is not None else reply.user_id
    own = sa.func.coalesce(sa.func.sum(sa.case((jobs.c.user_id == reply.user_id, 1), else_=0)), 0)
    query = sa.select(own, sa.func.count()).where(jobs.c.state.in_(_UNSENT), _payer == payer)
    mine, here = (await connection.execute(query)).one()
    if mine > room.of_member:
        raise TooManyWaiting(int(mine) - 1, of_member=True)
    if reply.guild_id is not None and here > room.of_guild:
        raise TooManyWaiting(int(here) - 1, of_member=False)


async def _already_dispatched(connection: AsyncConnection, process: str, moment: datetime) -> JobRecord | None:
    same = (jobs.c.called_at == moment) & (jobs.c.owner == process)
    row = (await connection.execute(sa.select(jobs).where(same))).mappings().first()
    return record_of(dict(row)) if row is not None else None


def _exclude_at_limit(
    line: sa.Subquery, busy: Sequence[Any], limits: RunningLimits
) -> Collection[sa.ColumnElement[bool]]:
    """What keeps out those who have as many jobs running as they may."""
    guilds: dict[int, int] = {}
    members: dict[tuple[int, int], int] = {}
    for _, payer, user, count in busy:
        guilds[payer] = guilds.get(payer, 0) + count
        members[payer, user] = members.get((payer, user), 0) + count
    full = [payer for payer, count in guilds.items() if count >= limits.of_guild]
    content = [member for member, count in members.items() if count >= limits.of_member and member[0] not in full]
    kept_out = [line.c.payer.not_in(full)] if full else []
    if content:
        kept_out.append(sa.tuple_(line.c.payer, line.c.user_id).not_in(content))
    return kept_out


def _queue_query() -> sa.Select[Any]:
    """Every waiting job with its place, counted from 1.

    Those who take turns keep in every round the order of the first one, where whoever is called goes to the end: so the
    age that counts is that of their first job.
    """
    since = datetime.now(UTC) - _REMEMBERED
    called = sa.select(_payer.label("payer"), jobs.c.user_id, sa.func.max(jobs.c.called_at).label("last")).where(
        jobs.c.called_at >= since
    )
    members = called.group_by(_payer, jobs.c.user_id).subquery("members")
    guilds = sa.select(members.c.payer, sa.func.max(members.c.last).label("last")).group_by(members.c.payer)
    guilds = guilds.subquery("guilds")
    new = sa.case((jobs.c.parent_id.is_not(None), 0), else_=1)
    age = (jobs.c.created_at, jobs.c.id)
    waiting = sa.select(
        jobs.c.id,
        jobs.c.key,
        jobs.c.owner,
        jobs.c.created_at,
        jobs.c.user_id,
        _payer.label("payer"),
        new.label("new"),
        *_round_robin_rank("of_member", [_payer, jobs.c.user_id], [new, *age], age),
    )
    own = waiting.where(jobs.c.state == JobState.WAITING).subquery("own")
    # Whoever was never called comes before everybody who was.
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
    whose: Sequence[sa.ColumnElement[Any]],
    order: Sequence[sa.ColumnElement[Any]],
    age: tuple[sa.ColumnElement[Any], sa.ColumnElement[Any]],
) -> Sequence[sa.Label[Any]]:
    """The number of each job among those of the same hand, and the age of the hand's first one: its moment and id."""
    since, first = age
    return (
        sa.func.row_number().over(partition_by=whose, order_by=order).label(name),
        sa.func.first_value(since).over(partition_by=whose, order_by=order).label(f"{name}_since"),
        sa.func.first_value(first).over(partition_by=whose, order_by=order).label(f"{name}_first"),
    )
