"""The sample bot as a process of its own: addresses and token come from the environment."""

import os
import warnings
from typing import Any

import uvloop
import yarl

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    import discord
    import discord.gateway
    import discord.http
    from discord import app_commands

from tests.playground.discord_server.sample_bot import CountButton, SampleBot, layout


@app_commands.command(description="Count")
async def count(interaction: discord.Interaction[Any]) -> None:
    """A message with a dynamic button."""
    await interaction.response.send_message(view=layout("start", CountButton(1)))


async def run() -> None:
    """Run until killed."""
    discord.http.Route.BASE = os.environ["DISCORD_API_URL"]
    discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(os.environ["DISCORD_GATEWAY_URL"])
    async with SampleBot(count) as bot:
        await bot.start(os.environ["DISCORD_TOKEN"])


if __name__ == "__main__":
    uvloop.run(run())
