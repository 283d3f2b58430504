"""The line in front of the API, as members see it: whose turn it is, what they read meanwhile, how they leave it."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from playground.discord_server import Outcome, media, texts
from playground.discord_server.driver import Member
from tests.support.stage import Stage, ended, is_private, percent_of


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    """A bot whose account runs one job at a time."""
    async with Stage(tmp_path, jobs_at_once=1) as stage:
        yield stage


async def in_line(stage: Stage, member: Member, prompt: str) -> Outcome:
    """A job of this member's that waits behind others, its place being shown."""
    outcome = await member.slash(stage.channel, "imagine", prompt=prompt)
    await outcome.wait_for(place_of)
    return outcome


async def running(stage: Stage, prompt: str) -> Outcome:
    """A job of Mia's that is with the API and stays there until `go_on`."""
    stage.hold()
    outcome = await stage.imagine(prompt)
    await outcome.wait_for(percent_of)
    return outcome


def place_of(message: dict[str, object]) -> int | None:
    """The place in line that a reply shows."""
    found = re.search(r"In line, place (\d+) · about \d+ (?:s|min|h)", texts(message))
    return int(found[1]) if found else None


def sent(stage: Stage) -> list[str]:
    """What was sent, in its order: the prompt, or the button."""
    return [job.button or job.prompt for job in stage.api.jobs.values()]


async def test_one_member_does_not_keep_another_waiting(stage: Stage) -> None:
    """Eight jobs of Mia's, then one of Max's: it is sent after at most one more of hers."""
    hers = [await running(stage, "fox 0")]
    hers += [await in_line(stage, stage.mia, f"fox {number}") for number in range(1, 8)]
    his = await in_line(stage, stage.max, "a hare")
    stage.release()
    assert all([media(await outcome.wait_for(ended)) for outcome in [*hers, his]])
    assert sent(stage).index("a hare") <= 2
    assert [prompt for prompt in sent(stage) if prompt != "a hare"] == [f"fox {number}" for number in range(8)]


async def test_a_newcomer_sees_a_place_in_front(stage: Stage) -> None:
    """Whoever has waited longer than the newcomer and had a turn already moves one place back, and reads so."""
    await running(stage, "fox 0")
    first, second = [await in_line(stage, stage.mia, f"fox {number}") for number in (1, 2)]
    his = await in_line(stage, stage.max, "a hare")
    assert place_of(await his.wait_for(place_of)) == 1
    await first.wait_for(lambda message: place_of(message) == 2)
    await second.wait_for(lambda message: place_of(message) == 3)
    stage.release()
    await second.wait_for(ended)


async def test_place_and_time_shrink(stage: Stage) -> None:
    """As others leave the line, a reply shows a smaller place and less time."""
    await running(stage, "fox 0")
    others = [await in_line(stage, stage.mia, f"fox {number}") for number in range(1, 5)]
    last = await in_line(stage, stage.mia, "fox 5")
    await last.wait_for(lambda message: "In line, place 5 · about 6 min" in texts(message))
    for outcome in others[:3]:
        await stage.mia.press(outcome.message or {}, label="Cancel")
        await outcome.wait_for(ended)
    await last.wait_for(lambda message: "In line, place 2 · about 3 min" in texts(message))
    stage.release()
    assert media(await last.wait_for(ended))
    assert sent(stage) == ["fox 0", "fox 4", "fox 5"]


async def test_follow_ups_come_before_new_pictures(stage: Stage) -> None:
    """Somebody who chose from a grid goes on with it, however many pictures of theirs still wait."""
    grid = await stage.finished("a grid")
    await running(stage, "fox 0")
    bulk = [await in_line(stage, stage.mia, f"fox {number}") for number in range(1, 4)]
    pressed = await stage.mia.press(grid, label="U1")
    await pressed.wait_for(lambda message: place_of(message) == 1)
    stage.release()
    assert all([media(await outcome.wait_for(ended)) for outcome in [*bulk, pressed]])
    assert sent(stage) == ["a grid", "fox 0", "U1", "fox 1", "fox 2", "fox 3"]


async def test_cancelled_in_line_it_costs_nothing(stage: Stage) -> None:
    """By its button: whoever still waits leaves the line without having been sent, and the others move up."""
    first = await running(stage, "a fox that holds up the line")
    second = await in_line(stage, stage.mia, "a fox in line")
    third = await in_line(stage, stage.mia, "a fox behind it")
    balance = stage.api.credits
    await stage.mia.press(second.message or {}, label="Cancel")
    assert "Cancelled before it was sent. It cost nothing." in texts(await second.wait_for(ended))
    await third.wait_for(lambda message: place_of(message) == 1)
    assert stage.api.credits == balance
    stage.release()
    assert all([media(await outcome.wait_for(ended)) for outcome in (first, third)])
    assert stage.submissions("a fox in line") == []


async def test_the_command_takes_a_job_out_of_the_line(stage: Stage) -> None:
    """Chosen from those that are running, newest first, it is never sent."""
    first = await running(stage, "a fox that holds the line up")
    await in_line(stage, stage.mia, "a fox waiting in line")
    told = await stage.private_reply(await stage.mia.slash(stage.channel, "cancel"))
    assert told == "2 of your jobs are running. Choose which one to cancel."
    newest, oldest = await stage.mia.autocomplete(stage.channel, "cancel", "job", "")
    assert newest["name"].startswith("a fox waiting in line · Imagine")
    assert await stage.mia.autocomplete(stage.mia.dm, "cancel", "job", "holds the line") == [oldest]
    asked = await stage.mia.slash(stage.channel, "cancel", job=newest["value"])
    await asked.wait_for(lambda each: texts(each) == "Cancelled before it was sent. It cost nothing.")
    stage.release()
    await first.wait_for(ended)
    assert stage.submissions("waiting in line") == []


async def test_the_line_survives_a_restart(stage: Stage) -> None:
    """Those who waited wait on the same messages, in the same order, and each is sent once."""
    outcomes = [await running(stage, "fox 0")]
    outcomes += [await in_line(stage, stage.mia, f"fox {number}") for number in range(1, 4)]
    await stage.restart()
    stage.release()
    assert all([media(await outcome.wait_for(ended)) for outcome in outcomes])
    assert sent(stage) == [f"fox {number}" for number in range(4)]
    assert len(stage.channel.messages) == 4


async def test_a_member_may_have_so_many_in_line(tmp_path: Path) -> None:
    """One more is refused in a sentence and not written down; others, and this member elsewhere, are served."""
    async with Stage(tmp_path, jobs_at_once=1, member_waiting=2) as stage:
        await running(stage, "fox 0")
        waiting = [await in_line(stage, stage.mia, f"fox {number}") for number in (1, 2)]
        told = await stage.refusal(prompt="a fox too many")
        assert told.startswith("You have 2 jobs waiting in line here already, which is as many as one member may have.")
        assert len(await stage.store.unfinished()) == 3
        others = [await in_line(stage, stage.max, "a hare")]
        others.append(await stage.mia.slash(stage.mia.dm, "imagine", prompt="a private fox"))
        await stage.mia.press(waiting[0].message or {}, label="Cancel")
        await waiting[0].wait_for(ended)
        others.append(await in_line(stage, stage.mia, "a fox in the free place"))
        stage.release()
        assert all([media(await outcome.wait_for(ended)) for outcome in others])


async def test_a_server_may_have_so_many_in_line(tmp_path: Path) -> None:
    """One more is refused in a sentence and not written down; in direct messages there is room."""
    async with Stage(tmp_path, jobs_at_once=1, guild_waiting=2) as stage:
        await running(stage, "fox 0")
        await in_line(stage, stage.mia, "fox 1")
        await in_line(stage, stage.max, "a hare")
        told = await stage.refusal(stage.adam, prompt="a fox too many")
        assert told.startswith("This server has 2 jobs waiting in line already, which is as many as it may have.")
        assert len(await stage.store.unfinished()) == 3
        private = await stage.adam.slash(stage.adam.dm, "imagine", prompt="a private fox")
        stage.release()
        assert media(await private.wait_for(ended))


async def test_some_of_several_find_room(tmp_path: Path) -> None:
    """Of a batch that does not fit, those for which there is room are started, and the member reads why no more."""
    async with Stage(tmp_path, jobs_at_once=1, member_waiting=2) as stage:
        await running(stage, "fox 0")
        asked = await stage.mia.slash(stage.channel, "imagine", prompt="a {red, green, blue, grey} fox")
        pressed = await stage.mia.press(await asked.wait_for(is_private), label="Confirm")
        told = texts(await pressed.wait_for(lambda message: "could be started" in texts(message)))
        assert told.startswith("2 of 4 jobs could be started. What was not started costs nothing.")
        assert "You have 2 jobs waiting in line here already" in told
        assert len(await stage.store.unfinished()) == 3
        stage.release()
        await stage.wait_until(lambda: len(sent(stage)) == 3)
        await stage.all_delivered()
