"""/describe as a member lives through it: a picture in, four prompts out, each one press from a picture."""

import asyncio
import io
from typing import Any

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from playground.discord_server import Upload, media, texts
from playground.discord_server.channels import EPHEMERAL
from playground.discord_server.driver import Modal
from playground.imaginepro.gallery import WORDS
from tests.bot.ui.markdown_reader import read
from tests.cogs.described import described, describing
from tests.support.stage import Message, Stage, ended, is_private, labels, labels_in_rows, picture

pytestmark = pytest.mark.asyncio(loop_scope="module")

ODD = "**bold** @everyone [a link](https://a.example) `code` <@1100000000000000104> # :fox: ||hidden||"


def captioned(words: str) -> bytes:
    """A picture of which the simulated API finds these words to say."""
    notes, target = PngInfo(), io.BytesIO()
    notes.add_itxt(WORDS, words)
    Image.new("RGB", (64, 48), "red").save(target, "PNG", pnginfo=notes)
    return target.getvalue()


def asked(stage: Stage) -> list[str]:
    """The addresses of all pictures that the API was asked to describe, oldest first."""
    return [job.submitted["url"] for job in stage.api.jobs.values() if job.kind == "describe"]


def prompts_in(message: Message) -> list[str]:
    """The lines of prompts, without their numbers."""
    lines = [line for line in texts(message).splitlines() if line.startswith("**")][1:]
    assert [line[:6] for line in lines] == [f"**{number}** " for number in range(1, len(lines) + 1)]
    return [line[6:] for line in lines]


def box(form: Modal) -> dict[str, Any]:
    """The text input of a form that has one."""
    [label] = form.components
    return label["component"]


async def test_picture_becomes_four_prompts(stage: Stage) -> None:
    """The reply shows the picture, described by the first prompt, the numbered prompts and a button for each."""
    outcome = await describing(stage)
    assert outcome.message is not None
    assert "**Describe**" in texts(outcome.message)
    assert "may cost credits" in texts(outcome.message)
    [given] = media(outcome.message)
    done = await outcome.wait_for(ended)
    assert asked(stage)[-1] == given["url"]
    prompts = prompts_in(done)
    assert len(prompts) == 4
    assert all("blue" in prompt for prompt in prompts)
    [shown] = media(done)
    assert shown["description"].startswith("Described as: an abstract composition")
    assert labels_in_rows(done) == [["1", "2", "3", "4", "🔄"], ["Imagine all"]]
    assert not done["flags"] & EPHEMERAL


async def test_picture_by_address(stage: Stage) -> None:
    """An address does as well as a file, and the API gets it as it was typed."""
    address = stage.discord.core.files.keep("shared", Upload("fox.png", picture("green")))["url"]
    assert "green" in texts(await described(stage, image_url=f"<{address}>"))
    assert asked(stage)[-1] == address


async def test_prompts_are_shown_letter_for_letter(stage: Stage) -> None:
    """Whatever the API finds in a picture pings nobody and does nothing."""
    done = await described(stage, image=Upload("odd.png", captioned(ODD)))
    assert done["mentions"] == []
    assert done["mention_everyone"] is False
    for prompt in prompts_in(done):
        reading = read(prompt)
        assert reading.active == ()
        assert "**bold**" in reading.shown


async def test_long_prompts_are_shortened_to_what_discord_takes(stage: Stage) -> None:
    """Four prompts of thousands of signs share the room of one message; the form still holds all that a prompt may."""
    done = await described(stage, image=Upload("long.png", captioned("a *fox* and " * 500)))
    assert len(texts(done)) <= 4000
    assert all(prompt.endswith("…") and len(prompt) > 500 for prompt in prompts_in(done)[:1])
    outcome = await stage.mia.press(done, label="1")
    assert outcome.modal is not None
    assert len(box(outcome.modal)["value"]) == box(outcome.modal)["max_length"] == 2048


async def test_form_holds_the_plain_prompt(stage: Stage) -> None:
    """Nothing is escaped where text is edited; the form is named after its button."""
    done = await described(stage, "a *fox* _and_ `code` --ar 3:2", ODD)
    outcome = await stage.mia.press(done, label="1")
    assert outcome.modal is not None
    assert outcome.modal.title == "Imagine prompt 1"
    assert box(outcome.modal)["value"] == "a *fox* _and_ `code` --ar 3:2"
    second = await stage.max.press(done, label="2")
    assert second.modal is not None
    assert box(second.modal)["value"] == ODD


async def test_sent_form_starts_a_public_job_of_whoever_sent_it(stage: Stage) -> None:
    """Two members have the form open at once; each gets a picture of what they typed, for all to see."""
    done = await described(stage)
    forms = [(await member.press(done, label="3")).modal for member in (stage.mia, stage.max)]
    for member, form in zip((stage.mia, stage.max), forms, strict=True):
        assert form is not None
        outcome = await member.submit(
            form, {box(form)["custom_id"]: f"a fox as {member.user['username']} sees it --ar 3:2"}
        )
        made = await outcome.wait_for(lambda message: media(message) and ended(message))
        assert f"**a fox as {member.user['username']} sees it** \\--ar 3:2" in texts(made)
        assert f"<@{member.id}> · fast" in texts(made)
        assert not made["flags"] & EPHEMERAL
        assert made["id"] != done["id"]
    assert len(stage.submissions("sees it")) == 2


async def test_unchanged_form_sends_the_prompt(stage: Stage) -> None:
    """Just sent off, the prompt is imagined as it was found."""
    done = await described(stage, "a fox found in a picture --ar 2:3")
    form = (await stage.mia.press(done, label="1")).modal
    assert form is not None
    await (await stage.mia.submit(form, {})).wait_for(lambda message: media(message) and ended(message))
    [job] = stage.submissions("found in a picture")
    assert job.submitted["prompt"] == "a fox found in a picture --ar 2:3"


async def test_mistake_in_the_form_costs_neither_credits_nor_text(stage: Stage) -> None:
    """The sentence comes privately with all that was typed; the button offers the first text again."""
    done = await described(stage, "a fox to be changed")
    form = (await stage.mia.press(done, label="1")).modal
    assert form is not None
    typed = "a *much* longer story " * 90 + "about a fox --stylise 5"
    before = stage.posts()
    outcome = await stage.mia.submit(form, {box(form)["custom_id"]: typed})
    told = await outcome.wait_for(is_private)
    assert "There is no flag `--stylise`. Did you mean `--stylize`?" in texts(told)
    assert read(texts(told).partition("\n> ")[2]).shown == typed
    assert outcome.messages == [told]
    assert stage.posts() == before
    again = (await stage.mia.press(done, label="1")).modal
    assert again is not None
    assert box(again)["value"] == "a fox to be changed"


async def test_same_picture_is_described_again(stage: Stage) -> None:
    """🔄 is a new job about the same address, for anyone; a double click is one."""
    first = await described(stage)
    outcomes = await asyncio.gather(stage.max.press(first, label="🔄"), stage.max.press(first, label="🔄"))
    new, told = sorted(outcomes, key=lambda outcome: (outcome.message or {})["flags"] & EPHEMERAL)
    assert "was started already" in await stage.private_reply(told)
    second = await new.wait_for(ended)
    assert second["id"] != first["id"]
    assert len(prompts_in(second)) == 4
    assert f"<@{stage.max.id}> · once more for [this picture](" in texts(second)
    one, other = asked(stage)[-2:]
    assert one == other


async def test_refused_repetition_is_not_taken_for_an_old_button(stage: Stage) -> None:
    """Describing again asks nothing of the first job, so the API's own reason is told."""
    first = await described(stage)
    stage.api.control.choose("bad-request")
    refused = await stage.pressed(first, "🔄")
    assert "Request is malformed" in texts(refused)
    assert "no longer takes this button" not in texts(refused)


async def test_reply_shows_the_picture_when_the_api_does_not_send_it_back(stage: Stage) -> None:
    """The prompts are what was asked for; without a copy of the picture they stand under the given one."""
    stage.api.control.choose("picture-gone")
    done = await described(stage)
    assert len(prompts_in(done)) == 4
    assert [each["url"] for each in media(done)] == asked(stage)[-1:]


FAILURES = {
    "key-refused": "ImaginePro refused the bot's API key. Whoever runs this bot must check it.",
    "credits-used-up": "ImaginePro's credits are used up.",
    "fails-at-60": "ImaginePro could not describe this picture: Sorry! Something went wrong",
    "done-without-texts": "ImaginePro says this job is done, but sent no",
    "small-fail": "Request cancelled due to image filters",
}


@pytest.mark.parametrize("scenario", FAILURES)
async def test_failure_ends_in_a_sentence(stage: Stage, scenario: str) -> None:
    """One sentence on the reply and Retry, which describes the same picture."""
    stage.set_speed(2000)
    stage.api.control.choose(scenario)
    failed = await described(stage)
    assert FAILURES[scenario] in texts(failed)
    assert labels(failed) == ["Retry"]
    stage.settle_down()
    assert len(prompts_in(await stage.pressed(failed, "Retry"))) == 4
