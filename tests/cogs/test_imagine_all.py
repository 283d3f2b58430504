"""Imagine all starts one job for each prompt of a description, after a confirmation."""

import asyncio
import json

import pytest

from playground.discord_server import Refused, media, texts
from playground.discord_server.state.channels import EPHEMERAL, LOADING
from tests.cogs.described import finished_description, job_id, use_describe
from tests.support.stage import ANSWER_TIMEOUT, Message, Stage, ended, is_private, labels

pytestmark = pytest.mark.asyncio(loop_scope="module")

FOLLOW_UP = "POST /webhooks/{webhook_id}/{token}"
STARTING = "Starting 4 jobs, each on a reply of its own."


def fox_prompts(word: str) -> list[str]:
    """Four prompts with this word in them."""
    return [f"a {word} fox, number {number}" for number in range(1, 5)]


async def confirmation(stage: Stage, *prompts: str) -> Message:
    """The private confirmation after Mia presses Imagine all."""
    done = await finished_description(stage, *prompts)
    return await (await stage.mia.press(done, label="Imagine all")).wait_for(is_private)


async def test_question_names_jobs_and_credits(stage: Stage) -> None:
    """The private confirmation names jobs and credits before anything is sent."""
    before = len(stage.api.jobs)
    question = await confirmation(stage)
    assert question["content"] == "This starts **4 jobs** for **40 credits** in all."
    assert labels(question) == ["Confirm", "Cancel"]
    assert not stage.max.sees(question)
    # The only job so far is the description.
    assert len(stage.api.jobs) == before + 1


async def test_descriptions_are_never_read_as_flags(stage: Stage) -> None:
    """No prompt is refused or made faster and dearer by what it says; only the ratio is a flag."""
    question = await confirmation(
        stage,
        "a wordy fox --turbo --ar 3:2",
        "a wordy owl like https://a.example/b.png",
        "a wordy {red, blue} cat",
        "a wordy dog —qq 1 --stylise 5",
    )
    assert question["content"] == "This starts **4 jobs** for **40 credits** in all."
    await stage.mia.press(question, label="Confirm")
    await stage.wait_until(lambda: len(stage.submissions("wordy")) == 4)
    assert sorted(job.prompt for job in stage.submissions("wordy")) == [
        "a wordy (red, blue) cat",
        "a wordy dog, qq 1, stylise 5",
        "a wordy fox, turbo --ar 3:2",
        "a wordy owl like",
    ]


async def test_prompts_without_words_are_named(stage: Stage) -> None:
    """Prompts that can't be sent are left out and named with the reason."""
    question = await confirmation(stage, "--ar 3:2", "an owl")
    first, second = question["content"].splitlines()
    assert first == "This starts **1 job** for **10 credits**."
    assert second.startswith("Prompt 1 can't be sent as it is: Describe the picture")
    assert second.endswith("Press 1 to change it.")


@pytest.mark.parametrize("defer_after", [ANSWER_TIMEOUT, 0], ids=["at once", "slowly"])
async def test_prompts_are_checked_by_server_setting(stage: Stage, defer_after: float) -> None:
    """With the prompt check on, refused prompts are left out; the confirmation is private even if that takes long."""
    guild_id = int(stage.discord.world.guild.id)
    await stage.bot.services.guild_settings.change(guild_id, check_prompts=True)
    try:
        async with stage.waiting(defer_after=defer_after):
            question = await confirmation(stage, *(f"{word}, {defer_after:g}" for word in ("a fox", "gore", "an owl")))
    finally:
        await stage.bot.services.guild_settings.change(guild_id, check_prompts=False)
    first, second = question["content"].splitlines()
    assert first == "This starts **2 jobs** for **20 credits** in all."
    assert second.startswith(
        "Prompt 2 can't be sent as it is: ImaginePro does not allow this prompt: Banned words: gore"
    )
    assert labels(question) == ["Confirm", "Cancel"]
    made = {message.interaction_id for message in stage.channel.messages.values() if message.message["flags"] & LOADING}
    assert made == set()


async def test_no_valid_prompt_gives_no_buttons(stage: Stage) -> None:
    """When no prompt can be sent, there are only sentences and no buttons."""
    answer = await confirmation(stage, "--ar 3:2", "https://a.example/b.png")
    assert "Prompt 1 can't be sent as it is" in answer["content"]
    assert "Prompt 2 can't be sent as it is" in answer["content"]
    assert labels(answer) == []


async def test_confirmed_jobs_have_public_replies_of_their_own(stage: Stage) -> None:
    """Confirm replaces the question by a sentence and starts four public replies, each with its picture."""
    question = await confirmation(stage, *fox_prompts("confirmed"))
    outcome = await stage.mia.press(question, label="Confirm")
    assert outcome.error is None
    for prompt in fox_prompts("confirmed"):
        made = await outcome.wait_for(
            lambda message, p=prompt: p in texts(message) and media(message) and ended(message)
        )
        assert not made["flags"] & EPHEMERAL
        assert f"<@{stage.mia.id}> · fast · 10 credits" in texts(made)
        assert stage.max.sees(made)
        assert "U1" in labels(made)
    assert len({message["id"] for message in outcome.messages}) == 4
    now = stage.channel.messages[question["id"]].message
    assert (now["content"], labels(now)) == (STARTING, [])
    assert sorted(job.prompt for job in stage.submissions("confirmed")) == fox_prompts("confirmed")


async def test_double_confirm_starts_jobs_once(stage: Stage) -> None:
    """Two simultaneous presses of Confirm start four jobs, not eight."""
    question = await confirmation(stage, *fox_prompts("single"))
    custom_id = next(part for part in json.dumps(question).split('"') if part.startswith("ip1:go:"))
    outcomes = await asyncio.gather(*(stage.mia.press(question, custom_id=custom_id) for _ in range(2)))
    answer = [message for outcome in outcomes for message in outcome.messages if is_private(message)]
    assert [message["content"] for message in answer] == ["This was used already."]
    await stage.wait_until(lambda: len(stage.submissions("single")) == 4)


async def test_cancelled_question_starts_nothing(stage: Stage) -> None:
    """Cancel starts no job and removes the buttons."""
    question = await confirmation(stage, *fox_prompts("unwanted"))
    before = stage.posts()
    outcome = await stage.mia.press(question, label="Cancel")
    assert outcome.message is not None
    assert outcome.message["content"] == "Nothing was started, and nothing was paid."
    assert labels(outcome.message) == []
    with pytest.raises(Refused):
        await stage.mia.press(question, label="Confirm")
    assert stage.posts() == before


async def test_other_members_can_not_confirm(stage: Stage) -> None:
    """Another member can't confirm, even with a forged press."""
    question = await confirmation(stage, *fox_prompts("foreign"))
    with pytest.raises(Refused):
        await stage.max.press(question, label="Confirm")
    # A modified client could send the press anyway.
    draft = next(part for part in json.dumps(question).split('"') if part.startswith("ip1:go:"))
    public = await finished_description(stage)
    stored = stage.channel.messages[public["id"]]
    forged = json.loads(json.dumps(stored.message).replace(f"ip1:prompts:{job_id(public)}", draft))
    stored.message = forged
    answer = await (await stage.max.press(forged, label="Imagine all")).wait_for(is_private)
    assert answer["content"] == "This belongs to the member who asked for it."
    assert stage.submissions("foreign") == []
    await stage.mia.press(question, label="Confirm")
    await stage.wait_until(lambda: len(stage.submissions("foreign")) == 4)


@pytest.mark.parametrize(("times", "count"), [(1, "3 of 4 jobs"), (4, "None of 4 jobs")])
async def test_replies_that_discord_refuses_are_counted(stage: Stage, times: int, count: str) -> None:
    """Jobs whose reply Discord refuses are not sent, and the member reads how many were."""
    question = await confirmation(stage, *fox_prompts(f"lonely{times}"))
    stage.discord.faults.refuse_next(FOLLOW_UP, 403, code=50013, times=times)
    await stage.mia.press(question, label="Confirm")
    answer = await stage.channel.wait_for(
        lambda message: message["id"] == question["id"] and count in message["content"], 10
    )
    assert answer["content"] == f"{count} could be started. What was not started costs nothing."
    await stage.wait_until(lambda: len(stage.submissions(f"lonely{times}")) == 4 - times)


@pytest.mark.asyncio(loop_scope="function")
async def test_confirmation_survives_a_restart(own_stage: Stage) -> None:
    """Confirm works after a restart, and after another one it counts as used."""
    stage = own_stage
    done = await (await use_describe(stage)).wait_for(ended)
    question = await (await stage.mia.press(done, label="Imagine all")).wait_for(is_private)
    custom_id = next(part for part in json.dumps(question).split('"') if part.startswith("ip1:go:"))
    await stage.restart()
    outcome = await stage.mia.press(question, label="Confirm")
    assert outcome.error is None
    await stage.wait_until(lambda: sum(map(ended, outcome.messages)) == 4)
    assert all(media(message) for message in outcome.messages)
    await stage.restart()
    stored = stage.channel.messages[question["id"]]
    stored.message = question
    answer = await (await stage.mia.press(question, custom_id=custom_id)).wait_for(is_private)
    assert answer["content"] == "This was used already."
    assert sum(job.kind == "imagine" for job in stage.api.jobs.values()) == 4
