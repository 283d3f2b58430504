"""/enhance expands a prompt, which can then be made into a picture."""

import pytest

from playground.discord_server import media, texts
from tests.support.forms import filled, prefilled
from tests.support.stage import Stage, ended, is_private

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_prompt_is_expanded_and_generated(stage: Stage) -> None:
    """The expanded prompt is private; its button opens a modal that starts a job."""
    outcome = await stage.mia.slash(stage.channel, "enhance", prompt="a fox on a chair --ar 3:2")
    shown = await outcome.wait_for(lambda message: is_private(message) and "soft directional light" in texts(message))
    before = stage.posts()
    opened = await stage.mia.press(shown, label="Imagine")
    assert opened.modal is not None
    written = prefilled(opened.modal, "Prompt")
    assert written.startswith("a fox on a chair")
    assert written.endswith("--ar 3:2")
    assert stage.posts() == before
    done = await (await stage.mia.submit(opened.modal, filled(opened.modal, prompt=written))).wait_for(ended)
    assert media(done)
    [job] = stage.submissions("a fox on a chair")
    assert job.prompt == written


async def test_mistake_in_the_modal(stage: Stage) -> None:
    """A mistake in the changed prompt is explained privately, and the button still works."""
    outcome = await stage.mia.slash(stage.channel, "enhance", prompt="a fox to be changed")
    shown = await outcome.wait_for(lambda message: is_private(message) and "soft" in texts(message))
    opened = await stage.mia.press(shown, label="Imagine")
    assert opened.modal is not None
    refused = await stage.mia.submit(opened.modal, filled(opened.modal, prompt="a fox --chaos 900"))
    assert "chaos" in await stage.private_reply(refused)
    assert (await stage.mia.press(shown, label="Imagine")).modal is not None


async def test_nothing_visible_in_the_modal(stage: Stage) -> None:
    """A form of invisible characters is refused without an empty quotation of them."""
    outcome = await stage.mia.slash(stage.channel, "enhance", prompt="a fox to be removed")
    shown = await outcome.wait_for(lambda message: is_private(message) and "soft" in texts(message))
    opened = await stage.mia.press(shown, label="Imagine")
    assert opened.modal is not None
    refused = await stage.mia.submit(opened.modal, filled(opened.modal, prompt="\u200b"))
    assert ">" not in await stage.private_reply(refused)


async def test_a_prompt_that_doubles_when_escaped(stage: Stage) -> None:
    """A prompt that doubles in length by escaping is cut in the message; the modal holds the whole prompt."""
    outcome = await stage.mia.slash(stage.channel, "enhance", prompt="a fox " + "*_" * 1000)
    shown = await outcome.wait_for(lambda message: is_private(message) and "Free." in texts(message))
    assert "…" in texts(shown)
    opened = await stage.mia.press(shown, label="Imagine")
    assert opened.modal is not None
    assert prefilled(opened.modal, "Prompt").startswith("a fox " + "*_" * 1000)


async def test_flags_without_a_prompt(stage: Stage) -> None:
    """A prompt of flags alone is refused without an API request."""
    before = stage.posts()
    text = await stage.private_reply(await stage.mia.slash(stage.channel, "enhance", prompt="--ar 3:2"))
    assert "Describe the picture" in text
    assert stage.posts() == before


async def test_an_api_failure(stage: Stage) -> None:
    """An API failure is explained to the member alone."""
    stage.api.faults.choose("html-500", times=9, on="tool")
    text = await stage.private_reply(
        await stage.mia.slash(stage.channel, "enhance", prompt="a fox nobody writes about")
    )
    assert "ImaginePro" in text
