"""Several pictures for one command: read together, answered for each, in their order."""

from collections.abc import AsyncIterator
from pathlib import Path

import discord
import pytest
import pytest_asyncio
from discord import app_commands

from bot.client.bot import Bot
from bot.services.images.inputs import ImageUse
from bot.ui.base.message import plain_view
from bot.ui.inputs.pictures import Input, gather_images
from playground.discord_server import Upload, texts, unsigned
from tests.bot.services.sample_images import moving
from tests.bot.services.sample_images import picture as noise
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
    """Take two or three pictures."""
    inputs = [Input("first", first), Input("second", second)]
    if address is not None:
        inputs.append(Input("address", address))
    found = await gather_images(interaction, inputs, USE, interaction.client.fetch)
    view = plain_view("\n".join(f"{each.address} {each.width} {each.height}" for each in found))
    if interaction.response.is_done():
        await interaction.edit_original_response(view=view)
    else:
        await interaction.response.send_message(view=view)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def gathering(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    """A bot with a command that takes several pictures and says what became of them."""
    folder: Path = tmp_path_factory.mktemp("bot")
    async with Stage(folder) as stage:
        stage.bot.tree.add_command(gather)
        await stage.bot.tree.sync()
        yield stage


async def test_all_are_taken_in_their_order(gathering: Stage) -> None:
    """Good ones keep their addresses, converted ones get one each, and one private message holds them all."""
    address = gathering.discord.core.files.keep("shared", Upload("blue.png", picture("blue")))["url"]
    outcome = await gathering.mia.slash(
        gathering.channel,
        "gather",
        first=Upload("a.bmp", noise("BMP", size=(50, 40))),
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
    assert not gathering.max.sees(note)


async def test_nothing_is_said_when_all_can_go_as_they_are(gathering: Stage) -> None:
    """The interaction is still unanswered, so that the command can answer as it likes."""
    outcome = await gathering.mia.slash(
        gathering.channel, "gather", first=Upload("a.png", picture()), second=Upload("b.png", picture("blue"))
    )
    reply = await outcome.wait_for(texts)
    assert outcome.messages == [reply]
    assert outcome.answer == 4
    assert [unsigned(line.split()[0]).rpartition("/")[2] for line in texts(reply).splitlines()] == ["a.png", "b.png"]


async def test_the_bad_one_is_named_by_its_option(gathering: Stage) -> None:
    """Of several pictures the sentence says which one can't be used."""
    outcome = await gathering.mia.slash(
        gathering.channel, "gather", first=Upload("same.png", picture()), second=Upload("same.png", b"words")
    )
    told = await gathering.private_reply(outcome)
    assert told == "`second`: `same.png` is not a picture. Use a PNG, JPEG, WEBP or GIF."
    outcome = await gathering.mia.slash(
        gathering.channel,
        "gather",
        first=Upload("a.png", picture()),
        second=Upload("b.png", picture()),
        address="http://127.0.0.1/fox.png",
    )
    assert (await gathering.private_reply(outcome)).startswith("`address`: This is not a public web address.")


async def test_what_is_no_address_at_all_is_refused(gathering: Stage) -> None:
    """A command that takes addresses need not check their form first."""
    outcome = await gathering.mia.slash(
        gathering.channel,
        "gather",
        first=Upload("a.png", picture()),
        second=Upload("b.png", picture()),
        address="fox.png",
    )
    assert "`fox.png` is not the address of a picture" in await gathering.private_reply(outcome)
