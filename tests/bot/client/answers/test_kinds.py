"""Interactions that are deferred at once: the answer is as private or public as without the deferral."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from discord import AppCommandType, app_commands

from bot.client.answers import Deferral
from bot.client.answers.arrivals import _command_deferral
from playground.discord_server import Outcome, Upload, texts
from playground.discord_server.state.channels import EPHEMERAL, LOADING
from tests.support.stage import Message, Stage, ended, is_private, labels, picture

pytestmark = pytest.mark.asyncio(loop_scope="module")

PUBLIC = {
    *("imagine", "describe", "blend", "faceswap", "edit", "upscale", "removebg", "video", "flux", "zimage", "job"),
    *("Describe", "Remove background"),
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared_stage(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    """A bot that defers everything as soon as it waits for anything."""
    async with Stage(tmp_path_factory.mktemp("bot"), timings={"defer_after": 0.0}) as stage:
        yield stage


@pytest_asyncio.fixture(loop_scope="module")
async def grid(stage: Stage) -> Message:
    """A finished grid."""
    return await stage.finished("a fox answered late")


async def only_answer(stage: Stage, outcome: Outcome) -> Message:
    """The one message that answers the interaction in the end."""
    assert outcome.error is None
    await stage.wait_until(
        lambda: [bool(each["flags"] & LOADING or not texts(each)) for each in stage.answers(outcome)] == [False]
    )
    [shown] = stage.answers(outcome)
    return shown


async def test_each_command_says_how_it_answers(stage: Stage) -> None:
    """What starts a job, or shows one, is deferred in public, everything else in private."""
    commands: list[Any] = [*stage.bot.tree.walk_commands(), *stage.bot.tree.walk_commands(type=AppCommandType.message)]
    leaves = [each for each in commands if not isinstance(each, app_commands.Group)]
    found = {each.qualified_name for each in leaves if _command_deferral(each) is Deferral.PUBLIC}
    assert found == PUBLIC


@pytest.mark.parametrize(
    ("command", "options", "private"),
    [
        ("imagine", {"prompt": "a {red, blue} fox"}, True),
        ("imagine", {"prompt": "a fox --chaos 900"}, True),
        ("upscale", {"image": Upload("fox.png", b"words")}, True),
        ("history", {}, True),
        ("settings", {}, True),
        ("credits", {}, True),
        ("check", {"prompt": "a fox"}, True),
        ("enhance", {"prompt": "a fox"}, True),
        ("cancel", {}, True),
        ("job", {"id": "unknown"}, True),
        ("upscale", {"image": Upload("fox.png", picture())}, False),
    ],
)
async def test_commands(stage: Stage, grid: Message, command: str, options: dict[str, Any], private: bool) -> None:
    """One message is left, private or public as it should be."""
    outcome = await stage.adam.slash(stage.channel, command, **options)
    if not private:
        await outcome.wait_for(ended)
    shown = await only_answer(stage, outcome)
    assert bool(shown["flags"] & EPHEMERAL) is private


async def test_a_job_is_shown_again_in_public(stage: Stage, grid: Message) -> None:
    """As without the deferral; a job that failed in private."""
    done = next(job.submitted["ref"] for job in stage.submissions("a fox answered late"))
    assert not is_private(await only_answer(stage, await stage.mia.slash(stage.channel, "job", id=done)))
    await stage.finished("a fox without luck scenario:fails-at-60")
    failed = next(job.submitted["ref"] for job in stage.submissions("without luck"))
    assert is_private(await only_answer(stage, await stage.mia.slash(stage.channel, "job", id=failed)))


@pytest.mark.parametrize("entry", ["Job details", "Remix", "Use as image prompt"])
async def test_private_menu_entries(stage: Stage, grid: Message, entry: str) -> None:
    """Their answers, and the buttons in place of forms, are the member's alone."""
    shown = await only_answer(stage, await stage.mia.context(grid, entry))
    assert is_private(shown)
    assert ("Open the form" in labels(shown)) is (entry != "Job details")


@pytest.mark.parametrize(("label", "private"), [("U1", False), ("Singles", True), ("Vary (Region)", True)])
async def test_presses(stage: Stage, grid: Message, label: str, private: bool) -> None:
    """A follow-up is public; single pictures and forms are private."""
    pressed = grid if label in labels(grid) else await stage.pressed(grid, "U2")
    outcome = await stage.mia.press(pressed, label=label)
    if not private:
        await outcome.wait_for(lambda message: "Cancel" not in labels(message) and ended(message) and texts(message))
    assert is_private(await only_answer(stage, outcome)) is private


async def test_a_link_to_a_job_started_before_is_private(stage: Stage, grid: Message) -> None:
    """A second press of the same button is answered for the member alone."""
    await stage.pressed(grid, "U3")
    assert is_private(await only_answer(stage, await stage.mia.press(grid, label="U3")))


async def test_cancel_is_answered_in_private(stage: Stage) -> None:
    """The reply itself shows the outcome."""
    stage.hold()
    outcome = await stage.imagine("a fox to stop late")
    running = await outcome.wait_for(lambda message: "Cancel" in labels(message))
    pressed = await stage.mia.press(running, label="Cancel")
    assert is_private(await only_answer(stage, pressed))
    await outcome.wait_for(ended)
    stage.release()


async def test_a_confirmed_batch(stage: Stage) -> None:
    """Confirm edits its question, and each job gets a public reply."""
    question = await only_answer(stage, await stage.imagine("{one, two} late foxes"))
    await stage.mia.press(question, label="Confirm")
    await stage.channel.wait_for(lambda each: each["id"] == question["id"] and "Starting 2 jobs" in each["content"])
    await stage.wait_until(lambda: len(stage.submissions("late foxes")) == 2)
    for job in stage.submissions("late foxes"):
        record = await stage.delivered_record(job.submitted["ref"])
        assert not is_private(stage.channel.messages[str(record.reply.message_id)].message)
