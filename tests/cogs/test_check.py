"""/check: a private yes, no or don't know, that costs nothing."""

import pytest

from bot.services.prompt.tools import PromptChecks
from playground.discord_server import texts
from tests.bot.ui.markdown_reader import read
from tests.support.stage import Stage, is_private

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def answered(stage: Stage, prompt: str) -> str:
    """What Mia reads; nobody else sees it, and no job came of it."""
    jobs, credits_left = len(stage.api.jobs), stage.api.credits
    outcome = await stage.mia.slash(stage.channel, "check", prompt=prompt)
    assert outcome.error is None
    message = await outcome.wait_for(is_private)
    assert outcome.messages == [message]
    assert (len(stage.api.jobs), stage.api.credits) == (jobs, credits_left)
    return texts(message)


def asked(stage: Stage) -> list[str]:
    """The prompts that the API was asked about."""
    return [entry.body["prompt"] for entry in stage.api.request_log if entry.path.endswith("/prompt-check")]


async def test_an_allowed_prompt(stage: Stage) -> None:
    """Yes, with the prompt as it would be sent."""
    said = await answered(stage, "a red fox —ar 3:2")
    assert said.startswith("✅ **Allowed.**")
    assert "> a red fox --ar 3:2" in said
    assert asked(stage)[-1] == "a red fox --ar 3:2"


async def test_a_refused_prompt(stage: Stage) -> None:
    """No, with the API's reason."""
    said = await answered(stage, "a fox in a bloodbath, much gore")
    assert said.startswith("❌ ImaginePro does not allow this prompt: Banned words: bloodbath, gore. ")
    assert said.endswith("\n> a fox in a bloodbath, much gore")


async def test_the_same_prompt_is_not_asked_about_again(stage: Stage) -> None:
    """The second answer comes from memory: a check takes a turn that a job could have."""
    first = await answered(stage, "a fox twice")
    assert await answered(stage, "a fox  twice") == first
    assert asked(stage).count("a fox twice") == 1


@pytest.mark.parametrize(
    ("scenario", "sentence"),
    [
        ("html-500", "ImaginePro has a problem of its own"),
        ("down", "ImaginePro cannot be reached right now"),
        ("key-refused", "ImaginePro refused the bot's API key"),
    ],
)
async def test_a_check_that_can_not_be_done(stage: Stage, scenario: str, sentence: str) -> None:
    """Neither yes nor no, and why; the next try asks again."""
    stage.api.faults.choose(scenario, None, on="tool")
    prompt = f"a fox despite {scenario}"
    said = await answered(stage, prompt)
    assert said.startswith("❔ **Not checked.**")
    assert sentence in said
    stage.settle_down()
    assert (await answered(stage, prompt)).startswith("✅")


@pytest.mark.parametrize(
    ("prompt", "sentence"),
    [
        ("a fox --stylise 5", "Did you mean `--stylize`?"),
        ("a {red, blue} fox", "Braces make several paid pictures"),
        ("   ", "Describe the picture"),
        ("x" * 6000, "2048 is the most"),
    ],
)
async def test_a_prompt_that_is_wrong_already(stage: Stage, prompt: str, sentence: str) -> None:
    """What the bot itself would refuse is told at once; the API is not asked."""
    before = asked(stage)
    assert sentence in await answered(stage, prompt)
    assert asked(stage) == before


@pytest.mark.parametrize("prompt", ["# @everyone **gore** <@1100000000000000104>", "gore " + "*_" * 1000])
async def test_nothing_in_the_answer_acts(stage: Stage, prompt: str) -> None:
    """The prompt and the reason are shown letter for letter, within Discord's limit."""
    said = await answered(stage, prompt)
    assert "❌" in said
    assert len(said) <= 2000
    quote = said.rpartition("\n> ")[2]
    assert read(quote).active == ()


async def test_a_checked_prompt_is_known_to_the_preflight(stage: Stage) -> None:
    """/check and the check before a job share what they know."""
    assert isinstance(stage.bot.services.prompt_checks, PromptChecks)
    await answered(stage, "a fox before its flight")
    await stage.bot.services.prompt_checks.preflight("a fox before its flight")
    assert asked(stage).count("a fox before its flight") == 1
