"""When the API accepts no jobs for a while, they stay queued, and fail after many tries."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from playground.discord_server import media, texts
from tests.support.stage import KEY, Stage, ended, labels, percent_of


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    """A bot that lets a member run more jobs than the API."""
    async with Stage(tmp_path, jobs_at_once=10, member_running=10) as stage:
        yield stage


def submission_statuses(stage: Stage) -> list[int | None]:
    """The statuses of all submissions of new pictures."""
    return [entry.status for entry in stage.api.request_log if entry.path.endswith("/imagine")]


async def test_a_full_queue_is_retried(stage: Stage) -> None:
    """With the API's queue full, the fourth job stays queued, is retried, and runs once another has ended."""
    stage.api.at(KEY).queue.size = 0
    stage.hold()
    outcomes = [await stage.imagine(f"fox {number}") for number in range(3)]
    for outcome in outcomes:
        await outcome.wait_for(percent_of)
    fourth = await stage.imagine("fox 3")
    await stage.wait_until(lambda: submission_statuses(stage).count(403) >= 3)
    await fourth.wait_for(lambda message: "In line, place 1" in texts(message))
    stage.release()
    assert all([media(await outcome.wait_for(ended)) for outcome in [*outcomes, fourth]])
    assert submission_statuses(stage).count(200) == len(stage.api.jobs) == 4


async def test_a_queue_that_stays_full(stage: Stage) -> None:
    """After 20 refusals by a full queue the reply says so and offers Retry."""
    stage.api.faults.choose("queue-full", times=None)
    failed = await stage.finished("a fox without room")
    assert "ImaginePro's queue is full. Wait until a running job has ended, then try again." in texts(failed)
    assert labels(failed) == ["Retry"]
    assert submission_statuses(stage) == [403] * 20
    stage.settle_down()
    assert media(await stage.pressed(failed, "Retry"))


async def test_cancelled_while_the_queue_is_full(stage: Stage) -> None:
    """A job that waits for a full queue can be cancelled at no cost."""
    stage.api.faults.choose("queue-full", times=None)
    outcome = await stage.imagine("a fox that gives up")
    await stage.wait_until(lambda: len(submission_statuses(stage)) >= 2)
    message = await outcome.wait_for(lambda message: "In line, place 1" in texts(message))
    await stage.mia.press(message, label="Cancel")
    assert "Cancelled before it was sent. It cost nothing." in texts(await outcome.wait_for(ended))
    stage.settle_down()
    assert media(await stage.finished("a fox that stays"))
    assert len(stage.api.jobs) == 1


@pytest.mark.parametrize("on", ["submit", "progress"])
async def test_long_rate_limiting(stage: Stage, on: str) -> None:
    """During a long series of 429 a submission stays queued and a running job keeps running."""
    stage.hold()
    stage.api.faults.choose("rate-limited", times=None, on=on)
    outcome = await stage.imagine("a patient fox")
    await stage.wait_until(lambda: [entry.status for entry in stage.api.request_log].count(429) >= 12)
    assert "Cancel" in labels(outcome.message or {})
    stage.settle_down()
    assert media(await outcome.wait_for(ended))
    assert len(stage.api.jobs) == 1


async def test_follow_ups_wait_too(stage: Stage) -> None:
    """A button pressed while the API's queue is full makes its picture later."""
    grid = await stage.finished("a fox to choose from")
    stage.api.faults.choose("queue-full", times=5)
    single = await stage.pressed(grid, "U1")
    assert media(single)
    assert [job.button for job in stage.api.jobs.values()] == [None, "U1"]
