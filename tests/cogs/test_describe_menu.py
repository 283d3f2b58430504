"""The context menu command Describe finds the picture that a message shows."""

import aiohttp
import discord
import pytest

from playground.discord_server import Upload, media, texts
from tests.support.stage import Message, Stage, ended, is_private, picture

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def post(stage: Stage, view: discord.ui.LayoutView | None = None, **content: object) -> Message:
    """A message that the bot posts in the channel."""
    channel = stage.bot.get_partial_messageable(int(stage.channel.id))
    no_mentions = discord.AllowedMentions.none()
    sent = await channel.send(**({"view": view} if view else content), allowed_mentions=no_mentions)  # pyright: ignore[reportArgumentType, reportCallIssue]
    return stage.channel.messages[str(sent.id)].message


def picture_url(stage: Stage, color: str) -> str:
    """The public address of a picture of this colour."""
    return stage.discord.core.files.keep("shared", Upload("fox.png", picture(color)))["url"]


async def description(stage: Stage, message: Message) -> str:
    """The text of the finished public reply."""
    outcome = await stage.max.context(message, "Describe")
    assert outcome.error is None
    done = await outcome.wait_for(ended)
    assert media(done)
    return texts(done)


async def test_attachment(stage: Stage) -> None:
    """The first attached picture is described; other files are skipped."""
    notes, fox = Upload("notes.txt", b"words", "text/plain"), Upload("fox.png", picture("green"), "image/png")
    message = stage.mia.send(stage.channel, "look", notes, fox, Upload("owl.png", picture("red"), "image/png"))
    answer = await description(stage, message)
    assert "in green" in answer
    assert f"<@{stage.max.id}>" in answer


async def test_embed(stage: Stage) -> None:
    """A picture in an embed is described."""
    embed = discord.Embed(title="look").set_image(url=picture_url(stage, "yellow"))
    assert "in yellow" in await description(stage, await post(stage, embed=embed))


@pytest.mark.parametrize("inside", [False, True], ids=["alone", "in a container"])
async def test_gallery(stage: Stage, inside: bool) -> None:
    """A picture in a media gallery is described."""
    gallery = discord.ui.MediaGallery(discord.MediaGalleryItem(picture_url(stage, "teal")))
    view = discord.ui.LayoutView()
    view.add_item(discord.ui.Container(gallery) if inside else gallery)
    assert "in teal" in await description(stage, await post(stage, view))


async def test_thumbnail(stage: Stage) -> None:
    """A thumbnail beside a text is described."""
    view = discord.ui.LayoutView()
    view.add_item(discord.ui.Section("words", accessory=discord.ui.Thumbnail(picture_url(stage, "purple"))))
    assert "in purple" in await description(stage, await post(stage, view))


async def test_own_picture(stage: Stage) -> None:
    """A job's own picture can be described by the address in its reply."""
    done = await stage.finished("a fox to be put into words")
    assert "**1** a fox to be put into words" in await description(stage, done)
    last = [job for job in stage.api.jobs.values() if job.kind == "describe"][-1]
    async with aiohttp.ClientSession() as session, session.get(last.submitted["url"]) as response:
        assert response.status == 200


async def test_message_without_a_picture(stage: Stage) -> None:
    """A message without a picture gives a private sentence and no request."""
    before = stage.posts()
    outcome = await stage.mia.context(stage.mia.send(stage.channel, "just words"), "Describe")
    answer = await outcome.wait_for(is_private)
    assert answer["content"] == "There is no picture in this message. Choose one that shows a picture."
    assert stage.posts() == before


async def test_unloading_the_cog_removes_the_menu(own_stage: Stage) -> None:
    """Unloading the extension removes its context menu command."""
    tree = own_stage.bot.tree
    assert tree.get_command("Describe", type=discord.AppCommandType.message) is not None
    await own_stage.bot.unload_extension("cogs.describe")
    assert tree.get_command("Describe", type=discord.AppCommandType.message) is None
