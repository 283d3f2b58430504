"""The queue as members see it: order, positions, cancelling and limits."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from playground.discord_server import Outcome, media, texts
from playground.discord_server.members.driver import Member
from tests.support.stage import Stage, ended, is_private, percent_of


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    """A bot that runs one job at a time."""
    async with Stage(tmp_path, jobs_at_once=1) as stage:
        yield stage


async def queued_job(stage: Stage, member: Member, prompt: str) -> Outcome:
    """A queued job of this member whose reply shows its position."""
    outcome = await member.slash(stage.channel, "imagine", prompt=prompt)
    await outcome.wait_for(position_of)
    return outcome


async def running_job(stage: Stage, prompt: str) -> Outcome:
    """A job of Mia's that runs at the API until `release`."""
    stage.hold()
    outcome = await stage.imagine(prompt)
    await outcome.wait_for(percent_of)
    return outcome


def position_of(message: dict[str, object]) -> int | None:
    """The queue position that a reply shows."""
    found = re.search(r"In line, place (\d+) · about \d+ (?:s|min|h)", texts(message))
    return int(found[1]) if found else None


def submitted(stage: Stage) -> list[str]:
    """The prompts or buttons of the submitted jobs, in order."""
    return [job.button or job.prompt for job in stage.api.jobs.values()]


async def test_the_queue_is_fair(stage: Stage) -> None:
    """The queue is fair: Max's job is sent after at most one more of Mia's eight."""
    hers = [await running_job(stage, "fox 0")]
    hers += [await queued_job(stage, stage.mia, f"fox {number}") for number in range(1, 8)]
    his = await queued_job(stage, stage.max, "a hare")
    stage.release()
    assert all([media(await outcome.wait_for(ended)) for outcome in [*hers, his]])
    assert submitted(stage).index("a hare") <= 2
    assert [prompt for prompt in submitted(stage) if prompt != "a hare"] == [f"fox {number}" for number in range(8)]


async def test_a_first_job_is_queued_in_front(stage: Stage) -> None:
    """A first job of another member is queued in front, and the others' positions move back."""
    await running_job(stage, "fox 0")
    first, second = [await queued_job(stage, stage.mia, f"fox {number}") for number in (1, 2)]
    his = await queued_job(stage, stage.max, "a hare")
    assert position_of(await his.wait_for(position_of)) == 1
    await first.wait_for(lambda message: position_of(message) == 2)
    await second.wait_for(lambda message: position_of(message) == 3)
    stage.release()
    await second.wait_for(ended)


async def test_position_and_time_decrease(stage: Stage) -> None:
    """As jobs leave the queue, a reply shows a lower position and less time."""
    await running_job(stage, "fox 0")
    others = [await queued_job(stage, stage.mia, f"fox {number}") for number in range(1, 5)]
    last = await queued_job(stage, stage.mia, "fox 5")
    await last.wait_for(lambda message: "In line, place 5 · about 6 min" in texts(message))
    for outcome in others[:3]:
        await stage.mia.press(outcome.message or {}, label="Cancel")
        await outcome.wait_for(ended)
    await last.wait_for(lambda message: "In line, place 2 · about 3 min" in texts(message))
    stage.release()
    assert media(await last.wait_for(ended))
    assert submitted(stage) == ["fox 0", "fox 4", "fox 5"]


async def test_follow_ups_come_before_new_pictures(stage: Stage) -> None:
    """Follow-ups are sent before the member's queued new pictures."""
    grid = await stage.finished("a grid")
    await running_job(stage, "fox 0")
    bulk = [await queued_job(stage, stage.mia, f"fox {number}") for number in range(1, 4)]
    pressed = await stage.mia.press(grid, label="U1")
    await pressed.wait_for(lambda message: position_of(message) == 1)
    stage.release()
    assert all([media(await outcome.wait_for(ended)) for outcome in [*bulk, pressed]])
    assert submitted(stage) == ["a grid", "fox 0", "U1", "fox 1", "fox 2", "fox 3"]


async def test_cancelling_a_queued_job_is_free(stage: Stage) -> None:
    """A queued job cancelled by its button is never sent, and the others move up."""
    first = await running_job(stage, "a fox that holds up the line")
    second = await queued_job(stage, stage.mia, "a fox in line")
    third = await queued_job(stage, stage.mia, "a fox behind it")
    balance = stage.api.credits
    await stage.mia.press(second.message or {}, label="Cancel")
    assert "Cancelled before it was sent. It cost nothing." in texts(await second.wait_for(ended))
    await third.wait_for(lambda message: position_of(message) == 1)
    assert stage.api.credits == balance
    stage.release()
    assert all([media(await outcome.wait_for(ended)) for outcome in (first, third)])
    assert stage.submissions("a fox in line") == []


async def test_cancel_command_removes_a_queued_job(stage: Stage) -> None:
    """/cancel removes a queued job, chosen from suggestions, and it is never sent."""
    first = await running_job(stage, "a fox that holds the line up")
    await queued_job(stage, stage.mia, "a fox waiting in line")
    answer = await stage.private_reply(await stage.mia.slash(stage.channel, "cancel"))
    assert answer == "2 of your jobs are running. Choose which one to cancel."
    newest, oldest = await stage.mia.autocomplete(stage.channel, "cancel", "job", "")
    assert newest["name"].startswith("a fox waiting in line · Imagine")
    assert await stage.mia.autocomplete(stage.mia.dm, "cancel", "job", "holds the line") == [oldest]
    asked = await stage.mia.slash(stage.channel, "cancel", job=newest["value"])
    await asked.wait_for(lambda each: texts(each) == "Cancelled before it was sent. It cost nothing.")
    stage.release()
    await first.wait_for(ended)
    assert stage.submissions("waiting in line") == []


async def test_the_queue_survives_a_restart(stage: Stage) -> None:
    """After a restart queued jobs keep their messages and order, and each is sent once."""
    outcomes = [await running_job(stage, "fox 0")]
    outcomes += [await queued_job(stage, stage.mia, f"fox {number}") for number in range(1, 4)]
    await stage.restart()
    stage.release()
    assert all([media(await outcome.wait_for(ended)) for outcome in outcomes])
    assert submitted(stage) == [f"fox {number}" for number in range(4)]
    assert len(stage.channel.messages) == 4


async def test_a_members_queue_limit(tmp_path: Path) -> None:
    """A member's job above the limit is refused and not recorded; others and direct messages have room."""
    async with Stage(tmp_path, jobs_at_once=1, member_waiting=2) as stage:
        await running_job(stage, "fox 0")
        waiting = [await queued_job(stage, stage.mia, f"fox {number}") for number in (1, 2)]
        answer = await stage.refusal(prompt="a fox too many")
        assert answer.startswith(
            "You have 2 jobs waiting in line here already, which is as many as one member may have."
        )
        assert len(await stage.store.unfinished()) == 3
        others = [await queued_job(stage, stage.max, "a hare")]
        others.append(await stage.mia.slash(stage.mia.dm, "imagine", prompt="a private fox"))
        await stage.mia.press(waiting[0].message or {}, label="Cancel")
        await waiting[0].wait_for(ended)
        others.append(await queued_job(stage, stage.mia, "a fox in the free place"))
        stage.release()
        assert all([media(await outcome.wait_for(ended)) for outcome in others])


async def test_a_servers_queue_limit(tmp_path: Path) -> None:
    """A server's job above the limit is refused and not recorded; direct messages have room."""
    async with Stage(tmp_path, jobs_at_once=1, guild_waiting=2) as stage:
        await running_job(stage, "fox 0")
        await queued_job(stage, stage.mia, "fox 1")
        await queued_job(stage, stage.max, "a hare")
        answer = await stage.refusal(stage.adam, prompt="a fox too many")
        assert answer.startswith("This server has 2 jobs waiting in line already, which is as many as it may have.")
        assert len(await stage.store.unfinished()) == 3
        private = await stage.adam.slash(stage.adam.dm, "imagine", prompt="a private fox")
        stage.release()
        assert media(await private.wait_for(ended))


async def test_a_batch_above_the_queue_limit(tmp_path: Path) -> None:
    """Of a batch above the limit only as many jobs start as fit, and the member reads why."""
    async with Stage(tmp_path, jobs_at_once=1, member_waiting=2) as stage:
        await running_job(stage, "fox 0")
        asked = await stage.mia.slash(stage.channel, "imagine", prompt="a {red, green, blue, grey} fox")
        pressed = await stage.mia.press(await asked.wait_for(is_private), label="Confirm")
        answer = texts(await pressed.wait_for(lambda message: "could be started" in texts(message)))
        assert answer.startswith("2 of 4 jobs could be started. What was not started costs nothing.")
        assert "You have 2 jobs waiting in line here already" in answer
        assert len(await stage.store.unfinished()) == 3
        stage.release()
        await stage.wait_until(lambda: len(submitted(stage)) == 3)
        await stage.all_delivered()
