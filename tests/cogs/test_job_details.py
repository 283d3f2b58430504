"""Job details: what there is to know of the job on a message."""

import re

import pytest

from tests.support.stage import KEY, Message, Stage, ended, is_private, percent_of

pytestmark = pytest.mark.asyncio(loop_scope="module")

NONE = "This message shows no job of this bot."


async def details(stage: Stage, message: Message) -> str:
    """What Max reads in the message's menu."""
    return await stage.private_reply(await stage.max.context(message, "Job details"))


def copied(text: str, name: str) -> str:
    """What stands in the block under this name."""
    found = re.search(rf"^{re.escape(name)}\n```\n(.*?)\n```$", text, re.MULTILINE | re.DOTALL)
    assert found, f"no {name} in {text}"
    return found[1]


async def test_everything_worth_copying_stands_alone(stage: Stage) -> None:
    """Prompt, flags, seed and both ids in blocks of their own; times, cost and who asked beside them."""
    grid = await stage.finished("a fox in detail", aspect="3:2", seed=99)
    [job] = stage.submissions("in detail")
    told = await details(stage, grid)
    assert copied(told, "Prompt") == "a fox in detail --ar 3:2 --seed 99"
    assert copied(told, "Flags") == "--ar 3:2 --seed 99"
    assert copied(told, "Seed") == "99"
    assert copied(told, "Job id") == job.ref
    assert copied(told, "ImaginePro's id") == job.id
    assert "Imagine · done" in told
    assert "Cost: 10 credits" in told
    assert "Mode: fast" in told
    assert len(re.findall(r"<t:\d+:f>", told)) == 3
    assert f"by <@{stage.mia.id}>" in told


async def test_relatives_are_links(stage: Stage) -> None:
    """To the picture it was made from, and to those that were made from it, oldest first."""
    grid = await stage.finished("a fox with a family")
    single = await stage.pressed(grid, "U2")
    varied = await stage.pressed(grid, "V1")
    told = await details(stage, grid)
    assert re.search(rf"Led to \[U2\]\(\S*/{single['id']}\), \[V1\]\(\S*/{varied['id']}\)$", told, re.MULTILINE)
    assert re.search(rf"Made from \[Imagine\]\(\S*/{grid['id']}\)$", await details(stage, single), re.MULTILINE)


async def test_no_secret_is_told(stage: Stage) -> None:
    """Neither the key nor the interaction's token nor anybody's address."""
    grid = await stage.finished("a fox without secrets")
    [job] = stage.submissions("without secrets")
    record = await stage.store.get(job.ref or "")
    assert record is not None
    told = await details(stage, grid)
    assert record.reply.token
    assert all(secret not in told for secret in (record.reply.token, KEY, stage.discord.token, "playground.example"))


async def test_a_job_shown_again_is_the_same_job(stage: Stage) -> None:
    """The message is another one; its buttons tell which job it shows."""
    await stage.finished("a fox twice in detail")
    [job] = stage.submissions("twice in detail")
    again = await (await stage.mia.slash(stage.channel, "job", id=job.ref)).wait_for(ended)
    assert copied(await details(stage, again), "Job id") == job.ref


async def test_a_message_without_buttons(stage: Stage) -> None:
    """A picture that offers nothing is known by where it stands."""
    bare = await stage.finished("a fox with nothing to press scenario:no-buttons scenario:missing-status")
    assert copied(await details(stage, bare), "Prompt").startswith("a fox with nothing to press")


async def test_a_running_job(stage: Stage) -> None:
    """It can be looked at before it has ended."""
    stage.hold()
    outcome = await stage.imagine("a fox under inspection")
    told = await details(stage, await outcome.wait_for(percent_of))
    assert "Imagine · under way" in told
    assert "Ended" not in told
    stage.release()
    await outcome.wait_for(ended)


async def test_a_message_without_a_job(stage: Stage) -> None:
    """Somebody's own words, and sentences of the bot that show no job."""
    words = stage.mia.send(stage.channel, "hello")
    assert await details(stage, words) == "This message is not from this bot."
    outcome = await stage.mia.slash(stage.channel, "job", id="unknown")
    sentence = await outcome.wait_for(is_private)
    assert await stage.private_reply(await stage.mia.context(sentence, "Job details")) == NONE


async def test_a_page_of_the_history_is_no_job(stage: Stage) -> None:
    """Its buttons hold a member's id, not a job's."""
    for number in range(6):
        await stage.finished(f"a fox on page {number}")
    page = await (await stage.mia.slash(stage.channel, "history", search="fox on page")).wait_for(is_private)
    assert await stage.private_reply(await stage.mia.context(page, "Job details")) == NONE


async def test_a_long_prompt_fits(stage: Stage) -> None:
    """Two thousand characters are there to the last one."""
    prompt = "a fox of many words " * 102 + "the end"
    grid = await stage.finished(prompt)
    assert copied(await details(stage, grid), "Prompt") == prompt
