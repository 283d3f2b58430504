"""Slash commands of a real discord.py bot, from the member's fingers to the reply."""

from typing import Any

import discord
from discord import app_commands

from playground.discord_server import DiscordServer, media, texts
from tests.playground.discord_server.conftest import RunBot
from tests.playground.discord_server.sample_bot import CountButton, layout, picture_file

V2 = 1 << 15


@app_commands.command(description="Draw something")
async def draw(interaction: discord.Interaction[Any], prompt: str) -> None:
    """Defer, then show a picture with a button."""
    await interaction.response.defer(thinking=True)
    view = layout(prompt, CountButton(1), media="attachment://fox.png")
    await interaction.edit_original_response(view=view, attachments=[picture_file()])


async def test_defer_and_edit_with_components_v2_and_a_file(discord_server: DiscordServer, run_bot: RunBot) -> None:
    """A deferred reply becomes text, picture and buttons, and the press of a button edits it."""
    mia, general = discord_server.member("mia"), discord_server.world.channel("general")
    async with run_bot(discord_server, draw):
        outcome = await mia.slash(general, "draw", prompt="a red fox")
        assert outcome.state == "acknowledged"
        message = await outcome.wait_for(lambda m: not m["flags"] & 128)
        assert texts(message) == "a red fox"
        assert message["flags"] == V2
        assert media(message)[0]["width"] == 40
        pressed = await mia.press(message, label="Count 1")
        assert pressed.message is not None
        assert texts(pressed.message) == "pressed 1"
