"""/check answers privately whether a prompt is allowed, at no cost."""

import pytest

from bot.services.prompt.tools import PromptChecks
from playground.discord_server import texts
from tests.bot.ui.markdown_reader import read
from tests.support.stage import Stage, is_private

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def check_answer(stage: Stage, prompt: str) -> str:
    """The private answer to Mia's /check, which starts no job and costs no credits."""
    jobs, credits_left = len(stage.api.jobs), stage.api.credits
    outcome = await stage.mia.slash(stage.channel, "check", prompt=prompt)
    assert outcome.error is None
    message = await outcome.wait_for(is_private)
    assert outcome.messages == [message]
    assert (len(stage.api.jobs), stage.api.credits) == (jobs, credits_left)
    return texts(message)


def checked_prompts(stage: Stage) -> list[str]:
    """The prompts in the API's check requests."""
    return [entry.body["prompt"] for entry in stage.api.request_log if entry.path.endswith("/prompt-check")]


async def test_an_allowed_prompt(stage: Stage) -> None:
    """An allowed prompt is confirmed and shown as it would be sent."""
    answer = await check_answer(stage, "a red fox —ar 3:2")
    assert answer.startswith("✅ **Allowed.**")
    assert "> a red fox --ar 3:2" in answer
    assert checked_prompts(stage)[-1] == "a red fox --ar 3:2"


async def test_a_refused_prompt(stage: Stage) -> None:
    """A refused prompt is answered with the API's reason."""
    answer = await check_answer(stage, "a fox in a bloodbath, much gore")
    assert answer.startswith("❌ ImaginePro does not allow this prompt: Banned words: bloodbath, gore. ")
    assert answer.endswith("\n> a fox in a bloodbath, much gore")


async def test_the_same_prompt_is_checked_once(stage: Stage) -> None:
    """The same prompt is checked once: the second answer comes from the cache, to save a request."""
    first = await check_answer(stage, "a fox twice")
    assert await check_answer(stage, "a fox  twice") == first
    assert checked_prompts(stage).count("a fox twice") == 1


@pytest.mark.parametrize(
    ("scenario", "sentence"),
    [
        ("html-500", "ImaginePro has a problem of its own"),
        ("down", "ImaginePro cannot be reached right now"),
        ("key-refused", "ImaginePro refused the bot's API key"),
    ],
)
async def test_a_check_that_fails(stage: Stage, scenario: str, sentence: str) -> None:
    """A failed check says why and is not cached."""
    stage.api.faults.choose(scenario, None, on="tool")
    prompt = f"a fox despite {scenario}"
    answer = await check_answer(stage, prompt)
    assert answer.startswith("❔ **Not checked.**")
    assert sentence in answer
    stage.settle_down()
    assert (await check_answer(stage, prompt)).startswith("✅")


@pytest.mark.parametrize(
    ("prompt", "sentence"),
    [
        ("a fox --stylise 5", "Did you mean `--stylize`?"),
        ("a {red, blue} fox", "Braces make several paid pictures"),
        ("   ", "Describe the picture"),
        ("x" * 6000, "2048 is the most"),
    ],
)
async def test_an_invalid_prompt_is_not_checked(stage: Stage, prompt: str, sentence: str) -> None:
    """A prompt that the bot would refuse is answered without an API request."""
    before = checked_prompts(stage)
    assert sentence in await check_answer(stage, prompt)
    assert checked_prompts(stage) == before


@pytest.mark.parametrize("prompt", ["# @everyone **gore** <@1100000000000000104>", "gore " + "*_" * 1000])
async def test_the_answer_is_escaped(stage: Stage, prompt: str) -> None:
    """Prompt and reason are escaped and fit Discord's message limit."""
    answer = await check_answer(stage, prompt)
    assert "❌" in answer
    assert len(answer) <= 2000
    quote = answer.rpartition("\n> ")[2]
    assert read(quote).active == ()


async def test_the_preflight_check_uses_the_same_cache(stage: Stage) -> None:
    """/check and the check before a job share one cache."""
    assert isinstance(stage.bot.services.prompt_checks, PromptChecks)
    await check_answer(stage, "a fox before its flight")
    await stage.bot.services.prompt_checks.preflight("a fox before its flight")
    assert checked_prompts(stage).count("a fox before its flight") == 1
