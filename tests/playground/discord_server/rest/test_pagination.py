"""Lists that come a page at a time: the bot's guilds and a guild's members, asked for plainly and by hikari."""

import pytest

from playground.discord_server import DiscordServer
from playground.discord_server.state.bulk_seed import add_guilds
from tests.playground.discord_server.hikari_bot import hikari_bot
from tests.playground.discord_server.raw_clients import Rest


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("limit=2", ["ImaginePro", "olivia"]),
        ("", ["ImaginePro"]),
        ("limit=2&after=1100000000000000101", ["adam", "mia"]),
        ("limit=2&before=1100000000000000103", ["olivia", "adam"]),
        ("limit=9&after=1100000000000000001&before=1100000000000000103", ["olivia", "adam"]),
        ("limit=9&after=1100000000000000104", []),
    ],
)
async def test_a_page_lies_where_the_query_says(
    discord_server: DiscordServer, rest: Rest, query: str, names: list[str]
) -> None:
    """In the order of their ids."""
    found = (await rest("GET", f"/guilds/{discord_server.world.guild.id}/members?{query}")).body
    assert [each["user"]["username"] for each in found] == names


@pytest.mark.parametrize("limit", ["0", "1001", "many"])
async def test_a_page_of_no_size_is_refused(discord_server: DiscordServer, rest: Rest, limit: str) -> None:
    """With the place of the mistake."""
    answer = await rest("GET", f"/guilds/{discord_server.world.guild.id}/members?limit={limit}")
    assert (answer.status, answer.error("limit")) == (400, "NUMBER_TYPE_MAX")


async def test_hikari_turns_the_pages(discord_server: DiscordServer) -> None:
    """To the end of the list, and no further; it reads what it finds there."""
    guild, me = discord_server.world.guild, int(discord_server.world.bot["id"])
    names = ["Playground", *(each.name for each in add_guilds(discord_server.world, 250))]
    async with hikari_bot(discord_server) as bot:
        guilds = [each async for each in bot.rest.fetch_my_guilds()]
        assert [each.name for each in guilds] == names
        assert guilds[0].approximate_member_count == len(discord_server.world.members)
        members = [each.username async for each in bot.rest.fetch_members(int(guild.id))]
        assert members == ["ImaginePro", "olivia", "adam", "mia", "max"]
        assert (await bot.rest.fetch_my_member(int(guild.id))).id == me
