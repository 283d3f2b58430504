"""Jobs past their time limit or without progress, and results that arrive late."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.store import JobState
from playground.discord_server import media, texts
from playground.discord_server.members.driver import Outcome
from tests.support.stage import JOB_TIMEOUT, Stage, ended, labels, percent_of

EDIT = "/messages/{message_id}"
"""Edits by the token and by the channel."""

STALLED = "Nothing new for longer than usual. The bot keeps asking, and shows the result when it comes."


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    """A bot with a time limit of one second for a job."""
    async with Stage(tmp_path, grace=1.0 - JOB_TIMEOUT) as stage:
        yield stage


async def overdue_job(stage: Stage, prompt: str) -> Outcome:
    """A job whose reply says that it took too long, and which the API holds until `release`."""
    stage.hold()
    outcome = await stage.imagine(prompt)
    failed = await outcome.wait_for(ended)
    assert "took longer than it may" in texts(failed)
    assert labels(failed) == ["Retry"]
    return outcome


async def test_late_result_is_delivered(stage: Stage) -> None:
    """A late result appears on the same message with its buttons, and the job counts as done."""
    outcome = await overdue_job(stage, "a late fox")
    failed = outcome.message or {}
    stage.release()
    done = await outcome.wait_for(media)
    assert done["id"] == failed["id"]
    assert "took longer" not in texts(done)
    [job] = stage.submissions("a late fox")
    assert (await stage.delivered_record(job.ref or "")).state is JobState.DONE
    assert media(await stage.pressed(done, "U1"))


async def test_late_result_is_delivered_after_a_restart(stage: Stage) -> None:
    """A late result is delivered by the next process after a restart."""
    outcome = await overdue_job(stage, "a fox later than the bot")
    await stage.all_delivered()
    await stage.stop()
    stage.release()
    await stage.wait_until(lambda: all(job.status.terminal for job in stage.api.jobs.values()))
    await stage.start()
    assert media(await outcome.wait_for(media))


async def test_late_result_is_delivered_on_a_new_message(stage: Stage) -> None:
    """A late result for an old reply appears on a new message, which the old one links."""
    outcome = await overdue_job(stage, "a fox of another day")
    old = outcome.message or {}
    stage.discord.clock.advance(3 * 3600)
    stage.release()
    new = await stage.channel.wait_for(lambda message: message["id"] != old["id"] and bool(media(message)), 30)
    pointing = await outcome.wait_for(lambda message: "Done: see [the newer message]" in texts(message))
    assert new["id"] in texts(pointing)


async def test_retry_beside_a_late_result(stage: Stage) -> None:
    """After Retry both the new result and the late one are shown, as both are paid."""
    outcome = await overdue_job(stage, "a fox asked for twice")
    stage.api.hold(None)
    again = await stage.mia.press(outcome.message or {}, label="Retry")
    assert media(await again.wait_for(ended))
    late = await outcome.wait_for(media)
    assert late["id"] != (again.message or {})["id"]
    assert len(stage.submissions("a fox asked for twice")) == 2


async def test_a_late_failure_changes_nothing(stage: Stage) -> None:
    """A late failure leaves the reply as it is."""
    stage.api.faults.choose("fails-at-60")
    outcome = await overdue_job(stage, "a fox that fails late")
    await stage.all_delivered()
    stage.release()
    [job] = stage.submissions("a fox that fails late")
    await stage.record_when(job.ref or "", lambda each: each.late_until is None)
    assert job.status.terminal
    assert "took longer than it may" in texts(outcome.message or {})


async def test_a_stalled_job_shows_a_note(tmp_path: Path) -> None:
    """A job without progress shows a note until the next progress."""
    async with Stage(tmp_path, timings={"stalled": timedelta(seconds=1)}) as stage:
        stage.hold()
        outcome = await stage.imagine("a fox that stands still")
        noted = await outcome.wait_for(lambda message: STALLED in texts(message))
        assert percent_of(noted) == 15
        assert "Cancel" in labels(noted)
        stage.hold(46)
        moved = await outcome.wait_for(lambda message: percent_of(message) == 46)
        assert STALLED not in texts(moved)
        stage.release()
        assert media(await outcome.wait_for(ended))


async def _failure_that_waits_for_discord(stage: Stage) -> tuple[Outcome, str]:
    """The reply and id of a job that is overdue, and done by now, while Discord takes no edits."""
    stage.hold()
    outcome = await stage.imagine("a fox late for Discord")
    await outcome.wait_for(percent_of)
    stage.discord.faults.refuse_next(EDIT, 401, times=10_000)
    [remote] = stage.submissions("late for Discord")
    job_id = remote.ref or ""
    await stage.record_when(job_id, lambda job: job.state is JobState.FAILED)
    stage.release()
    await stage.record_when(job_id, lambda job: job.state is JobState.DONE)
    return outcome, job_id


async def test_result_is_visible_when_it_counts_as_delivered(stage: Stage) -> None:
    """Failure and result both wait for Discord: only the result is shown, and marked once it is."""
    outcome, job_id = await _failure_that_waits_for_discord(stage)
    stage.discord.faults.clear()
    await stage.delivered_record(job_id)
    versions = stage.channel.versions((outcome.message or {})["id"])
    assert "U1" in labels(versions[-1])
    assert not any("took longer than it may" in texts(version) for version in versions)


async def test_result_that_waits_for_discord_survives_a_restart(stage: Stage) -> None:
    """It does not count as delivered before it is visible, so the next process shows it."""
    outcome, job_id = await _failure_that_waits_for_discord(stage)
    await stage.stop()
    stage.discord.faults.clear()
    assert "U1" not in labels(outcome.message or {})
    await stage.start()
    await outcome.wait_for(lambda message: "U1" in labels(message))
    await stage.delivered_record(job_id)
