"""What is free neither delays paid jobs nor takes the bot from other members."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.services.queue.key_pool import name_of
from bot.services.queue.member_buckets import Bucket, MemberLimits
from bot.store import ApiKeyStore, JobState
from playground.discord_server import texts
from playground.imaginepro.jobs.buttons import CANCEL
from tests.support.stage import KEY, Message, Stage, ended, percent_of

TOO_OFTEN = "You are doing this very often. Wait a few seconds and try again."
ONE = MemberLimits(
    call=Bucket(1, 1000.0), list=Bucket(1, 1000.0), press=Bucket(1, 1000.0), suggestion=Bucket(1, 1000.0)
)


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    """A bot that lets every member use each free thing once."""
    async with Stage(tmp_path, member_limits=ONE) as stage:
        yield stage


def what(stage: Stage) -> list[str]:
    """The general requests that reached the API, oldest first: a job's or a checked prompt's words, or a cancel."""
    bodies = [entry.body for entry in stage.api.request_log if entry.method == "POST"]
    return [CANCEL if body.get("button") == CANCEL else body["prompt"] for body in bodies]


async def next_turn_in(stage: Stage) -> float:
    """Seconds until a request may be sent that comes now."""
    return await ApiKeyStore(stage.store._database).reserve(name_of(KEY), 0)


async def all_wait(stage: Stage, interval: float) -> bool:
    """Let a cancel, a job and two free calls wait for the next turn; whether they do.

    A busy machine may be too slow for that, and the next turn begins before all are there.
    """
    message = await (await stage.imagine("a fox that runs")).wait_for(percent_of)
    # It is sent as soon as the first job's turn has ended, and a turn of its own begins.
    await stage.max.slash(stage.channel, "check", prompt="free first")
    await stage.wait_until(lambda: "free first" in what(stage))
    for number in (1, 2):
        await stage.max.slash(stage.channel, "check", prompt=f"free {number}")
    await (await stage.imagine("a fox that waits")).wait_for(lambda message: "In line" in texts(message))
    await stage.mia.press(message, label="Cancel")
    while what(stage)[-1] == "free first":
        # Further away than one turn: the cancel has reserved the next one.
        reserved = await next_turn_in(stage) > interval + 0.2
        states = [job.state for job in await stage.store.unfinished() if "waits" in job.prompt]
        if reserved:
            return states == [JobState.WAITING] and what(stage)[-1] == "free first"
        await asyncio.sleep(0.01)
    return False


async def test_a_cancel_comes_before_jobs_and_jobs_before_free_calls(tmp_path: Path) -> None:
    """With one request per turn the cancel is sent first, then the job in line, and the free calls last."""
    for interval in (2.0, 4.0, 8.0):
        folder = tmp_path / str(interval)
        folder.mkdir()
        async with Stage(folder, paced=True, timings={"request_interval": interval}) as stage:
            stage.hold()
            together = await all_wait(stage, interval)
            await stage.wait_until(lambda stage=stage: len(what(stage)) == 6)
            order = what(stage)
            stage.release()
            await stage.all_delivered()
        if together:
            break
    assert order == ["a fox that runs", "free first", CANCEL, "a fox that waits", "free 1", "free 2"]


async def test_a_member_who_checks_very_often(stage: Stage) -> None:
    """The second /check is refused with advice and calls nothing; another member's is answered."""
    answers = [
        await stage.private_reply(await member.slash(stage.channel, "check", prompt=f"fox of {number}"))
        for number, member in enumerate((stage.mia, stage.mia, stage.max))
    ]
    assert [answer == TOO_OFTEN for answer in answers] == [False, True, False]
    assert what(stage) == ["fox of 0", "fox of 2"]


async def test_a_check_before_a_job_counts(stage: Stage) -> None:
    """Where prompts are checked before they are sent, a member's own checks and those of jobs share one bucket."""
    await stage.bot.services.guild_settings.change(int(stage.discord.world.guild.id), check_prompts=True)
    await stage.finished("a fox with a check")
    assert await stage.private_reply(await stage.mia.slash(stage.channel, "enhance", prompt="a fox")) == TOO_OFTEN
    assert await stage.refusal(prompt="another fox") == TOO_OFTEN


async def test_lists_and_presses_have_limits(stage: Stage) -> None:
    """Lists of jobs, buttons and suggestions while typing are limited for each member."""
    grid = await stage.finished("a fox to list")
    answers = [
        await stage.private_reply(await member.slash(stage.channel, command))
        for member, command in (
            (stage.mia, "history"),
            (stage.mia, "history"),
            (stage.mia, "credits"),
            (stage.olivia, "settings"),
            (stage.olivia, "settings"),
        )
    ]
    assert [answer == TOO_OFTEN for answer in answers] == [False, True, True, False, True]
    assert [len(await stage.mia.autocomplete(stage.channel, "job", "id", "fox")) for _ in range(2)] == [1, 0]
    await stage.pressed(grid, "U1")
    assert await stage.private_reply(await stage.mia.press(grid, label="U2")) == TOO_OFTEN
    assert len(stage.submissions("fox")) == 2


async def test_questions_before_several_jobs_have_a_limit(stage: Stage) -> None:
    """Each question keeps its prompts for a while, so there is a limit to them."""
    first = await stage.mia.slash(stage.channel, "imagine", prompt="a {red, blue} fox")
    assert "2 jobs" in await stage.private_reply(first)
    assert await stage.refusal(prompt="a {red, blue} fox") == TOO_OFTEN


def is_busy(message: Message) -> bool:
    """Whether the message says that the API has no room."""
    return "ImaginePro is busy. Still in line." in texts(message)


async def test_a_full_queue_stops_only_its_own_jobs(tmp_path: Path) -> None:
    """While Midjourney's queue is full, its jobs say so without an estimate, and FLUX, checks and cancels go on."""
    async with Stage(tmp_path, jobs_at_once=10, member_running=10, timings={"queue_full_pause": 30.0}) as stage:
        stage.hold()
        running = await stage.imagine("a fox that runs")
        message = await running.wait_for(percent_of)
        refused = await stage.imagine("a fox without room scenario:queue-full")
        assert "about" not in texts(await refused.wait_for(is_busy))
        later = await stage.imagine("a later fox")
        assert "about" not in texts(await later.wait_for(is_busy))
        flux = await stage.mia.slash(stage.channel, "flux", prompt="a flux fox")
        await flux.wait_for(percent_of)
        checked = await stage.mia.slash(stage.channel, "check", prompt="a fox to check")
        assert "Allowed" in await stage.private_reply(checked)
        await stage.mia.press(message, label="Cancel")
        await running.wait_for(ended)
        assert not stage.submissions("later")
        for outcome in (refused, later):
            await stage.mia.press(outcome.message or {}, label="Cancel")
            await outcome.wait_for(ended)
        stage.release()
        await flux.wait_for(ended)
