"""Words that would ping, link or format, as long as a prompt may be, wherever members' words are shown."""

import re

import pytest

from playground.discord_server import Outcome, texts
from tests.bot.ui.markdown_reader import read
from tests.support.forms import filled, prefilled
from tests.support.stage import Message, Stage, ended, is_private

pytestmark = pytest.mark.asyncio(loop_scope="module")

ODD = "@everyone @here <@1100000000000000104> [x](http://y.example) ||z|| `c` **b** :fox: \u200b# h > q <#1> \\*"
FLAG = "\U0001f3f3\ufe0f\u200d\U0001f308"
LONG = ODD + " " + FLAG * 400
"""About as long as a prompt may be; any cut falls into a flag of several characters."""

_BLOCK = re.compile(r"```.*?```", re.DOTALL)
_ACTING = re.compile(r"y\.example|104>|everyone|here|:fox:|<#1>|\|\||\]\(http:")


def harmless(message: Message) -> None:
    """Check that the message pings nobody, and that nothing of these words acts in it."""
    assert message["mention_everyone"] is False
    assert message["mentions"] == []
    # What is there to be copied stands in blocks, where nothing acts.
    acting = " ".join(read(_BLOCK.sub("", texts(message))).active)
    assert not _ACTING.search(acting), acting


async def answer(outcome: Outcome) -> Message:
    """What the command ended in."""
    assert outcome.error is None
    return await outcome.wait_for(lambda message: bool(texts(message)) and ended(message))


@pytest.mark.parametrize("words", [ODD, LONG], ids=["odd", "long"])
@pytest.mark.parametrize("command", ["imagine", "flux", "zimage", "enhance", "check"])
async def test_commands(stage: Stage, command: str, words: str) -> None:
    """The reply, from the first frame to the last."""
    outcome = await stage.mia.slash(stage.channel, command, prompt=words)
    harmless(await answer(outcome))


@pytest.mark.parametrize("words", [ODD, LONG], ids=["odd", "long"])
async def test_looking_back(stage: Stage, words: str) -> None:
    """Lists, suggestions, details, the job shown again, and the form that holds every sign of it."""
    done = await answer(await stage.mia.slash(stage.channel, "imagine", prompt=words))
    suggested = await stage.mia.autocomplete(stage.channel, "job", "id", "")
    assert all(len(choice["name"]) <= 100 for choice in suggested)
    harmless(await answer(await stage.mia.slash(stage.channel, "history")))
    harmless(await answer(await stage.mia.slash(stage.channel, "history", search=words[:50])))
    harmless(await answer(await stage.mia.slash(stage.channel, "job", id=suggested[0]["value"])))
    harmless(await answer(await stage.mia.context(done, "Job details")))
    modal = (await stage.mia.context(done, "Remix")).modal
    assert modal is not None
    assert len(prefilled(modal, "Prompt")) > 80
    refused = await stage.mia.submit(modal, filled(modal, prompt=words[:1900] + " --chaos 900"))
    harmless(await refused.wait_for(is_private))
