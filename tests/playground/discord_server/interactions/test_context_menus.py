"""Commands of a message's context menu: what they get of a message by any author."""

from typing import Any

import discord
from discord import app_commands

from playground.discord_server import DiscordServer, Upload, unsigned
from tests.playground.discord_server.conftest import RunBot
from tests.playground.discord_server.sample_bot import CountButton, layout, picture, picture_file
from tests.playground.discord_server.tabs import tab

Interaction = discord.Interaction[Any]

NAMES = ("Describe", "Upscale", "Use as image prompt", "Use prompt", "Details")


def menu(name: str) -> app_commands.ContextMenu:
    """A command that answers with what it was given."""

    async def callback(interaction: Interaction, message: discord.Message) -> None:
        interaction.client.seen.append(message)
        await interaction.response.send_message(name, ephemeral=True)

    return app_commands.ContextMenu(name=name, callback=callback)


async def test_five_commands_on_one_message(discord_server: DiscordServer, run_bot: RunBot) -> None:
    """All are registered and offered, each answers the message it was used on."""
    mia, general = discord_server.member("mia"), discord_server.world.channel("general")
    async with run_bot(discord_server, *map(menu, NAMES)) as bot, tab(discord_server) as page:
        assert [each["name"] for each in page.ready["commands"] if each["type"] == 3] == list(NAMES)
        target = mia.send(general, "look at this")
        for name in NAMES:
            outcome = await mia.context(target, name)
            assert outcome.message is not None
            assert outcome.message["content"] == name
            assert outcome.message["type"] == 23
        assert {str(each.id) for each in bot.seen} == {target["id"]}


async def test_a_members_picture_and_words_are_handed_over(discord_server: DiscordServer, run_bot: RunBot) -> None:
    """The bot reads both, though it has no intent for what members write."""
    mia, general = discord_server.member("mia"), discord_server.world.channel("general")
    async with run_bot(discord_server, menu("Describe")) as bot:
        target = mia.send(general, "my fox", Upload("fox.png", picture()))
        await mia.context(target, "Describe")
        message = bot.seen[0]
        assert (message.content, message.author.name) == ("my fox", "mia")
        (attachment,) = message.attachments
        assert (attachment.width, attachment.content_type) == (40, "image/png")
        assert await attachment.read() == picture()


async def test_a_message_of_components_is_handed_over(discord_server: DiscordServer, run_bot: RunBot) -> None:
    """Text, gallery and buttons of a Components V2 message are there, with the addresses of its pictures."""
    mia, general = discord_server.member("mia"), discord_server.world.channel("general")
    async with run_bot(discord_server, menu("Details")) as bot:
        channel = bot.get_partial_messageable(int(general.id))
        view = layout("a red fox", CountButton(1), media="attachment://fox.png")
        sent = await channel.send(view=view, file=picture_file())
        await mia.context(general.messages[str(sent.id)].message, "Details")
        text, gallery, row = bot.seen[0].components[0].children
        assert text.content == "a red fox"
        assert unsigned(gallery.items[0].media.url).endswith("/fox.png")
        assert gallery.items[0].media.width == 40
        assert row.children[0].custom_id == "v1:count:1"
