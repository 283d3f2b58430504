"""Who asked is shown in words beside the mention, which is a number to readers whose app has not loaded the member."""

from collections.abc import Iterator

import pytest

from playground.discord_server import Member, texts
from tests.support.stage import Stage, ended, is_private

pytestmark = pytest.mark.asyncio(loop_scope="module")

HOSTILE = "# @here <@9> **b**\u202e\n-# [x](http://a) `c`"
SHOWN = "\\# @\u200bhere \\<@\u200b9> \\*\\*b\\*\\* -# \\[x\\](http\\://a) \\`c\\`"


@pytest.fixture(autouse=True)
def restore_names(stage: Stage) -> Iterator[None]:
    """Take nicknames away after a test."""
    yield
    for member in stage.discord.world.members.values():
        member.nick = None


def call(stage: Stage, member: Member, nick: str) -> None:
    """Give a member this nickname."""
    stage.discord.world.members[member.id].nick = nick


async def test_nickname_goes_before_the_name(stage: Stage) -> None:
    """A running, a finished and a restarted job show the member as they were called when they asked."""
    call(stage, stage.mia, "Mia of the North")
    who = f"-# Mia of the North <@{stage.mia.id}> · fast · 10 credits"
    stage.hold()
    outcome = await stage.imagine("a fox with a name")
    assert who in texts(await outcome.wait_for(lambda message: "a fox" in texts(message)))
    call(stage, stage.mia, "Mia of the South")
    await stage.restart()
    stage.release()
    assert who in texts(await outcome.wait_for(ended))


async def test_hostile_name_is_only_text(stage: Stage) -> None:
    """A name can't ping, write markdown or begin a line of its own, neither in the reply nor in the details."""
    call(stage, stage.mia, HOSTILE)
    done = await stage.finished("a fox with a bad name")
    assert f"-# {SHOWN} <@{stage.mia.id}> · fast" in texts(done)
    assert (done["mentions"], done["mention_everyone"]) == ([], False)
    details = await stage.private_reply(await stage.mia.context(done, "Job details"))
    assert f"by {SHOWN} <@{stage.mia.id}>\n" in details


async def test_presser_is_named(stage: Stage) -> None:
    """A follow-up names who pressed, not who made the picture; so does a Retry."""
    grid = await stage.finished("a fox for two")
    call(stage, stage.max, "Max P.")
    assert f"Max P. <@{stage.max.id}> · fast · " in texts(await stage.pressed(grid, "U2", stage.max))
    failed = await stage.finished("a fox that stumbles scenario:fails-at-60")
    assert f"Mia <@{stage.mia.id}>" in texts(failed)
    assert f"Max P. <@{stage.max.id}>" in texts(await stage.pressed(failed, "Retry", stage.max))


async def test_cancelled_job_names_its_member(stage: Stage) -> None:
    """A job that a moderator cancels still belongs to who asked for it."""
    stage.hold()
    outcome = await stage.imagine("a fox called off")
    running = await outcome.wait_for(lambda message: "a fox" in texts(message))
    await stage.adam.press(running, label="Cancel")
    stage.release()
    shown = texts(await outcome.wait_for(ended))
    assert f"Mia <@{stage.mia.id}>" in shown
    assert "Adam" not in shown


async def test_each_job_of_a_batch_names_its_member(stage: Stage) -> None:
    """The jobs of a confirmed batch, which are started by a durable workflow, name who confirmed."""
    call(stage, stage.mia, "Mia *K*")
    outcome = await stage.mia.slash(stage.channel, "imagine", prompt="a {red, blue} fox in a batch")
    press = await stage.mia.press(await outcome.wait_for(is_private), label="Confirm")
    for word in ("red", "blue"):
        made = await press.wait_for(lambda message, word=word: ended(message) and f"a {word} fox" in texts(message))
        assert rf"Mia \*K\* <@{stage.mia.id}> · fast · 10 credits" in texts(made)
