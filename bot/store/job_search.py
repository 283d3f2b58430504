"""Finding recorded jobs: a member's own, the one that a message shows, and what they cost."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from bot.store.db.database import Database
from bot.store.db.schema import jobs
from bot.store.records import JobRecord, JobState
from bot.store.rows import RECORD, record_of

_UNFINISHED = tuple(state for state in JobState if not state.is_final)
_UNSENT = (JobState.RECORDED, JobState.WAITING, JobState.DISPATCHED)


@dataclass(frozen=True, slots=True, kw_only=True)
class JobFilter:
    """Which jobs of a member to find.

    `guild_id` None means those in direct messages, unless `everywhere` is set. Each word of `text` must be in the
    prompt, upper or lower case, or the whole text begin the job's id.
    """

    user_id: int
    guild_id: int | None = None
    everywhere: bool = False
    text: str = ""
    unfinished: bool = False


@dataclass(frozen=True, slots=True)
class Usage:
    """The jobs of a member that were sent, the credits of those whose price is known, and how many have none."""

    jobs: int
    credits: int
    unpriced: int


class JobSearch:
    """Reads jobs; every method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, wanted: JobFilter, *, limit: int, offset: int = 0) -> list[JobRecord]:
        """The jobs that fit, newest first, at most `limit` from the one at `offset` on."""
        newest_first = (jobs.c.created_at.desc(), jobs.c.id.desc())
        query = sa.select(*RECORD).where(*_conditions(wanted)).order_by(*newest_first).limit(limit).offset(offset)
        return await self._records(query)

    async def count(self, wanted: JobFilter) -> int:
        """How many jobs fit."""
        query = sa.select(sa.func.count()).select_from(jobs).where(*_conditions(wanted))
        return await self._database.run(lambda connection: connection.execute(query).scalar_one())

    async def unsent_in(self, *, guild_id: int | None = None, channel_id: int | None = None) -> list[str]:
        """The ids of the jobs asked for in this server, or in this channel, that were not sent to the API yet."""
        place = jobs.c.channel_id == channel_id if guild_id is None else jobs.c.guild_id == guild_id
        query = sa.select(jobs.c.id).where(jobs.c.state.in_(_UNSENT), place).order_by(jobs.c.created_at, jobs.c.id)
        return list(await self._database.run(lambda connection: connection.execute(query).scalars().all()))

    async def guilds_with_unsent(self) -> list[int]:
        """The ids of the servers with jobs that were not sent to the API yet."""
        query = sa.select(jobs.c.guild_id).where(jobs.c.state.in_(_UNSENT), jobs.c.guild_id.is_not(None)).distinct()
        return list(await self._database.run(lambda connection: connection.execute(query).scalars().all()))

    async def by_message(self, message_id: int) -> JobRecord | None:
        """The job whose reply is the message with this id, or None."""
        return next(iter(await self._records(_BY_MESSAGE, {"message": message_id})), None)

    async def has_result_at(self, url: str) -> bool:
        """Whether this is, letter for letter, the URL of a file that the API made for one of the recorded jobs.

        Reads the whole table: there is no index on URLs, and few are asked for.
        """
        written = json.dumps(url)
        lists = (jobs.c.tiles, jobs.c.videos)
        query = sa.select(jobs.c.image_url, jobs.c.original_url, *lists).where(
            (jobs.c.image_url == url)
            | (jobs.c.original_url == url)
            | sa.or_(*(sa.cast(each, sa.Text).contains(written, autoescape=True) for each in lists))
        )
        rows = await self._database.run(lambda connection: connection.execute(query.limit(10)).all())
        # LIKE ignores upper and lower case in SQLite.
        return any(url in (image, original, *tiles, *videos) for image, original, tiles, videos in rows)

    async def usage(self, user_id: int, guild_id: int | None, since: datetime | None = None) -> Usage:
        """Number and cost of the member's jobs in this server (None: in direct messages), those made after `since`."""
        sent = jobs.c.submitting_at.is_not(None) | jobs.c.submitted_at.is_not(None)
        query = sa.select(
            sa.func.count(),
            sa.func.coalesce(sa.func.sum(jobs.c.cost_credits), 0),
            sa.func.count() - sa.func.count(jobs.c.cost_credits),
        ).where(jobs.c.user_id == user_id, jobs.c.guild_id.is_not_distinct_from(guild_id), sent)
        if since is not None:
            query = query.where(jobs.c.created_at >= since)
        return Usage(*await self._database.run(lambda connection: connection.execute(query).one()))

    async def _records(
        self, query: sa.Select[tuple[object, ...]], values: Mapping[str, object] | None = None
    ) -> list[JobRecord]:
        rows = await self._database.run(lambda connection: connection.execute(query, values).mappings().all())
        return [record_of(row) for row in rows]


def _conditions(wanted: JobFilter) -> Sequence[sa.ColumnElement[bool]]:
    conditions = [jobs.c.user_id == wanted.user_id]
    if not wanted.everywhere:
        conditions.append(jobs.c.guild_id.is_not_distinct_from(wanted.guild_id))
    if wanted.unfinished:
        conditions.append(jobs.c.state.in_(_UNFINISHED))
    if words := wanted.text.split():
        in_prompt = sa.and_(*(jobs.c.prompt.icontains(word, autoescape=True) for word in words))
        conditions.append(in_prompt | jobs.c.id.startswith(wanted.text.strip(), autoescape=True))
    return conditions


_BY_MESSAGE = (
    sa.select(*RECORD).where(jobs.c.message_id == sa.bindparam("message")).order_by(jobs.c.created_at.desc()).limit(1)
)
