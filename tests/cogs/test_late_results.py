"""Jobs that take longer than they may, or stand still: what the reply says, and the result that comes after all."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.store import JobState
from playground.discord_server import media, texts
from playground.discord_server.members.driver import Outcome
from tests.support.stage import JOB_TIMEOUT, Stage, ended, labels, percent_of

STALLED = "Nothing new for longer than usual. The bot keeps asking, and shows the result when it comes."


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    """A bot that waits a second for a job."""
    async with Stage(tmp_path, grace=1.0 - JOB_TIMEOUT) as stage:
        yield stage


async def overdue(stage: Stage, prompt: str) -> Outcome:
    """A job whose reply says that it took too long, and which the API still works on until `go_on`."""
    stage.hold()
    outcome = await stage.imagine(prompt)
    failed = await outcome.wait_for(ended)
    assert "took longer than it may" in texts(failed)
    assert labels(failed) == ["Retry"]
    return outcome


async def test_it_is_delivered_after_all(stage: Stage) -> None:
    """On the same message, with its buttons; it counts as done from then on."""
    outcome = await overdue(stage, "a late fox")
    failed = outcome.message or {}
    stage.go_on()
    done = await outcome.wait_for(media)
    assert done["id"] == failed["id"]
    assert "took longer" not in texts(done)
    [job] = stage.submissions("a late fox")
    assert (await stage.settled(job.ref or "")).state is JobState.DONE
    assert media(await stage.pressed(done, "U1"))


async def test_it_is_delivered_by_the_next_process(stage: Stage) -> None:
    """Restarted after the reply had said that it took too long, the bot still looks for the result."""
    outcome = await overdue(stage, "a fox later than the bot")
    await stage.all_settled()
    await stage.stop()
    stage.go_on()
    await stage.until(lambda: all(job.status.terminal for job in stage.api.jobs.values()))
    await stage.start()
    assert media(await outcome.wait_for(media))


async def test_it_is_delivered_on_a_new_message(stage: Stage) -> None:
    """Where the reply is so old that it can't be edited freely; the old one leads there."""
    outcome = await overdue(stage, "a fox of another day")
    old = outcome.message or {}
    stage.discord.clock.advance(3 * 3600)
    stage.go_on()
    new = await stage.channel.wait_for(lambda message: message["id"] != old["id"] and bool(media(message)), 30)
    pointing = await outcome.wait_for(lambda message: "Done: see [the newer message]" in texts(message))
    assert new["id"] in texts(pointing)


async def test_retry_beside_a_late_result(stage: Stage) -> None:
    """Whoever has tried again meanwhile gets both: each has been paid."""
    outcome = await overdue(stage, "a fox asked for twice")
    stage.api.hold(None)
    again = await stage.mia.press(outcome.message or {}, label="Retry")
    assert media(await again.wait_for(ended))
    late = await outcome.wait_for(media)
    assert late["id"] != (again.message or {})["id"]
    assert len(stage.submissions("a fox asked for twice")) == 2


async def test_a_late_failure_changes_nothing(stage: Stage) -> None:
    """It was told to have failed already, and it has; the reply keeps its sentence."""
    stage.api.faults.choose("fails-at-60")
    outcome = await overdue(stage, "a fox that fails late")
    await stage.all_settled()
    stage.go_on()
    [job] = stage.submissions("a fox that fails late")
    await stage.remembered(job.ref or "", lambda each: each.late_until is None)
    assert job.status.terminal
    assert "took longer than it may" in texts(outcome.message or {})


async def test_a_job_that_stands_still_says_so(tmp_path: Path) -> None:
    """A note while nothing is new for longer than usual; it goes with the next piece of news."""
    async with Stage(tmp_path, timings={"stalled": timedelta(seconds=1)}) as stage:
        stage.hold()
        outcome = await stage.imagine("a fox that stands still")
        noted = await outcome.wait_for(lambda message: STALLED in texts(message))
        assert percent_of(noted) == 15
        assert "Cancel" in labels(noted)
        stage.hold(46)
        moved = await outcome.wait_for(lambda message: percent_of(message) == 46)
        assert STALLED not in texts(moved)
        stage.go_on()
        assert media(await outcome.wait_for(ended))
