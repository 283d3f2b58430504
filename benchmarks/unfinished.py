"""Jobs that are running when the bot starts, in the API, Discord and the database."""

import asyncio
from datetime import UTC, datetime, timedelta
from itertools import cycle
from typing import Any

import sqlalchemy as sa

from benchmarks.places import channels, members
from bot.store import Database, JobKind, JobState, JobStore, NewJob, ReplyTarget
from bot.store.db.schema import jobs
from playground.discord_server import DiscordServer
from playground.discord_server.messages.compose import MessageContext
from playground.discord_server.state import seed
from playground.discord_server.validation.messages import V2
from playground.imaginepro import Job, Simulator, Status
from playground.imaginepro.jobs.prompt import Prompt

_PERCENT = 46
_PROMPT = "a red fox in the snow"
_AT_ONCE = 1000


async def record_running_jobs(url: str, discord: DiscordServer, api: Simulator, count: int) -> None:
    """Record this many running jobs, which stay at the same percentage without pictures."""
    places, people = cycle(channels(discord.world)), cycle(members(discord.world))
    body = {"flags": V2, "components": [{"type": 10, "content": _PROMPT}]}
    async with Database(url) as database:
        template = await _template(database) if count else {}
        rows: list[dict[str, Any]] = []
        for number in range(count):
            channel = next(places)
            author = discord.world.users[seed.APPLICATION_ID]
            message = discord.core.composer.create(MessageContext(channel, author), body, {})
            remote = Job("imagine", _PROMPT, Prompt(_PROMPT), (), 40, 10, number)
            remote.move(Status.PROCESSING, _PERCENT)
            api.jobs[remote.id] = remote
            rows.append(
                template
                | {
                    "id": f"{number:032x}",
                    "remote_id": remote.id,
                    "interaction_id": number + 1,
                    "message_id": int(message.id),
                    "channel_id": int(channel.id),
                    "guild_id": int(channel.guild_id or 0),
                    "user_id": int(next(people)),
                }
            )
            await asyncio.sleep(0)
        await _write(database, rows)


async def refresh_submission_times(url: str) -> None:
    """Set the submission time of all running jobs to now, so that none exceeds its time limit."""
    now = datetime.now(UTC)
    async with Database(url) as database:
        change = sa.update(jobs).where(jobs.c.state == JobState.RUNNING).values(submitted_at=now, created_at=now)
        await database.run(lambda connection: connection.execute(change))


async def _template(database: Database) -> dict[str, Any]:
    """A running job's row as the bot writes it."""
    store, now = JobStore(database), datetime.now(UTC)
    reply = ReplyTarget(
        interaction_id=1,
        application_id=int(seed.APPLICATION_ID),
        # An expired token is deleted, and the reply is edited by its channel.
        token="",
        opened_at=now - timedelta(minutes=20),
        user_id=1,
        guild_id=1,
        channel_id=1,
    )
    new = NewJob(
        id="template", kind=JobKind.IMAGINE, reply=reply, created_at=now, prompt=_PROMPT, words=_PROMPT, mode="fast"
    )
    await store.record(new)
    await store.move(
        *("template", JobState.RECORDED),
        state=JobState.RUNNING,
        remote_id="template",
        submitting_at=now,
        submitted_at=now,
    )

    def taken_out(connection: sa.Connection) -> dict[str, Any]:
        row = connection.execute(sa.select(jobs).where(jobs.c.id == "template")).mappings().one()
        connection.execute(sa.delete(jobs).where(jobs.c.id == "template"))
        return dict(row)

    return await database.run(taken_out)


async def _write(database: Database, rows: list[dict[str, Any]]) -> None:
    for start in range(0, len(rows), _AT_ONCE):
        part = rows[start : start + _AT_ONCE]
        await database.run(lambda connection, part=part: connection.execute(sa.insert(jobs), part))
