"""Remix, Use as image prompt, and buttons that open a modal for a prompt."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from playground.discord_server import Member, Upload, media, texts
from playground.discord_server.members.driver import Modal, Outcome
from tests.support.forms import fields, filled, prefilled
from tests.support.stage import Message, Stage, ended, is_private, picture

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared_stage(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    """A bot whose account is in remix mode."""
    async with Stage(tmp_path_factory.mktemp("bot"), imaginepro_remix=True) as stage:
        yield stage


def modal_of(outcome: Outcome) -> Modal:
    """The opened modal."""
    assert outcome.modal is not None, outcome.message
    return outcome.modal


async def submit_modal(stage: Stage, modal: Modal, member: Member | None = None, **values: str) -> Message:
    """The finished reply after Mia, or `member`, submits the modal with these values."""
    return await (await (member or stage.mia).submit(modal, filled(modal, **values))).wait_for(ended)


async def test_remix_starts_from_the_prompt(stage: Stage) -> None:
    """Remix works for any member: the modal holds prompt and flags, and submitting it starts a new job."""
    done = await stage.finished("a fox to remix --ar 3:2")
    modal = modal_of(await stage.max.context(done, "Remix"))
    assert prefilled(modal, "Prompt") == "a fox to remix --ar 3:2"
    result = await submit_modal(stage, modal, stage.max, prompt="an owl instead of it --ar 3:2")
    assert media(result)
    [job] = stage.submissions("an owl instead of it")
    assert (job.kind, job.prompt) == ("imagine", "an owl instead of it --ar 3:2")


async def test_a_message_without_a_job_can_t_be_remixed(stage: Stage) -> None:
    """Remix on a message without a job gives a sentence and no modal."""
    message = stage.max.send(stage.channel, "just words")
    outcome = await stage.mia.context(message, "Remix")
    assert "Only pictures of this bot" in await stage.private_reply(outcome)
    assert outcome.modal is None


async def test_any_picture_becomes_an_image_prompt(stage: Stage) -> None:
    """A message's first picture becomes the image prompt before the words from the modal."""
    message = stage.max.send(stage.channel, "look", Upload("owl.png", picture("green")))
    modal = modal_of(await stage.mia.context(message, "Use as image prompt"))
    assert prefilled(modal, "Prompt") == ""
    assert media(await submit_modal(stage, modal, prompt="a fox like this one --iw 2"))
    [job] = stage.submissions("a fox like this one")
    assert job.prompt.startswith("http")
    assert job.prompt.endswith("a fox like this one --iw 2")


async def test_a_result_becomes_an_image_prompt(stage: Stage) -> None:
    """A picture of the bot, shown in a gallery, works as an image prompt."""
    done = await stage.finished("a fox to start from")
    modal = modal_of(await stage.mia.context(done, "Use as image prompt"))
    assert media(await submit_modal(stage, modal, prompt="a castle that looks so"))


async def test_a_message_without_a_picture(stage: Stage) -> None:
    """Use as image prompt on a message without a picture gives a sentence."""
    outcome = await stage.mia.context(stage.max.send(stage.channel, "no picture"), "Use as image prompt")
    assert "shows no picture" in await stage.private_reply(outcome)


async def test_a_mistake_in_the_prompt_starts_no_job(stage: Stage) -> None:
    """A mistake in the prompt is explained privately, and no job starts."""
    message = stage.max.send(stage.channel, "look", Upload("owl.png", picture("green")))
    modal = modal_of(await stage.mia.context(message, "Use as image prompt"))
    before = stage.posts()
    answer = await stage.private_reply(await stage.mia.submit(modal, filled(modal, prompt="a fox --chaos 900")))
    assert "chaos" in answer
    assert answer.endswith("\n> a fox --chaos 900")
    assert stage.posts() == before


@pytest.mark.parametrize("label", ["V2", "🔄"])
async def test_buttons_open_a_modal(stage: Stage, label: str) -> None:
    """In remix mode V1-V4 and 🔄 open a modal, and a changed prompt is sent with the button."""
    grid = await stage.finished(f"a fox before {label}")
    modal = modal_of(await stage.mia.press(grid, label=label))
    assert prefilled(modal, "Prompt") == f"a fox before {label}"
    result = await submit_modal(stage, modal, prompt=f"an owl after {label}")
    assert f"an owl after {label}" in texts(result)
    [job] = [job for job in stage.api.jobs.values() if job.button == label and "owl" in job.prompt]
    assert job.submitted["prompt"] == f"an owl after {label}"


@pytest.mark.parametrize(("label", "sent"), [("Vary (Strong)", "Vary (Strong)"), ("Left", "⬅️")])
async def test_buttons_of_a_single_picture_open_a_modal(stage: Stage, label: str, sent: str) -> None:
    """In remix mode variations of a single picture and the arrows open a modal too."""
    single = await stage.pressed(await stage.finished(f"a lone fox before {label}"), "U1")
    modal = modal_of(await stage.mia.press(single, label=label))
    assert modal.title == f"Remix {label}"
    assert media(await submit_modal(stage, modal, prompt=f"a lone owl after {label}"))
    [job] = [job for job in stage.submissions("a lone owl") if job.button == sent]
    assert job.submitted["prompt"] == f"a lone owl after {label}"


async def test_an_unchanged_prompt_is_not_sent(stage: Stage) -> None:
    """An unchanged modal is an ordinary press without a prompt."""
    grid = await stage.finished("a fox left alone")
    modal = modal_of(await stage.mia.press(grid, label="V1"))
    await (await stage.mia.submit(modal, {})).wait_for(ended)
    [job] = [job for job in stage.submissions("a fox left alone") if job.button]
    assert "prompt" not in job.submitted


@pytest.mark.parametrize("label", ["V3", "🔄"])
async def test_a_blend_needs_no_prompt(stage: Stage, label: str) -> None:
    """For a blend the prompt is optional."""
    pictures = {f"image{n}": Upload(f"{n}.png", picture(colour)) for n, colour in ((1, "teal"), (2, "gold"))}
    blend = await (await stage.mia.slash(stage.channel, "blend", **pictures)).wait_for(ended)
    modal = modal_of(await stage.mia.press(blend, label=label))
    assert not fields(modal)["Prompt"]["required"]
    assert media(await (await stage.mia.submit(modal, {})).wait_for(ended))
    assert "prompt" not in list(stage.api.jobs.values())[-1].submitted


async def test_a_refused_prompt_is_returned(stage: Stage) -> None:
    """A refused prompt is returned with the reason, even a very long one."""
    grid = await stage.finished("a fox whose change is refused")
    typed = "*much* " * 280 + "--chaos 900"
    before = stage.posts()
    modal = modal_of(await stage.mia.press(grid, label="V1"))
    answer = await stage.private_reply(await stage.mia.submit(modal, filled(modal, prompt=typed)))
    assert "chaos" in answer
    assert "\\*much\\*" in answer
    assert answer.endswith("--chaos 900")
    assert stage.posts() == before


async def test_a_prompt_refused_late_is_returned_privately(stage: Stage) -> None:
    """When the prompt check is slow, reason and prompt are for the member alone, and the public "thinking" goes."""
    await stage.bot.services.guild_settings.change(int(stage.discord.world.guild.id), check_prompts=True)
    grid = await stage.finished("a fox whose change is judged late")
    modal = modal_of(await stage.mia.press(grid, label="V2"))
    async with stage.waiting(defer_after=0):
        outcome = await stage.mia.submit(modal, filled(modal, prompt="a fox and much gore"))
        back = await outcome.wait_for(lambda message: is_private(message) and "much gore" in texts(message))
    await stage.bot.services.guild_settings.change(int(stage.discord.world.guild.id), check_prompts=False)
    assert "does not allow this prompt" in texts(back)
    assert stage.answers(outcome) == [back]


async def test_u2_opens_no_modal(stage: Stage) -> None:
    """U2 opens no modal in remix mode."""
    assert media(await stage.pressed(await stage.finished("a fox to enlarge at once"), "U2"))


async def test_custom_zoom_asks_for_a_factor(stage: Stage) -> None:
    """Custom Zoom asks for a factor, which is sent in the prompt and not shown in it."""
    single = await stage.pressed(await stage.finished("a fox from afar"), "U1")
    modal = modal_of(await stage.mia.press(single, label="Custom Zoom"))
    result = await submit_modal(stage, modal, zoom="1,8")
    assert "Custom Zoom of [this picture]" in texts(result)
    assert "zoom 1.8" not in texts(result)
    [job] = [job for job in stage.api.jobs.values() if job.button == "Custom Zoom"]
    assert job.submitted["prompt"].endswith(" --zoom 1.8")


@pytest.mark.parametrize("zoom", ["0.5", "3", "far", "nan"])
async def test_a_factor_out_of_range(stage: Stage, zoom: str) -> None:
    """A zoom factor out of range is explained, and no job starts."""
    single = await stage.pressed(await stage.finished(f"a fox {zoom} away"), "U1")
    modal = modal_of(await stage.mia.press(single, label="Custom Zoom"))
    before = stage.posts()
    answer = await stage.private_reply(await stage.mia.submit(modal, filled(modal, zoom=zoom)))
    assert "a number from 1 to 2" in answer
    assert stage.posts() == before
