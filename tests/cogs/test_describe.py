"""/describe turns a picture into four prompts, each with a button that makes a picture."""

import asyncio
import io
from typing import Any

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from playground.discord_server import Upload, media, texts
from playground.discord_server.members.driver import Modal
from playground.discord_server.state.channels import EPHEMERAL
from playground.imaginepro.pictures.crafts.product import PROMPT_CHUNK
from tests.bot.ui.markdown_reader import read
from tests.cogs.described import finished_description, use_describe
from tests.support.stage import Message, Stage, ended, is_private, labels, labels_in_rows, picture

pytestmark = pytest.mark.asyncio(loop_scope="module")

MARKDOWN = "**bold** @everyone [a link](https://a.example) `code` <@1100000000000000104> # :fox: ||hidden||"


def picture_described_as(words: str) -> bytes:
    """A picture that the simulated API describes with these words."""
    notes, target = PngInfo(), io.BytesIO()
    notes.add_itxt(PROMPT_CHUNK, words)
    Image.new("RGB", (64, 48), "red").save(target, "PNG", pnginfo=notes)
    return target.getvalue()


def described_urls(stage: Stage) -> list[str]:
    """The addresses in all describe requests, oldest first."""
    return [job.submitted["url"] for job in stage.api.jobs.values() if job.kind == "describe"]


def prompts_in(message: Message) -> list[str]:
    """The prompts in a reply, without their numbers."""
    lines = [line for line in texts(message).splitlines() if line.startswith("**")][1:]
    assert [line[:6] for line in lines] == [f"**{number}** " for number in range(1, len(lines) + 1)]
    return [line[6:] for line in lines]


def text_input(form: Modal) -> dict[str, Any]:
    """The text input of a modal with one field."""
    [label] = form.components
    return label["component"]


async def test_picture_becomes_four_prompts(stage: Stage) -> None:
    """The reply shows the picture with alt text, four numbered prompts and a button for each."""
    outcome = await use_describe(stage)
    running = await outcome.wait_for(texts)
    assert "**Describe**" in texts(running)
    assert "may cost credits" in texts(running)
    [given] = media(running)
    done = await outcome.wait_for(ended)
    assert described_urls(stage)[-1] == given["url"]
    prompts = prompts_in(done)
    assert len(prompts) == 4
    assert all("blue" in prompt for prompt in prompts)
    [shown] = media(done)
    assert shown["description"].startswith("Described as: an abstract composition")
    assert labels_in_rows(done) == [["1", "2", "3", "4", "🔄"], ["Imagine all"]]
    assert not done["flags"] & EPHEMERAL


async def test_prompts_without_a_status(stage: Stage) -> None:
    """At 100 percent the prompts alone are the end of the job."""
    stage.api.faults.choose("texts-without-status")
    done = await (await use_describe(stage)).wait_for(ended)
    assert len(prompts_in(done)) == 4


async def test_picture_by_url(stage: Stage) -> None:
    """An address works like a file, and the API gets it as typed."""
    address = stage.discord.core.files.keep("shared", Upload("fox.png", picture("green")))["url"]
    assert "green" in texts(await finished_description(stage, image_url=f"<{address}>"))
    assert described_urls(stage)[-1] == address


async def test_prompts_are_escaped(stage: Stage) -> None:
    """Prompts from the API are escaped and ping no one."""
    done = await finished_description(stage, image=Upload("odd.png", picture_described_as(MARKDOWN)))
    assert done["mentions"] == []
    assert done["mention_everyone"] is False
    for prompt in prompts_in(done):
        reading = read(prompt)
        assert reading.active == ()
        assert "**bold**" in reading.shown


async def test_long_prompts_are_shortened(stage: Stage) -> None:
    """Four long prompts are shortened to fit one message; the modal holds the prompt up to the prompt limit."""
    done = await finished_description(stage, image=Upload("long.png", picture_described_as("a *fox* and " * 500)))
    assert len(texts(done)) <= 4000
    assert all(prompt.endswith("…") and len(prompt) > 500 for prompt in prompts_in(done)[:1])
    outcome = await stage.mia.press(done, label="1")
    assert outcome.modal is not None
    assert 2000 < len(text_input(outcome.modal)["value"]) <= text_input(outcome.modal)["max_length"] == 2048


async def test_modal_holds_the_unescaped_prompt(stage: Stage) -> None:
    """The modal holds the unescaped prompt and is named after its button."""
    done = await finished_description(stage, "a *fox* _and_ `code` --ar 3:2", MARKDOWN)
    outcome = await stage.mia.press(done, label="1")
    assert outcome.modal is not None
    assert outcome.modal.title == "Imagine prompt 1"
    assert text_input(outcome.modal)["value"] == "a *fox* _and_ `code` --ar 3:2"
    second = await stage.max.press(done, label="2")
    assert second.modal is not None
    assert text_input(second.modal)["value"] == MARKDOWN


async def test_description_is_never_read_as_flags(stage: Stage) -> None:
    """What looks like flags in a description is words in the modal, and an unchanged modal sends them."""
    done = await finished_description(stage, "a torn fox —raw emotion, cat::2, {red} --turbo --ar 3:2")
    form = (await stage.mia.press(done, label="1")).modal
    assert form is not None
    assert text_input(form)["value"] == "a torn fox, raw emotion, cat:2, (red), turbo --ar 3:2"
    await (await stage.mia.submit(form, {})).wait_for(lambda message: media(message) and ended(message))
    [job] = stage.submissions("a torn fox")
    assert job.submitted["prompt"] == "a torn fox, raw emotion, cat:2, (red), turbo --ar 3:2"


async def test_submitted_modal_starts_a_public_job_of_its_member(stage: Stage) -> None:
    """Two members submit the modal, and each gets a public picture of their own prompt."""
    done = await finished_description(stage)
    forms = [(await member.press(done, label="3")).modal for member in (stage.mia, stage.max)]
    for member, form in zip((stage.mia, stage.max), forms, strict=True):
        assert form is not None
        outcome = await member.submit(
            form, {text_input(form)["custom_id"]: f"a fox as {member.user['username']} sees it --ar 3:2"}
        )
        made = await outcome.wait_for(lambda message: media(message) and ended(message))
        assert f"**a fox as {member.user['username']} sees it** \\--ar 3:2" in texts(made)
        assert f"<@{member.id}> · fast" in texts(made)
        assert not made["flags"] & EPHEMERAL
        assert made["id"] != done["id"]
    assert len(stage.submissions("sees it")) == 2


async def test_unchanged_modal_sends_the_prompt(stage: Stage) -> None:
    """An unchanged modal sends the prompt as it was found."""
    done = await finished_description(stage, "a fox found in a picture --ar 2:3")
    form = (await stage.mia.press(done, label="1")).modal
    assert form is not None
    await (await stage.mia.submit(form, {})).wait_for(lambda message: media(message) and ended(message))
    [job] = stage.submissions("found in a picture")
    assert job.submitted["prompt"] == "a fox found in a picture --ar 2:3"


async def test_mistake_in_the_modal_keeps_the_typed_text(stage: Stage) -> None:
    """A mistake in the modal is explained privately with the typed text; the button opens with the original prompt."""
    done = await finished_description(stage, "a fox to be changed")
    form = (await stage.mia.press(done, label="1")).modal
    assert form is not None
    typed = "a *much* longer story " * 90 + "about a fox --stylise 5"
    before = stage.posts()
    outcome = await stage.mia.submit(form, {text_input(form)["custom_id"]: typed})
    answer = await outcome.wait_for(is_private)
    assert "There is no flag `--stylise`. Did you mean `--stylize`?" in texts(answer)
    assert read(texts(answer).partition("\n> ")[2]).shown == typed
    assert outcome.messages == [answer]
    assert stage.posts() == before
    again = (await stage.mia.press(done, label="1")).modal
    assert again is not None
    assert text_input(again)["value"] == "a fox to be changed"


async def test_same_picture_is_described_again(stage: Stage) -> None:
    """🔄 describes the same address again for any member; a double click starts one job."""
    first = await finished_description(stage)
    outcomes = await asyncio.gather(stage.max.press(first, label="🔄"), stage.max.press(first, label="🔄"))
    new, answer = sorted(outcomes, key=lambda outcome: (outcome.message or {})["flags"] & EPHEMERAL)
    assert "was started already" in await stage.private_reply(answer)
    second = await new.wait_for(ended)
    assert second["id"] != first["id"]
    assert len(prompts_in(second)) == 4
    assert f"<@{stage.max.id}> · once more for [this picture](" in texts(second)
    one, other = described_urls(stage)[-2:]
    assert one == other


async def test_refused_repetition_shows_the_api_reason(stage: Stage) -> None:
    """A refused 🔄 shows the API's reason, not that the button is too old."""
    first = await finished_description(stage)
    stage.api.faults.choose("bad-request")
    refused = await stage.pressed(first, "🔄")
    assert "Request is malformed" in texts(refused)
    assert "no longer takes this button" not in texts(refused)


async def test_reply_shows_the_given_picture_without_a_copy(stage: Stage) -> None:
    """When the API's copy of the picture is missing, the reply has the member's picture as a file of its own."""
    stage.api.faults.choose("picture-gone")
    done = await finished_description(stage)
    assert len(prompts_in(done)) == 4
    [shown] = media(done)
    assert "/input-1.png?" in shown["url"]


FAILURES = {
    "key-refused": "ImaginePro refused the bot's API key. Whoever runs this bot must check it.",
    "credits-used-up": "ImaginePro's credits are used up.",
    "fails-at-60": "ImaginePro could not describe this picture: Sorry! Something went wrong",
    "done-without-texts": "ImaginePro says this job is done, but sent no",
    "small-fail": "Request cancelled due to image filters",
}


@pytest.mark.parametrize("scenario", FAILURES)
async def test_failure_is_explained(stage: Stage, scenario: str) -> None:
    """A failure shows one sentence and Retry, which describes the same picture."""
    stage.set_speed(2000)
    stage.api.faults.choose(scenario)
    failed = await finished_description(stage)
    assert FAILURES[scenario] in texts(failed)
    assert labels(failed) == ["Retry"]
    stage.settle_down()
    assert len(prompts_in(await stage.pressed(failed, "Retry"))) == 4
