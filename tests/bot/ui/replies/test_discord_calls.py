"""The two ways to a reply, on a running bot: by the interaction's token, and by the channel."""

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
from bot.ui.replies.buckets import BucketKind
from bot.ui.replies.discord_calls import ReplyCalls, TokenExpired, TooOld, Unreachable
from bot.ui.replies.edit_window import bucket_key_of, has_valid_token, is_old
from playground.discord_server import texts
from playground.discord_server.state.permission_bits import VIEW_CHANNEL
from tests.support.stage import Stage

pytestmark = pytest.mark.asyncio(loop_scope="module")

BY_TOKEN = "/webhooks/{webhook_id}/{token}/messages/{message_id}"
BY_CHANNEL = "/channels/{channel_id}/messages/{message_id}"
HOUR = 3700
"""Seconds after which Discord counts the edits of a message by the hour."""


@pytest_asyncio.fixture(loop_scope="module")
async def job(stage: Stage) -> JobRecord:
    """A job that has ended, whose reply the test edits."""
    done = await stage.finished("a fox to be edited")
    [remote] = [job for job in stage.api.jobs.values() if str(job.submitted["ref"]) in str(done["components"])]
    return await stage.settled(remote.submitted["ref"])


@pytest.fixture
def routes(stage: Stage) -> ReplyCalls:
    """The way to replies."""
    return ReplyCalls(stage.bot, old_edit_timeout=DEFAULT_TIMINGS.old_message_edit_timeout)


def saying(job: JobRecord, place: int) -> Message:
    """A message that differs from every other."""
    return running_message(JobProgress(job=job, phase=JobPhase.WAITING, position=place))


def last_edit(stage: Stage) -> str:
    """The route of the newest edit."""
    return [entry.route for entry in stage.discord.request_log if entry.method == "PATCH"][-1]


@pytest_asyncio.fixture(loop_scope="module")
async def shown(stage: Stage, job: JobRecord) -> AsyncIterator[JobRecord]:
    """The job; checks at the end that the last message is what its reply shows."""
    yield job
    assert "In line, place 7" in texts(stage.channel.messages[str(job.reply.message_id)].message)


async def test_token_edits_the_reply(stage: Stage, routes: ReplyCalls, shown: JobRecord) -> None:
    """It works without any permission in the channel."""
    await routes.edit_by_token(shown.reply, saying(shown, 7))
    assert last_edit(stage) == BY_TOKEN


async def test_channel_edits_the_reply(stage: Stage, routes: ReplyCalls, shown: JobRecord) -> None:
    """It works without a token."""
    await routes.edit_by_channel(replace(shown.reply, token=""), saying(shown, 7))
    assert last_edit(stage) == BY_CHANNEL


async def test_token_that_is_over_is_told(stage: Stage, routes: ReplyCalls, job: JobRecord) -> None:
    """Discord's clock decides."""
    stage.discord.faults.expire_tokens()
    with pytest.raises(TokenExpired):
        await routes.edit_by_token(job.reply, saying(job, 1))


async def test_reply_without_a_known_message_has_a_name(stage: Stage, routes: ReplyCalls, shown: JobRecord) -> None:
    """After a crash between answering and writing down, the token still finds the answer."""
    await routes.edit_by_token(replace(shown.reply, message_id=None), saying(shown, 7))
    assert last_edit(stage) == BY_TOKEN


@pytest.mark.parametrize("missing", ["message_id", "channel_id"])
async def test_reply_nobody_can_find_is_out_of_reach(routes: ReplyCalls, job: JobRecord, missing: str) -> None:
    """Without a place there is nothing to edit."""
    with pytest.raises(Unreachable):
        await routes.edit_by_channel(replace(job.reply, **{missing: None}), saying(job, 1))


async def test_deleted_reply_is_out_of_reach(stage: Stage, routes: ReplyCalls, job: JobRecord) -> None:
    """By either way."""
    stage.discord.world.remove(stage.channel, stage.channel.messages[str(job.reply.message_id)])
    with pytest.raises(Unreachable):
        await routes.edit_by_token(job.reply, saying(job, 1))
    with pytest.raises(Unreachable):
        await routes.edit_by_channel(job.reply, saying(job, 1))


async def test_closed_channel_is_out_of_reach(stage: Stage, routes: ReplyCalls, job: JobRecord) -> None:
    """A bot that may no longer see the channel can't edit there."""
    stage.channel.forbid(stage.discord.world.guild.id, VIEW_CHANNEL)
    try:
        with pytest.raises(Unreachable):
            await routes.edit_by_channel(job.reply, saying(job, 1))
    finally:
        stage.channel.overwrites.clear()


async def test_other_refusals_are_the_callers_business(stage: Stage, routes: ReplyCalls, job: JobRecord) -> None:
    """What is said of the message itself is raised as it is."""
    stage.discord.faults.refuse_next(f"PATCH {BY_TOKEN}", 403, code=50999)
    with pytest.raises(discord.Forbidden):
        await routes.edit_by_token(job.reply, saying(job, 1))


async def test_message_of_an_hour_takes_few_edits(stage: Stage, routes: ReplyCalls, job: JobRecord) -> None:
    """Discord says when it has had enough."""
    stage.discord.clock.advance(HOUR)
    for place in range(3):
        await routes.edit_by_channel(job.reply, saying(job, place))
    with pytest.raises(TooOld):
        await routes.edit_by_channel(job.reply, saying(job, 9))


async def test_edit_of_an_old_message_is_not_waited_for(stage: Stage, job: JobRecord) -> None:
    """discord.py would wait for as long as Discord says, and keep the whole channel waiting."""
    routes = ReplyCalls(stage.bot, old_edit_timeout=0.2)
    stage.discord.clock.advance(HOUR)
    stage.discord.faults.rate_limit_next(f"PATCH {BY_CHANNEL}", 3000)
    with pytest.raises(TooOld):
        await routes.edit_by_channel(job.reply, saying(job, 1))


async def test_ages_decide_what_an_edit_counts_for(stage: Stage, job: JobRecord) -> None:
    """The token's budget for 14 minutes, then the channel's; the message is old after 55."""
    budgets = list[tuple[BucketKind, bool]]()
    for minutes in (0, 13, 2, 39, 2):
        stage.discord.clock.advance(minutes * 60)
        budgets.append((bucket_key_of(job.reply).kind, is_old(job.reply)))
    fresh, over = (BucketKind.TOKEN, False), (BucketKind.CHANNEL, False)
    assert budgets == [fresh, fresh, over, over, (BucketKind.CHANNEL, True)]


async def test_budgets_are_shared_where_discord_shares_them(stage: Stage, job: JobRecord) -> None:
    """All replies of an interaction have one, later all replies of a channel; a token that was wiped is none."""
    other = replace(job.reply, part=1, message_id=1)
    elsewhere = replace(job.reply, interaction_id=2)
    assert bucket_key_of(job.reply) == bucket_key_of(other) != bucket_key_of(elsewhere)
    assert bucket_key_of(job.reply, token_refused=True) == bucket_key_of(elsewhere, token_refused=True)
    assert not has_valid_token(replace(job.reply, token=""))
