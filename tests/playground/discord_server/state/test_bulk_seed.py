"""More people, channels and servers than there are at the start."""

import asyncio

import discord
from discord import app_commands

from playground.discord_server import DiscordServer
from playground.discord_server.state.bulk_seed import add_channels, add_guilds, add_people, open_channel
from tests.playground.discord_server.conftest import RunBot


@app_commands.command(description="Where this is")
async def place(interaction: discord.Interaction) -> None:
    """Answer with the guild, channel and member that the bot received."""
    name = interaction.guild.name if interaction.guild else None
    await interaction.response.send_message(f"{name}, {interaction.guild_id}, {interaction.user.name}")


async def test_new_people_and_channels_can_be_acted_with(discord_server: DiscordServer, run_bot: RunBot) -> None:
    """Everybody has a name and a direct message channel of their own."""
    names = add_people(discord_server.world, 2) + add_people(discord_server.world, 2)
    rooms = add_channels(discord_server.world, 2)
    assert len({discord_server.member(name).dm.id for name in names}) == 4
    async with run_bot(discord_server, place):
        outcome = await discord_server.member(names[3]).slash(rooms[1], "place")
        assert outcome.message is not None
        assert outcome.message["content"].endswith(names[3])
        assert outcome.seconds is not None
        assert outcome.seconds > 0


async def test_the_bot_hears_of_new_servers(discord_server: DiscordServer, run_bot: RunBot) -> None:
    """They come with READY, and an event in one of their channels has their guild id."""
    guild = add_guilds(discord_server.world, 3)[2]
    room = open_channel(discord_server.world, guild)
    async with run_bot(discord_server, place) as bot:
        async with asyncio.timeout(60):
            await bot.wait_until_ready()
        assert len(bot.guilds) == 4
        outcome = await discord_server.member("mia").slash(room, "place")
        assert outcome.message is not None
        assert outcome.message["content"] == f"{guild.name}, {guild.id}, mia"
