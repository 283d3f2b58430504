"""The context menu command Job details shows what is known about a message's job."""

import re

import pytest

from tests.support.stage import KEY, Message, Stage, ended, is_private, percent_of

pytestmark = pytest.mark.asyncio(loop_scope="module")

NO_JOB = "This message shows no job of this bot."


async def details(stage: Stage, message: Message) -> str:
    """The private answer to Job details, used by Max."""
    return await stage.private_reply(await stage.max.context(message, "Job details"))


def code_block(text: str, name: str) -> str:
    """The text of the code block under this heading."""
    found = re.search(rf"^{re.escape(name)}\n```\n(.*?)\n```$", text, re.MULTILINE | re.DOTALL)
    assert found, f"no {name} in {text}"
    return found[1]


async def test_details_to_copy_are_in_code_blocks(stage: Stage) -> None:
    """Prompt, flags, seed and both ids are in code blocks to copy, with times, cost and member as text."""
    grid = await stage.finished("a fox in detail", aspect="3:2", seed=99)
    [job] = stage.submissions("in detail")
    answer = await details(stage, grid)
    assert code_block(answer, "Prompt") == "a fox in detail --ar 3:2 --seed 99"
    assert code_block(answer, "Flags") == "--ar 3:2 --seed 99"
    assert code_block(answer, "Seed") == "99"
    assert code_block(answer, "Job id") == job.ref
    assert code_block(answer, "ImaginePro's id") == job.id
    assert "Imagine · done" in answer
    assert "Cost: 10 credits" in answer
    assert "Mode: fast" in answer
    assert len(re.findall(r"<t:\d+:f>", answer)) == 3
    assert f"by Mia <@{stage.mia.id}>" in answer


async def test_parents_and_follow_ups_are_linked(stage: Stage) -> None:
    """The details link the job's parent and its follow-ups, oldest first."""
    grid = await stage.finished("a fox with a family")
    single = await stage.pressed(grid, "U2")
    varied = await stage.pressed(grid, "V1")
    answer = await details(stage, grid)
    assert re.search(rf"Led to \[U2\]\(\S*/{single['id']}\), \[V1\]\(\S*/{varied['id']}\)$", answer, re.MULTILINE)
    assert re.search(rf"Made from \[Imagine\]\(\S*/{grid['id']}\)$", await details(stage, single), re.MULTILINE)


async def test_no_secret_is_shown(stage: Stage) -> None:
    """The details hold no API key, token or email address."""
    grid = await stage.finished("a fox without secrets")
    [job] = stage.submissions("without secrets")
    record = await stage.store.get(job.ref or "")
    assert record is not None
    answer = await details(stage, grid)
    assert record.reply.token
    assert all(secret not in answer for secret in (record.reply.token, KEY, stage.discord.token, "playground.example"))


async def test_a_job_shown_again_is_the_same_job(stage: Stage) -> None:
    """A message from /job shows the details of the same job, found by its buttons."""
    await stage.finished("a fox twice in detail")
    [job] = stage.submissions("twice in detail")
    again = await (await stage.mia.slash(stage.channel, "job", id=job.ref)).wait_for(ended)
    assert code_block(await details(stage, again), "Job id") == job.ref


async def test_a_message_without_buttons(stage: Stage) -> None:
    """A message without buttons is matched to its job by message id."""
    bare = await stage.finished("a fox with nothing to press scenario:no-buttons scenario:missing-status")
    assert code_block(await details(stage, bare), "Prompt").startswith("a fox with nothing to press")


async def test_a_running_job(stage: Stage) -> None:
    """Details of a running job are shown too."""
    stage.hold()
    outcome = await stage.imagine("a fox under inspection")
    answer = await details(stage, await outcome.wait_for(percent_of))
    assert "Imagine · under way" in answer
    assert "Ended" not in answer
    stage.release()
    await outcome.wait_for(ended)


async def test_a_message_without_a_job(stage: Stage) -> None:
    """A member's message and an answer of the bot without a job are refused."""
    words = stage.mia.send(stage.channel, "hello")
    assert await details(stage, words) == "This message is not from this bot."
    outcome = await stage.mia.slash(stage.channel, "job", id="unknown")
    sentence = await outcome.wait_for(is_private)
    assert await stage.private_reply(await stage.mia.context(sentence, "Job details")) == NO_JOB


async def test_a_page_of_the_history_is_no_job(stage: Stage) -> None:
    """A page of /history is not taken for a job."""
    for number in range(6):
        await stage.finished(f"a fox on page {number}")
    page = await (await stage.mia.slash(stage.channel, "history", search="fox on page")).wait_for(is_private)
    assert await stage.private_reply(await stage.mia.context(page, "Job details")) == NO_JOB


async def test_a_long_prompt_fits(stage: Stage) -> None:
    """A prompt of two thousand characters is shown in full."""
    prompt = "a fox of many words " * 102 + "the end"
    grid = await stage.finished(prompt)
    assert code_block(await details(stage, grid), "Prompt") == prompt
