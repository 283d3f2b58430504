"""Shutdown: commands that arrive during it, and jobs that were started."""

import asyncio

import pytest

from playground.discord_server import media, texts
from playground.discord_server.members.driver import Outcome
from tests.support.stage import Stage, ended, is_private, percent_of

CLOSING = "The bot is being restarted, so nothing was started. Try again in a minute."


async def slow_submission(stage: Stage, prompt: str) -> Outcome:
    """A submitted job whose answer the API delays until `settle_down`."""
    stage.api.faults.choose("slow-answer", seconds=600, on="submit")
    outcome = await stage.imagine(prompt)
    await stage.wait_until(lambda: bool(stage.submissions(prompt)))
    return outcome


async def begin_shutdown(stage: Stage) -> "asyncio.Task[None]":
    """The task that stops the bot, once it accepts no more jobs."""
    recorder = stage.bot.services.jobs._recorder
    task = asyncio.create_task(stage.stop())
    await stage.wait_until(lambda: recorder._closing)
    return task


async def test_commands_during_shutdown_are_refused(own_stage: Stage) -> None:
    """Commands and buttons during shutdown are refused with a sentence."""
    grid = await own_stage.finished("a grid")
    await own_stage.all_delivered()
    outcome = await slow_submission(own_stage, "a fox on its way")
    end = await begin_shutdown(own_stage)
    assert await own_stage.refusal(own_stage.max, prompt="a hare too late") == CLOSING
    pressed = await own_stage.max.press(grid, label="U1")
    assert texts(await pressed.wait_for(is_private)) == CLOSING
    own_stage.settle_down()
    await end
    await own_stage.start()
    assert media(await outcome.wait_for(ended))
    assert len(own_stage.api.jobs) == 2
    assert media(await own_stage.pressed(grid, "U1", own_stage.max))


async def test_shutdown_waits_for_a_submission(own_stage: Stage) -> None:
    """Shutdown waits for a submission's answer, so the next process need not search for the job."""
    outcome = await slow_submission(own_stage, "a fox cut in two")
    end = await begin_shutdown(own_stage)
    own_stage.settle_down()
    await end
    await own_stage.start()
    assert media(await outcome.wait_for(ended))
    assert len(own_stage.api.jobs) == 1
    assert [entry for entry in own_stage.api.request_log if entry.path.endswith("/images")] == []


async def test_no_edits_after_the_stop(own_stage: Stage) -> None:
    """A stopped bot edits nothing, and the next process continues with the current progress."""
    own_stage.hold()
    outcome = await own_stage.imagine("a fox in mid-air")
    await outcome.wait_for(percent_of)
    await own_stage.stop()
    edits = len(own_stage.discord.request_log.of("/messages/{message_id}", "PATCH"))
    own_stage.hold(77)
    [job] = own_stage.submissions("a fox in mid-air")
    await own_stage.wait_until(lambda: job.progress == 77)
    assert len(own_stage.discord.request_log.of("/messages/{message_id}", "PATCH")) == edits
    await own_stage.start()
    await outcome.wait_for(lambda message: percent_of(message) == 77)
    own_stage.release()
    assert media(await outcome.wait_for(ended))


async def test_job_that_could_not_be_started_is_sent_after_a_restart(
    own_stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A job that could not be started is sent once after a restart, and the member reads so."""
    with monkeypatch.context() as broken:
        broken.setattr("bot.store.jobs.JobStore.move", _fails)
        outcome = await own_stage.mia.slash(own_stage.channel, "imagine", prompt="a fox that starts late")
        sentence = await outcome.wait_for(is_private)
    assert "goes on by itself within a few minutes" in texts(sentence)
    own_stage.expect_error("a job could not be begun")
    assert own_stage.submissions("starts late") == []
    await own_stage.restart()
    assert media(await outcome.wait_for(lambda message: media(message) and ended(message)))
    assert len(own_stage.submissions("starts late")) == 1


async def _fails(*_: object, **__: object) -> None:
    raise RuntimeError("the store is not there")
