"""Gathering several pictures for one command."""

from collections.abc import AsyncIterator
from pathlib import Path

import discord
import pytest
import pytest_asyncio
from discord import app_commands

from bot.client.bot import Bot
from bot.services.images.inputs import ImageUse
from bot.ui.base.message import plain_view
from bot.ui.inputs.pictures import ImageInput, gather_images
from playground.discord_server import Upload, texts, unsigned
from tests.bot.services.sample_images import moving
from tests.bot.services.sample_images import picture as sample_picture
from tests.support.stage import Stage, is_private, picture

pytestmark = pytest.mark.asyncio(loop_scope="module")

USE = ImageUse(max_bytes=200_000)


@app_commands.command()
async def gather(
    interaction: discord.Interaction[Bot],
    first: discord.Attachment,
    second: discord.Attachment,
    address: str | None = None,
) -> None:
    """A command that gathers two or three pictures."""
    inputs = [ImageInput("first", first), ImageInput("second", second)]
    if address is not None:
        inputs.append(ImageInput("address", address))
    found = await gather_images(interaction, inputs, USE, interaction.client.services.fetch)
    view = plain_view("\n".join(f"{each.url} {each.width} {each.height}" for each in found))
    if interaction.response.is_done():
        await interaction.edit_original_response(view=view)
    else:
        await interaction.response.send_message(view=view)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def gather_stage(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    """A bot with a command that gathers pictures and shows their addresses and sizes."""
    folder: Path = tmp_path_factory.mktemp("bot")
    async with Stage(folder) as stage:
        stage.bot.tree.add_command(gather)
        await stage.bot.tree.sync()
        yield stage


async def test_all_are_taken_in_their_order(gather_stage: Stage) -> None:
    """Pictures keep their order; converted copies are in one private message."""
    address = gather_stage.discord.core.files.keep("shared", Upload("blue.png", picture("blue")))["url"]
    outcome = await gather_stage.mia.slash(
        gather_stage.channel,
        "gather",
        first=Upload("a.bmp", sample_picture("BMP", size=(50, 40))),
        second=Upload("b.gif", moving("GIF")),
        address=address,
    )
    reply = await outcome.wait_for(lambda message: "48 48" in texts(message))
    [note] = [each for each in outcome.messages if is_private(each)]
    first, second = (each["url"] for each in note["attachments"])
    assert texts(reply).splitlines() == [f"{first} 50 40", f"{second} 48 48", f"{address} 64 48"]
    assert note["content"].splitlines() == [
        "`a.bmp` was converted from BMP for ImaginePro.",
        "Only the first picture of `b.gif` is used.",
    ]
    assert not gather_stage.max.sees(note)


async def test_no_answer_without_conversion(gather_stage: Stage) -> None:
    """Without conversion the interaction stays unanswered for the command."""
    outcome = await gather_stage.mia.slash(
        gather_stage.channel, "gather", first=Upload("a.png", picture()), second=Upload("b.png", picture("blue"))
    )
    reply = await outcome.wait_for(texts)
    assert outcome.messages == [reply]
    assert outcome.answer == 4
    assert [unsigned(line.split()[0]).rpartition("/")[2] for line in texts(reply).splitlines()] == ["a.png", "b.png"]


async def test_an_unusable_picture_is_named_by_its_option(gather_stage: Stage) -> None:
    """An unusable picture is named by its option."""
    outcome = await gather_stage.mia.slash(
        gather_stage.channel, "gather", first=Upload("same.png", picture()), second=Upload("same.png", b"words")
    )
    answer = await gather_stage.private_reply(outcome)
    assert answer == "`second`: `same.png` is not a picture. Use a PNG, JPEG, WEBP or GIF."
    outcome = await gather_stage.mia.slash(
        gather_stage.channel,
        "gather",
        first=Upload("a.png", picture()),
        second=Upload("b.png", picture()),
        address="http://127.0.0.1/fox.png",
    )
    assert (await gather_stage.private_reply(outcome)).startswith("`address`: This is not a public web address.")


async def test_a_malformed_address_is_refused(gather_stage: Stage) -> None:
    """A malformed address is refused."""
    outcome = await gather_stage.mia.slash(
        gather_stage.channel,
        "gather",
        first=Upload("a.png", picture()),
        second=Upload("b.png", picture()),
        address="fox.png",
    )
    assert "`fox.png` is not the address of a picture" in await gather_stage.private_reply(outcome)
