"""A reference bot with the same library and command, which only acknowledges interactions."""

import os

import discord
from discord import app_commands

from bot.client.bot import use_discord_urls


class BareBot(discord.AutoShardedClient):
    """A client that only defers /imagine."""

    def __init__(self) -> None:
        super().__init__(intents=discord.Intents(guilds=True), max_messages=None)
        self.tree = app_commands.CommandTree(self)
        self.tree.command(name="imagine", description="Acknowledge and do nothing")(_imagine)

    async def setup_hook(self) -> None:
        """Register the command."""
        await self.tree.sync()


async def _imagine(interaction: discord.Interaction, prompt: str) -> None:
    await interaction.response.defer(thinking=True)


if __name__ == "__main__":
    use_discord_urls(os.environ["DISCORD_API_URL"], os.environ["DISCORD_GATEWAY_URL"])
    BareBot().run(os.environ["DISCORD_TOKEN"], log_handler=None)
