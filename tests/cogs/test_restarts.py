"""Restarts, time limits and the pace of edits; each test has a bot of its own."""

import asyncio
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from bot.app.job_wiring import JobServices
from bot.store import JobState
from playground.discord_server import buttons, media, texts
from tests.bot.records import new_job
from tests.support.stage import JOB_TIMEOUT, Stage, ended, is_private, labels, percent_of


async def test_buttons_work_after_a_restart(own_stage: Stage) -> None:
    """After a restart old buttons work, and repeated presses link to the existing job."""
    grid = await own_stage.finished("a fox before the restart")
    single = await own_stage.pressed(grid, "U2")
    await own_stage.all_delivered()
    await own_stage.restart()
    assert single["id"] in await own_stage.private_reply(await own_stage.max.press(grid, label="U2"))
    varied = await own_stage.pressed(single, "Vary (Strong)")
    assert media(varied)
    assert single["id"] in texts(varied)
    assert [job.button for job in own_stage.api.jobs.values()] == [None, "U2", "Vary (Strong)"]


async def test_history_pages_work_after_a_restart(own_stage: Stage) -> None:
    """The page buttons of /history work after a restart, as their custom_ids hold member, page and search."""
    words = "ünïcödé: a:b % _ 🦊 " + "x" * 31
    for number in range(6):
        await own_stage.finished(f"{words} number {number}")
    outcome = await own_stage.mia.slash(own_stage.channel, "history", search=words[:50])
    first = await outcome.wait_for(is_private)
    assert all(len(button["custom_id"]) <= 100 for button in buttons(first))
    await own_stage.restart()
    turned = await own_stage.mia.press(first, label="Next")
    second = await turned.wait_for(lambda message: "Page 2 of 2" in texts(message))
    assert "number 0*" in texts(second)


async def test_balance_for_owners_only(own_stage: Stage) -> None:
    """With BALANCE_FOR=owners only the bot's owner sees the balance."""
    seen: dict[str, list[bool]] = {"adam": [], "olivia": []}
    for who in ("managers", "owners"):
        own_stage.settings = own_stage.settings.model_copy(update={"balance_for": who})
        await own_stage.restart()
        for name, balances in seen.items():
            outcome = await own_stage.discord.member(name).slash(own_stage.channel, "credits")
            balances.append("Balance: " in await own_stage.private_reply(outcome))
    assert seen == {"adam": [True, False], "olivia": [True, True]}


async def test_job_command_after_a_restart(own_stage: Stage) -> None:
    """After a restart /job answers from the job's record until the first poll."""
    own_stage.hold()
    outcome = await own_stage.imagine("a fox on both sides of a restart")
    running = await outcome.wait_for(percent_of)
    await own_stage.restart()
    [job] = own_stage.submissions("on both sides")
    answer = await own_stage.private_reply(await own_stage.mia.slash(own_stage.mia.dm, "job", id=job.ref))
    assert "This job has not ended." in answer
    assert running["id"] in answer
    own_stage.release()
    await outcome.wait_for(ended)


async def test_running_job_goes_on_after_a_restart(own_stage: Stage) -> None:
    """The next process edits the same message, and the job is submitted once."""
    own_stage.hold()
    outcome = await own_stage.imagine("a fox across the restart")
    running = await outcome.wait_for(percent_of)
    await own_stage.stop()
    stood = percent_of(own_stage.channel.messages[running["id"]].message) or 0
    await own_stage.start()
    own_stage.hold(46)
    later = await outcome.wait_for(lambda message: (percent_of(message) or 0) > stood)
    assert later["id"] == running["id"]
    own_stage.release()
    done = await outcome.wait_for(ended)
    assert done["id"] == running["id"]
    assert media(done)
    assert len(own_stage.api.jobs) == 1


async def test_job_without_a_reply_is_dropped(own_stage: Stage) -> None:
    """A job recorded before a crash, without a reply, is dropped and not submitted."""
    job = new_job(prompt="a fox nobody sees", words="a fox nobody sees")
    await own_stage.store.record(job)
    await own_stage.restart()
    dropped = await own_stage.delivered_record(job.id)
    assert dropped.state is JobState.FAILED
    assert own_stage.submissions("nobody sees") == []


async def test_job_with_an_unrecorded_reply_continues(own_stage: Stage) -> None:
    """A reply shown but not recorded before a crash is found by its token, and the job continues."""
    done = await own_stage.finished("a fox that was answered")
    [first] = own_stage.submissions("answered")
    await own_stage.all_delivered()
    record = await own_stage.store.get(first.ref or "")
    assert record is not None
    reply = replace(record.reply, message_id=None, interaction_id=record.reply.interaction_id + 1)
    later = new_job(prompt="a fox that is found", words="a fox that is found", reply=reply)
    await own_stage.store.record(later)
    await own_stage.restart()
    found = await own_stage.delivered_record(later.id)
    assert (found.state, found.reply.message_id) == (JobState.DONE, int(done["id"]))
    assert "found" in texts(own_stage.channel.messages[done["id"]].message)


async def test_job_times_out(tmp_path: Path) -> None:
    """After the time limit the reply says that the job took too long and offers Retry."""
    async with Stage(tmp_path, grace=1.0 - JOB_TIMEOUT) as stage:
        stage.api.faults.choose("never-ends")
        given_up = await stage.finished("a fox without an end")
        assert "took longer than it may" in texts(given_up)
        assert labels(given_up) == ["Retry"]


async def test_unconfirmed_cancel_ends(tmp_path: Path) -> None:
    """A cancel that the API never confirms is shown as cancelled after a while."""
    async with Stage(tmp_path, grace=0.3) as stage:
        stage.api.faults.choose("cancel-ignored")
        stage.api.faults.choose("never-ends")
        outcome = await stage.imagine("a fox neither here nor there")
        stuck = await outcome.wait_for(lambda message: percent_of(message) == 93)
        await stage.mia.press(stuck, label="Cancel")
        assert "Cancelled." in texts(await outcome.wait_for(ended))


async def test_edits_keep_the_minimum_pause(tmp_path: Path) -> None:
    """Edits of a running reply keep the minimum pause."""
    pause = 0.25
    async with Stage(tmp_path, edit_pause=pause) as stage:
        stage.hold(8)
        outcome = await stage.imagine("a fox at a steady pace")
        for percent in (8, 31, 54, 77):
            stage.hold(percent)
            await outcome.wait_for(lambda message, percent=percent: percent_of(message) == percent)
        stage.release()
        done = await outcome.wait_for(ended)
        edit_times = [
            entry.time
            for entry in stage.discord.request_log
            if entry.method == "PATCH" and done["id"] in entry.path and "picture" not in str(entry.files)
        ]
        assert len(edit_times) >= 4
        # The journal's time is before the bot's, which starts the pause, hence the tolerance.
        assert all(later - earlier > pause * 0.9 for earlier, later in pairwise(edit_times))


async def test_no_edit_without_a_change(own_stage: Stage) -> None:
    """Polls without a change cause no edit."""
    own_stage.api.faults.choose("never-ends")
    outcome = await own_stage.imagine("a fox that stands still")
    stuck = await outcome.wait_for(lambda message: percent_of(message) == 93)
    seen = len(own_stage.api.request_log)
    await own_stage.wait_until(lambda: len(own_stage.api.request_log) >= seen + 10)
    versions = own_stage.channel.versions(stuck["id"])
    assert [percent_of(version) for version in versions].count(93) == 1


async def test_confirmed_batch_continues_after_a_stop(own_stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stopped before a reply was recorded, a confirmed batch starts each of its jobs once in the next process.

    It does so although cogs and buttons find no services yet, and on the message that was sent already.
    """

    async def stopped(*_: object, **__: object) -> None:
        await asyncio.Event().wait()

    async def entered(services: JobServices) -> JobServices:
        await enter(services)
        await own_stage.wait_until(lambda: len(own_stage.api.jobs) == 2)
        return services

    enter = JobServices.__aenter__
    monkeypatch.setattr(own_stage.bot.services.jobs, "begin", stopped)
    outcome = await own_stage.mia.slash(own_stage.channel, "imagine", prompt="a {lost, found} fox")
    asked = await outcome.wait_for(lambda message: "Confirm" in labels(message))
    pressed = await own_stage.mia.press(asked, label="Confirm")
    shown = await pressed.wait_for(lambda message: labels(message) == ["Cancel"])
    monkeypatch.setattr(JobServices, "__aenter__", entered)
    await own_stage.restart()
    await own_stage.all_delivered()
    assert sorted(job.prompt for job in own_stage.api.jobs.values()) == ["a found fox", "a lost fox"]
    replies = [stored.message for stored in own_stage.channel.messages.values() if stored.viewer is None]
    assert [bool(media(reply)) for reply in replies] == [True, True]
    assert shown["id"] in [reply["id"] for reply in replies]


async def test_confirmed_batch_continues_without_access_to_the_channel(
    own_stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A message that was sent shortly before the stop can't be found then; it leads to the end of its job."""

    async def stopped(*_: object, **__: object) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(own_stage.bot.services.jobs, "begin", stopped)
    outcome = await own_stage.mia.slash(own_stage.channel, "imagine", prompt="a {lost, found} fox")
    asked = await outcome.wait_for(lambda message: "Confirm" in labels(message))
    pressed = await own_stage.mia.press(asked, label="Confirm")
    shown = await pressed.wait_for(lambda message: labels(message) == ["Cancel"])
    own_stage.discord.faults.refuse_next("GET /channels/{channel_id}/messages", 403, code=50001, times=10)
    await own_stage.restart()
    await own_stage.wait_until(lambda: len(own_stage.api.jobs) == 2)
    await own_stage.all_delivered()
    assert sorted(job.prompt for job in own_stage.api.jobs.values()) == ["a found fox", "a lost fox"]
    cancelling = await own_stage.mia.press(shown, label="Cancel")
    assert "already ended" in await own_stage.private_reply(cancelling)


async def test_delivery_that_fails_to_start_is_repeated(own_stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """A job whose delivery can't be started is sent once, and its result is shown without a restart."""
    with monkeypatch.context() as broken:
        broken.setattr("bot.services.cluster.workflows.WorkflowEngine.start", _fails)
        outcome = await own_stage.imagine("a fox that is shown late")
        await own_stage.wait_until(lambda: bool(own_stage.errors))
    assert media(await outcome.wait_for(ended))
    own_stage.expect_error("a job can't go on at the moment")
    assert len(own_stage.submissions("shown late")) == 1


async def _fails(*_: object, **__: object) -> None:
    raise RuntimeError("the engine is not there")
