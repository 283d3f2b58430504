"""Who asks a bot under measurement, and where."""

from benchmarks.places import channels, members
from playground.discord_server import DiscordServer
from playground.discord_server.state.bulk_seed import add_channels, add_people


async def test_only_people_ask_where_the_bot_is() -> None:
    """Everybody who is added counts, and so does every channel; a server without the bot knows none of its commands."""
    async with DiscordServer() as discord:
        before = set(members(discord.world))
        added = add_people(discord.world, 2)
        rooms = add_channels(discord.world, 3)
        assert set(members(discord.world)) - before == {discord.world.user_id(name) for name in added}
        assert discord.world.bot["id"] not in before
        found = channels(discord.world)
        assert {each.guild_id for each in found} == {discord.world.guild.id}
        assert not any(each.nsfw for each in found)
        assert {room.id for room in rooms} < {each.id for each in found}
