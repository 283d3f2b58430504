"""Beginning anew from what a message shows: Remix, Use as image prompt, and buttons that ask for words first."""

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


def form(outcome: Outcome) -> Modal:
    """The form that was opened."""
    assert outcome.modal is not None, outcome.message
    return outcome.modal


async def sent(stage: Stage, modal: Modal, member: Member | None = None, **values: str) -> Message:
    """The ended reply of a form that Mia, or `member`, fills in like this."""
    return await (await (member or stage.mia).submit(modal, filled(modal, **values))).wait_for(ended)


async def test_remix_starts_from_the_prompt(stage: Stage) -> None:
    """By anybody, on any result: the form holds prompt and flags, what is sent becomes a picture of its own."""
    done = await stage.finished("a fox to remix --ar 3:2")
    modal = form(await stage.max.context(done, "Remix"))
    assert prefilled(modal, "Prompt") == "a fox to remix --ar 3:2"
    result = await sent(stage, modal, stage.max, prompt="an owl instead of it --ar 3:2")
    assert media(result)
    [job] = stage.submissions("an owl instead of it")
    assert (job.kind, job.prompt) == ("imagine", "an owl instead of it --ar 3:2")


async def test_a_message_without_a_job_can_t_be_remixed(stage: Stage) -> None:
    """A sentence, and no form."""
    message = stage.max.send(stage.channel, "just words")
    outcome = await stage.mia.context(message, "Remix")
    assert "Only pictures of this bot" in await stage.told(outcome)
    assert outcome.modal is None


async def test_any_picture_becomes_an_image_prompt(stage: Stage) -> None:
    """The first picture of a message stands before the words that the form asks for."""
    message = stage.max.send(stage.channel, "look", Upload("owl.png", picture("green")))
    modal = form(await stage.mia.context(message, "Use as image prompt"))
    assert prefilled(modal, "Prompt") == ""
    assert media(await sent(stage, modal, prompt="a fox like this one --iw 2"))
    [job] = stage.submissions("a fox like this one")
    assert job.prompt.startswith("http")
    assert job.prompt.endswith("a fox like this one --iw 2")


async def test_a_result_becomes_an_image_prompt(stage: Stage) -> None:
    """The bot's own pictures, which lie in a gallery, serve as well."""
    done = await stage.finished("a fox to start from")
    modal = form(await stage.mia.context(done, "Use as image prompt"))
    assert media(await sent(stage, modal, prompt="a castle that looks so"))


async def test_a_message_without_a_picture(stage: Stage) -> None:
    """A sentence, and no form."""
    outcome = await stage.mia.context(stage.max.send(stage.channel, "no picture"), "Use as image prompt")
    assert "shows no picture" in await stage.told(outcome)


async def test_what_is_wrong_with_the_words_costs_nothing(stage: Stage) -> None:
    """The reason is told privately; nothing was fetched and nothing sent."""
    message = stage.max.send(stage.channel, "look", Upload("owl.png", picture("green")))
    modal = form(await stage.mia.context(message, "Use as image prompt"))
    before = stage.posts()
    told = await stage.told(await stage.mia.submit(modal, filled(modal, prompt="a fox --chaos 900")))
    assert "chaos" in told
    assert told.endswith("\n> a fox --chaos 900")
    assert stage.posts() == before


@pytest.mark.parametrize("label", ["V2", "🔄"])
async def test_buttons_ask_for_words_first(stage: Stage, label: str) -> None:
    """In remix mode V1-V4 and reroll open a form; what is changed goes along with the button."""
    grid = await stage.finished(f"a fox before {label}")
    modal = form(await stage.mia.press(grid, label=label))
    assert prefilled(modal, "Prompt") == f"a fox before {label}"
    result = await sent(stage, modal, prompt=f"an owl after {label}")
    assert f"an owl after {label}" in texts(result)
    [job] = [job for job in stage.api.jobs.values() if job.button == label and "owl" in job.prompt]
    assert job.submitted["prompt"] == f"an owl after {label}"


async def test_unchanged_words_are_not_sent(stage: Stage) -> None:
    """A form that is only sent off is a plain press."""
    grid = await stage.finished("a fox left alone")
    modal = form(await stage.mia.press(grid, label="V1"))
    await (await stage.mia.submit(modal, {})).wait_for(ended)
    [job] = [job for job in stage.submissions("a fox left alone") if job.button]
    assert "prompt" not in job.submitted


@pytest.mark.parametrize("label", ["V3", "🔄"])
async def test_what_has_no_words_needs_none(stage: Stage, label: str) -> None:
    """A blend is varied by just sending the form off."""
    pictures = {f"image{n}": Upload(f"{n}.png", picture(colour)) for n, colour in ((1, "teal"), (2, "gold"))}
    blend = await (await stage.mia.slash(stage.channel, "blend", **pictures)).wait_for(ended)
    modal = form(await stage.mia.press(blend, label=label))
    assert not fields(modal)["Prompt"]["required"]
    assert media(await (await stage.mia.submit(modal, {})).wait_for(ended))
    assert "prompt" not in list(stage.api.jobs.values())[-1].submitted


async def test_refused_words_come_back(stage: Stage) -> None:
    """What was changed in the form of a button is given back with the reason, however long it is."""
    grid = await stage.finished("a fox whose change is refused")
    typed = "*much* " * 280 + "--chaos 900"
    before = stage.posts()
    modal = form(await stage.mia.press(grid, label="V1"))
    told = await stage.told(await stage.mia.submit(modal, filled(modal, prompt=typed)))
    assert "chaos" in told
    assert "\\*much\\*" in told
    assert told.endswith("--chaos 900")
    assert stage.posts() == before


async def test_words_that_are_judged_late_come_back_to_their_member_alone(stage: Stage) -> None:
    """When the check takes longer than Discord waits, the reason is public and the refused words are not."""
    await stage.bot.services.guild_settings.change(int(stage.discord.world.guild.id), check_prompts=True)
    grid = await stage.finished("a fox whose change is judged late")
    async with stage.waiting(defer_after=0):
        modal = form(await stage.mia.press(grid, label="V2"))
        outcome = await stage.mia.submit(modal, filled(modal, prompt="a fox and much gore"))
        back = await outcome.wait_for(lambda message: is_private(message) and "much gore" in texts(message))
    [public] = [message for message in outcome.messages if message["id"] != back["id"]]
    await stage.bot.services.guild_settings.change(int(stage.discord.world.guild.id), check_prompts=False)
    assert "does not allow this prompt" in texts(public)
    assert "much gore" not in texts(public)


async def test_u2_asks_nothing(stage: Stage) -> None:
    """Other buttons work as ever."""
    assert media(await stage.pressed(await stage.finished("a fox to enlarge at once"), "U2"))


async def test_custom_zoom_asks_for_a_factor(stage: Stage) -> None:
    """Where the API lists it: the factor goes to the end of the prompt, which people see without it."""
    single = await stage.pressed(await stage.finished("a fox from afar scenario:custom-zoom"), "U1")
    modal = form(await stage.mia.press(single, label="Custom Zoom"))
    result = await sent(stage, modal, zoom="1,8")
    assert "Custom Zoom of [this picture]" in texts(result)
    assert "zoom 1.8" not in texts(result)
    [job] = [job for job in stage.api.jobs.values() if job.button == "Custom Zoom"]
    assert job.submitted["prompt"].endswith(" --zoom 1.8")


@pytest.mark.parametrize("zoom", ["0.5", "3", "far", "nan"])
async def test_a_factor_out_of_range(stage: Stage, zoom: str) -> None:
    """A sentence, and nothing is sent."""
    single = await stage.pressed(await stage.finished(f"a fox {zoom} away scenario:custom-zoom"), "U1")
    modal = form(await stage.mia.press(single, label="Custom Zoom"))
    before = stage.posts()
    told = await stage.told(await stage.mia.submit(modal, filled(modal, zoom=zoom)))
    assert "a number from 1 to 2" in told
    assert stage.posts() == before
