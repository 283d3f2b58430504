"""Describe in a message's menu: whatever picture the message shows."""

import aiohttp
import discord
import pytest

from playground.discord_server import Upload, media, texts
from tests.support.stage import Message, Stage, ended, is_private, picture

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def shown(stage: Stage, view: discord.ui.LayoutView | None = None, **content: object) -> Message:
    """A message of the bot's in the channel."""
    channel = stage.bot.get_partial_messageable(int(stage.channel.id))
    nobody = discord.AllowedMentions.none()
    sent = await channel.send(**({"view": view} if view else content), allowed_mentions=nobody)  # pyright: ignore[reportArgumentType, reportCallIssue]
    return stage.channel.messages[str(sent.id)].message


def address(stage: Stage, color: str) -> str:
    """A picture of this colour that anybody can open."""
    return stage.discord.core.files.keep("shared", Upload("fox.png", picture(color)))["url"]


async def described(stage: Stage, message: Message) -> str:
    """What the public reply says once it has ended."""
    outcome = await stage.max.context(message, "Describe")
    assert outcome.error is None
    done = await outcome.wait_for(ended)
    assert media(done)
    return texts(done)


async def test_attachment(stage: Stage) -> None:
    """The first picture that somebody has posted; other files are passed over."""
    notes, fox = Upload("notes.txt", b"words", "text/plain"), Upload("fox.png", picture("green"), "image/png")
    message = stage.mia.send(stage.channel, "look", notes, fox, Upload("owl.png", picture("red"), "image/png"))
    told = await described(stage, message)
    assert "in green" in told
    assert f"<@{stage.max.id}>" in told


async def test_embed(stage: Stage) -> None:
    """A picture of another bot's embed."""
    embed = discord.Embed(title="look").set_image(url=address(stage, "yellow"))
    assert "in yellow" in await described(stage, await shown(stage, embed=embed))


@pytest.mark.parametrize("inside", [False, True], ids=["alone", "in a container"])
async def test_gallery(stage: Stage, inside: bool) -> None:
    """A picture of a gallery."""
    gallery = discord.ui.MediaGallery(discord.MediaGalleryItem(address(stage, "teal")))
    view = discord.ui.LayoutView()
    view.add_item(discord.ui.Container(gallery) if inside else gallery)
    assert "in teal" in await described(stage, await shown(stage, view))


async def test_thumbnail(stage: Stage) -> None:
    """A picture beside a text."""
    view = discord.ui.LayoutView()
    view.add_item(discord.ui.Section("words", accessory=discord.ui.Thumbnail(address(stage, "purple"))))
    assert "in purple" in await described(stage, await shown(stage, view))


async def test_own_picture(stage: Stage) -> None:
    """The grid of a job can be described; what the API is sent is what the reply shows."""
    done = await stage.finished("a fox to be put into words")
    assert "**1** a fox to be put into words" in await described(stage, done)
    last = [job for job in stage.api.jobs.values() if job.kind == "describe"][-1]
    async with aiohttp.ClientSession() as session, session.get(last.submitted["url"]) as response:
        assert response.status == 200


async def test_message_without_a_picture(stage: Stage) -> None:
    """A sentence for whoever asked, and nothing else."""
    before = stage.posts()
    outcome = await stage.mia.context(stage.mia.send(stage.channel, "just words"), "Describe")
    told = await outcome.wait_for(is_private)
    assert told["content"] == "There is no picture in this message. Choose one that shows a picture."
    assert stage.posts() == before


async def test_menu_comes_and_goes_with_the_cog(own_stage: Stage) -> None:
    """Unloading the extension takes back what it has registered."""
    tree = own_stage.bot.tree
    assert tree.get_command("Describe", type=discord.AppCommandType.message) is not None
    await own_stage.bot.unload_extension("cogs.describe")
    assert tree.get_command("Describe", type=discord.AppCommandType.message) is None
