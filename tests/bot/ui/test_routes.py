"""The two ways to a reply, on a running bot: by the interaction's token, afterwards by the channel."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import discord
import pytest
import pytest_asyncio

from bot.services.frames import Frame, Phase, ReplyGone
from bot.store import JobRecord, ReplyAddress
from bot.ui.job_view import Message, running_message
from bot.ui.routes import Routes
from playground.discord_server import texts
from playground.discord_server.permissions import VIEW_CHANNEL
from tests.stage import Stage

pytestmark = pytest.mark.asyncio(loop_scope="module")

BY_TOKEN = "/webhooks/{webhook_id}/{token}/messages/{message_id}"
BY_CHANNEL = "/channels/{channel_id}/messages/{message_id}"


@pytest_asyncio.fixture(loop_scope="module")
async def job(stage: Stage) -> JobRecord:
    """A job that has ended, whose reply the test edits."""
    done = await stage.finished("a fox to be edited")
    [remote] = [job for job in stage.api.jobs.values() if str(job.submitted["ref"]) in str(done["components"])]
    return await stage.settled(remote.submitted["ref"])


@pytest.fixture
def routes(stage: Stage) -> Routes:
    """The way to replies."""
    return Routes(stage.bot)


def saying(job: JobRecord, place: int) -> Message:
    """A message that differs from every other."""
    return running_message(Frame(job=job, phase=Phase.IN_LINE, place=place))


def last_edit(stage: Stage) -> str:
    """The route of the newest edit."""
    return [entry.route for entry in stage.discord.journal if entry.method == "PATCH"][-1]


def aged(reply: ReplyAddress, minutes: float) -> ReplyAddress:
    """The reply as if it were opened so long ago."""
    return replace(reply, opened_at=datetime.now(UTC) - timedelta(minutes=minutes))


@pytest_asyncio.fixture(loop_scope="module")
async def shown(stage: Stage, job: JobRecord) -> AsyncIterator[JobRecord]:
    """The job; checks at the end that the last message is what its reply shows."""
    yield job
    assert "In line, place 7" in texts(stage.channel.messages[str(job.reply.message_id)].message)


async def test_fresh_reply_is_edited_by_its_token(stage: Stage, routes: Routes, shown: JobRecord) -> None:
    """The token works without any permission in the channel."""
    await routes.edit(shown.reply, saying(shown, 7))
    assert last_edit(stage) == BY_TOKEN


async def test_old_reply_is_edited_by_its_channel(stage: Stage, routes: Routes, shown: JobRecord) -> None:
    """Nobody tries a token that is about to expire."""
    await routes.edit(aged(shown.reply, 14.5), saying(shown, 7))
    assert last_edit(stage) == BY_CHANNEL


async def test_forgotten_token_means_the_channel(stage: Stage, routes: Routes, shown: JobRecord) -> None:
    """A wiped token is no token."""
    await routes.edit(replace(shown.reply, token=""), saying(shown, 7))
    assert last_edit(stage) == BY_CHANNEL


async def test_token_that_is_over_gives_way(stage: Stage, routes: Routes, shown: JobRecord) -> None:
    """Discord's clock decides, and the edit arrives all the same."""
    stage.discord.faults.expire_tokens()
    await routes.edit(shown.reply, saying(shown, 7))
    assert last_edit(stage) == BY_CHANNEL


async def test_reply_without_a_known_message_has_a_name(stage: Stage, routes: Routes, shown: JobRecord) -> None:
    """After a crash between answering and writing down, the token still finds the answer."""
    await routes.edit(replace(shown.reply, message_id=None), saying(shown, 7))
    assert last_edit(stage) == BY_TOKEN


@pytest.mark.parametrize("missing", ["message_id", "channel_id"])
async def test_reply_nobody_can_find_is_gone(routes: Routes, job: JobRecord, missing: str) -> None:
    """Without a token and without a place there is nothing to edit."""
    with pytest.raises(ReplyGone):
        await routes.edit(replace(aged(job.reply, 60), **{missing: None}), saying(job, 1))


@pytest.mark.parametrize("minutes", [0, 60])
async def test_deleted_reply_is_gone(stage: Stage, routes: Routes, job: JobRecord, minutes: float) -> None:
    """By either way."""
    stage.discord.world.remove(stage.channel, stage.channel.messages[str(job.reply.message_id)])
    with pytest.raises(ReplyGone):
        await routes.edit(aged(job.reply, minutes), saying(job, 1))


async def test_closed_channel_takes_the_reply_away(stage: Stage, routes: Routes, job: JobRecord) -> None:
    """A bot that may no longer see the channel can't edit there."""
    stage.channel.forbid(stage.discord.world.guild.id, VIEW_CHANNEL)
    try:
        with pytest.raises(ReplyGone):
            await routes.edit(aged(job.reply, 60), saying(job, 1))
    finally:
        stage.channel.overwrites.clear()


async def test_other_refusals_are_the_callers_business(stage: Stage, routes: Routes, job: JobRecord) -> None:
    """What is neither over nor gone is raised as it is."""
    stage.discord.faults.refuse_next(f"PATCH {BY_TOKEN}", 403, code=50999)
    with pytest.raises(discord.Forbidden):
        await routes.edit(job.reply, saying(job, 1))
