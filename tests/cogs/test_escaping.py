"""Prompts with mentions, links and markdown are escaped wherever they are shown."""

import re

import pytest

from playground.discord_server import Outcome, texts
from tests.bot.ui.markdown_reader import read
from tests.support.forms import filled, prefilled
from tests.support.stage import Message, Stage, ended, is_private

pytestmark = pytest.mark.asyncio(loop_scope="module")

MARKDOWN = "@everyone @here <@1100000000000000104> [x](http://y.example) ||z|| `c` **b** :fox: \u200b# h > q <#1> \\*"
FLAG = "\U0001f3f3\ufe0f\u200d\U0001f308"
LONG_PROMPT = MARKDOWN + " " + FLAG * 400
"""Nearly the longest prompt; any cut falls into an emoji of several code points."""

_BLOCK = re.compile(r"```.*?```", re.DOTALL)
_MARKDOWN_EFFECTS = re.compile(r"y\.example|104>|everyone|here|:fox:|<#1>|\|\||\]\(http:")


def assert_escaped(message: Message) -> None:
    """Check that the message pings no one and that no part of the prompt acts as markdown."""
    assert message["mention_everyone"] is False
    assert message["mentions"] == []
    # Text to copy is in code blocks, in which markdown has no effect.
    acting = " ".join(read(_BLOCK.sub("", texts(message))).active)
    assert not _MARKDOWN_EFFECTS.search(acting), acting


async def final_reply(outcome: Outcome) -> Message:
    """The command's final reply."""
    assert outcome.error is None
    return await outcome.wait_for(lambda message: bool(texts(message)) and ended(message))


@pytest.mark.parametrize("words", [MARKDOWN, LONG_PROMPT], ids=["odd", "long"])
@pytest.mark.parametrize("command", ["imagine", "flux", "zimage", "enhance", "check"])
async def test_commands_show_prompts_escaped(stage: Stage, command: str, words: str) -> None:
    """Each command's reply shows the prompt escaped."""
    outcome = await stage.mia.slash(stage.channel, command, prompt=words)
    assert_escaped(await final_reply(outcome))


@pytest.mark.parametrize("words", [MARKDOWN, LONG_PROMPT], ids=["odd", "long"])
async def test_history_and_details_show_prompts_escaped(stage: Stage, words: str) -> None:
    """History, autocomplete, job details and /job show the prompt escaped; the Remix modal holds it in full."""
    done = await final_reply(await stage.mia.slash(stage.channel, "imagine", prompt=words))
    suggested = await stage.mia.autocomplete(stage.channel, "job", "id", "")
    assert all(len(choice["name"]) <= 100 for choice in suggested)
    assert_escaped(await final_reply(await stage.mia.slash(stage.channel, "history")))
    assert_escaped(await final_reply(await stage.mia.slash(stage.channel, "history", search=words[:50])))
    assert_escaped(await final_reply(await stage.mia.slash(stage.channel, "job", id=suggested[0]["value"])))
    assert_escaped(await final_reply(await stage.mia.context(done, "Job details")))
    modal = (await stage.mia.context(done, "Remix")).modal
    assert modal is not None
    assert len(prefilled(modal, "Prompt")) > 80
    refused = await stage.mia.submit(modal, filled(modal, prompt=words[:1900] + " --chaos 900"))
    assert_escaped(await refused.wait_for(is_private))
