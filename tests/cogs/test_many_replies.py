"""Many replies at once under Discord's real rate limits: no 429, and every reply ends."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from playground.discord_server import Limits, Outcome, media
from tests.support.stage import Stage, ended, is_private, percent_of

MANY = 8
BY_TOKEN = "/webhooks/{webhook_id}/{token}/messages/{message_id}"
BY_CHANNEL = "/channels/{channel_id}/messages/{message_id}"


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    """A bot with Discord's real rate limits and an API account that runs all jobs at once."""
    async with Stage(tmp_path, limits=Limits(), jobs_at_once=MANY, member_running=MANY) as stage:
        stage.api._service.queue._slots = asyncio.Semaphore(MANY)
        stage.hold()
        yield stage


async def at_percent(outcomes: list[Outcome], percent: int) -> None:
    """Wait until each reply shows this percentage."""
    await asyncio.gather(*(each.wait_for(lambda message: percent_of(message) == percent) for each in outcomes))


def edits(stage: Stage, route: str) -> int:
    """The number of edits by this route, after checking that none got a 429."""
    refused = [entry.line() for entry in stage.discord.request_log if entry.status == 429]
    assert refused == []
    return len(stage.discord.request_log.of(route, "PATCH"))


async def test_many_replies_of_one_channel_after_their_tokens(stage: Stage) -> None:
    """After their tokens expire, many replies share one channel's bucket, and all progress and end."""
    outcomes = [await stage.imagine(f"a fox in a crowd, number {number}") for number in range(MANY)]
    await at_percent(outcomes, 15)
    by_token = edits(stage, BY_TOKEN)
    stage.discord.clock.advance(16 * 60)
    stage.hold(31)
    await at_percent(outcomes, 31)
    stage.release()
    assert all([media(await each.wait_for(ended)) for each in outcomes])
    assert edits(stage, BY_CHANNEL) >= 2 * MANY
    assert edits(stage, BY_TOKEN) == by_token


async def test_many_replies_of_one_interaction(stage: Stage) -> None:
    """Many replies of one interaction share its token's bucket, and all end by it."""
    asked = await stage.mia.slash(stage.channel, "imagine", prompt="a {red, green, blue, grey} fox --repeat 2")
    outcome = await stage.mia.press(await asked.wait_for(is_private), label="Confirm")
    stage.release()
    await stage.wait_until(lambda: len([each for each in outcome.messages if ended(each) and media(each)]) == MANY)
    assert edits(stage, BY_CHANNEL) == 0
