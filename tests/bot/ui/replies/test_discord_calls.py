"""Editing a reply by the interaction token and by the channel, with a running bot."""

from collections.abc import AsyncIterator
from dataclasses import replace

import discord
import pytest
import pytest_asyncio

from bot.services.presenter import JobPhase, JobProgress
from bot.store import JobRecord
from bot.timings import DEFAULT_TIMINGS
from bot.ui.base.message import Message
from bot.ui.job.view import running_message
from bot.ui.replies.discord_calls import ReplyCalls, RouteRefused, TokenExpired, TooOld, Unreachable
from bot.ui.replies.edits.buckets import BucketKind
from bot.ui.replies.edits.window import bucket_key_of, has_valid_token, is_old
from playground.discord_server import texts
from playground.discord_server.state.permission_bits import VIEW_CHANNEL
from tests.support.stage import Stage

pytestmark = pytest.mark.asyncio(loop_scope="module")

BY_TOKEN = "/webhooks/{webhook_id}/{token}/messages/{message_id}"
BY_CHANNEL = "/channels/{channel_id}/messages/{message_id}"
HOUR = 3700
"""Seconds after which Discord limits a message's edits per hour."""


@pytest_asyncio.fixture(loop_scope="module")
async def job(stage: Stage) -> JobRecord:
    """A finished job, whose reply the test edits."""
    done = await stage.finished("a fox to be edited")
    [remote] = [job for job in stage.api.jobs.values() if str(job.submitted["ref"]) in str(done["components"])]
    return await stage.delivered_record(remote.submitted["ref"])


@pytest.fixture
def calls(stage: Stage) -> ReplyCalls:
    """Reply edits through the running bot."""
    return ReplyCalls(stage.bot, old_edit_timeout=DEFAULT_TIMINGS.old_message_edit_timeout)


def position_message(job: JobRecord, position: int) -> Message:
    """A message that shows this queue position."""
    return running_message(JobProgress(job=job, phase=JobPhase.WAITING, position=position))


def last_edit(stage: Stage) -> str:
    """The route of the newest edit."""
    return [entry.route for entry in stage.discord.request_log if entry.method == "PATCH"][-1]


@pytest_asyncio.fixture(loop_scope="module")
async def checked_job(stage: Stage, job: JobRecord) -> AsyncIterator[JobRecord]:
    """The job, after which the reply must show position 7."""
    yield job
    assert "In line, place 7" in texts(stage.channel.messages[str(job.reply.message_id)].message)


async def test_token_edits_the_reply(stage: Stage, calls: ReplyCalls, checked_job: JobRecord) -> None:
    """The token edits the reply without permissions in the channel."""
    await calls.edit_by_token(checked_job.reply, position_message(checked_job, 7))
    assert last_edit(stage) == BY_TOKEN


async def test_channel_edits_the_reply(stage: Stage, calls: ReplyCalls, checked_job: JobRecord) -> None:
    """The channel edits the reply without a token."""
    await calls.edit_by_channel(replace(checked_job.reply, token=""), position_message(checked_job, 7))
    assert last_edit(stage) == BY_CHANNEL


async def test_reply_is_found_by_any_way(stage: Stage, calls: ReplyCalls, job: JobRecord) -> None:
    """By its token, and among the channel's messages when the token has expired."""
    assert await calls.find(job.reply, job.id) == job.reply.message_id
    stage.discord.faults.expire_tokens()
    assert await calls.find(job.reply, job.id) == job.reply.message_id
    assert await calls.find(job.reply, "A1b2C3d4E5f6") is None


async def test_expired_token_is_raised(stage: Stage, calls: ReplyCalls, job: JobRecord) -> None:
    """An expired token raises TokenExpired."""
    stage.discord.faults.expire_tokens()
    with pytest.raises(TokenExpired):
        await calls.edit_by_token(job.reply, position_message(job, 1))


async def test_reply_without_a_message_id(stage: Stage, calls: ReplyCalls, checked_job: JobRecord) -> None:
    """Without a message id the token edits the original response."""
    await calls.edit_by_token(replace(checked_job.reply, message_id=None), position_message(checked_job, 7))
    assert last_edit(stage) == BY_TOKEN


@pytest.mark.parametrize("missing", ["message_id", "channel_id"])
async def test_reply_without_ids_is_unreachable(calls: ReplyCalls, job: JobRecord, missing: str) -> None:
    """Without a message or channel id the reply is unreachable."""
    with pytest.raises(Unreachable):
        await calls.edit_by_channel(replace(job.reply, **{missing: None}), position_message(job, 1))


async def test_deleted_reply_is_unreachable(stage: Stage, calls: ReplyCalls, job: JobRecord) -> None:
    """A deleted reply is unreachable by token and by channel."""
    stage.discord.world.remove(stage.channel, stage.channel.messages[str(job.reply.message_id)])
    with pytest.raises(Unreachable):
        await calls.edit_by_token(job.reply, position_message(job, 1))
    with pytest.raises(Unreachable):
        await calls.edit_by_channel(job.reply, position_message(job, 1))


async def test_hidden_channel_is_unreachable(stage: Stage, calls: ReplyCalls, job: JobRecord) -> None:
    """A reply in a channel that the bot can't see is unreachable."""
    stage.channel.forbid(stage.discord.world.guild.id, VIEW_CHANNEL)
    try:
        with pytest.raises(Unreachable):
            await calls.edit_by_channel(job.reply, position_message(job, 1))
    finally:
        stage.channel.overwrites.clear()


async def test_refusals_of_content_are_raised(stage: Stage, calls: ReplyCalls, job: JobRecord) -> None:
    """A refusal of what is in the message is raised as discord.py's error: no other way would take it."""
    stage.discord.faults.refuse_next(f"PATCH {BY_TOKEN}", 400, code=50035)
    with pytest.raises(discord.HTTPException):
        await calls.edit_by_token(job.reply, position_message(job, 1))


async def test_other_refusals_are_of_the_route(stage: Stage, calls: ReplyCalls, job: JobRecord) -> None:
    """For a reason that is not known another way may be taken."""
    stage.discord.faults.refuse_next(f"PATCH {BY_TOKEN}", 403, code=50999)
    with pytest.raises(RouteRefused):
        await calls.edit_by_token(job.reply, position_message(job, 1))
    stage.discord.faults.refuse_next(f"PATCH {BY_CHANNEL}", 403, code=50999)
    with pytest.raises(RouteRefused):
        await calls.edit_by_channel(job.reply, position_message(job, 1))


async def test_old_message_takes_few_edits(stage: Stage, calls: ReplyCalls, job: JobRecord) -> None:
    """An old message raises TooOld when Discord allows no more edits."""
    stage.discord.clock.advance(HOUR)
    for position in range(3):
        await calls.edit_by_channel(job.reply, position_message(job, position))
    with pytest.raises(TooOld):
        await calls.edit_by_channel(job.reply, position_message(job, 9))


async def test_rate_limited_old_message(stage: Stage, job: JobRecord) -> None:
    """A long rate limit on an old message raises TooOld instead of blocking the channel."""
    calls = ReplyCalls(stage.bot, old_edit_timeout=0.2)
    stage.discord.clock.advance(HOUR)
    stage.discord.faults.rate_limit_next(f"PATCH {BY_CHANNEL}", 3000)
    with pytest.raises(TooOld):
        await calls.edit_by_channel(job.reply, position_message(job, 1))


async def test_bucket_by_age(stage: Stage, job: JobRecord) -> None:
    """Edits use the token's bucket for 14 minutes, then the channel's; after 55 minutes the message is old."""
    budgets = list[tuple[BucketKind, bool]]()
    for minutes in (0, 13, 2, 39, 2):
        stage.discord.clock.advance(minutes * 60)
        budgets.append((bucket_key_of(job.reply).kind, is_old(job.reply)))
    fresh, expired = (BucketKind.TOKEN, False), (BucketKind.CHANNEL, False)
    assert budgets == [fresh, fresh, expired, expired, (BucketKind.CHANNEL, True)]


async def test_shared_buckets(stage: Stage, job: JobRecord) -> None:
    """Replies of an interaction share a bucket, later those of a channel; a deleted token is expired."""
    other = replace(job.reply, part=1, message_id=1)
    other_interaction = replace(job.reply, interaction_id=2)
    assert bucket_key_of(job.reply) == bucket_key_of(other) != bucket_key_of(other_interaction)
    assert bucket_key_of(job.reply, token_refused=True) == bucket_key_of(other_interaction, token_refused=True)
    assert not has_valid_token(replace(job.reply, token=""))


async def test_upload_limit_of_the_channels_route(stage: Stage, calls: ReplyCalls, job: JobRecord) -> None:
    """It is the server's, by its boost tier; in direct messages and unknown servers the default."""
    default = 10 * 1024 * 1024
    guild = stage.bot.get_guild(int(stage.discord.world.guild.id))
    assert guild is not None
    assert calls.upload_limit(job.reply) == default
    guild.premium_tier = 2
    assert calls.upload_limit(job.reply) == 5 * default
    assert calls.upload_limit(replace(job.reply, in_dm=True)) == default
    assert calls.upload_limit(replace(job.reply, guild_id=5)) == default
    guild.premium_tier = 0
