"""What Discord does to bots that ask too much: of one kind, of all kinds, or again and again in vain."""

from collections.abc import AsyncIterator

import pytest

from playground.discord_server import DiscordServer, Limit, Limits
from playground.discord_server.members.removals import kick_bot
from playground.discord_server.state.bulk_seed import add_guilds, add_people
from tests.playground.discord_server.raw_clients import Answer, Rest, rest_client

TEN_MINUTES = 600.0


async def open_dm(rest: Rest, user_id: str) -> Answer:
    """The bot opens a direct message channel."""
    return await rest("POST", "/users/@me/channels", {"recipient_id": user_id})


@pytest.fixture
async def strict() -> AsyncIterator[DiscordServer]:
    """A server that shuts a bot out after three refusals."""
    async with DiscordServer(limits=Limits({}, None, None, None, Limit(3, TEN_MINUTES))) as server:
        yield server


async def test_no_server_in_common(rest: Rest, discord_server: DiscordServer) -> None:
    """After the bot has left, a direct message is refused with a code of its own; another server together allows it."""
    mia = discord_server.member("mia")
    kick_bot(discord_server.core)
    assert (await open_dm(rest, mia.id)).status == 200
    refused = await rest("POST", f"/channels/{mia.dm.id}/messages", {"content": "hello"})
    assert (refused.status, refused.code) == (403, 50278)
    add_guilds(discord_server.world, 1)
    assert (await rest("POST", f"/channels/{mia.dm.id}/messages", {"content": "hello"})).status == 200


async def test_thirty_direct_messages_in_a_row(rest: Rest, discord_server: DiscordServer) -> None:
    """One more newly opened channel quarantines the bot: it can write only to those that it has written to before."""
    world = discord_server.world
    ids = [world.user_id(name) for name in add_people(world, 32)]
    assert {(await open_dm(rest, each)).status for each in ids[:30]} == {200}
    refused = await open_dm(rest, ids[30])
    assert (refused.status, refused.code) == (403, 40003)
    discord_server.clock.advance(TEN_MINUTES)
    assert (await open_dm(rest, ids[31])).code == 40003
    assert (await open_dm(rest, ids[0])).status == 200


async def test_direct_messages_with_pauses(rest: Rest, discord_server: DiscordServer) -> None:
    """Thirty, a while without, and as many again."""
    world = discord_server.world
    ids = [world.user_id(name) for name in add_people(world, 40)]
    for start in (0, 20):
        assert {(await open_dm(rest, each)).status for each in ids[start : start + 20]} == {200}
        discord_server.clock.advance(TEN_MINUTES)


async def test_refusals_close_the_door(strict: DiscordServer) -> None:
    """After as many refusals as are borne nothing is read any more, until the ten minutes have passed."""
    async with rest_client(strict) as rest:
        for _ in range(3):
            assert (await rest("GET", "/users/@me", headers={"Authorization": "Bot wrong"})).status == 401
        shut_out = await rest("GET", "/users/@me")
        assert (shut_out.status, "Via" in shut_out.headers) == (429, False)
        assert 0 < int(shut_out.headers["Retry-After"]) <= TEN_MINUTES
        assert "Error 1015" in shut_out.body
        strict.clock.advance(TEN_MINUTES)
        assert (await rest("GET", "/users/@me")).status == 200


async def test_what_counts_as_a_refusal(strict: DiscordServer) -> None:
    """Not what is unknown or malformed."""
    async with rest_client(strict) as rest:
        for _ in range(5):
            assert (await rest("GET", "/users/1")).status == 404
            assert (await rest.send(content="")).status == 400
        assert (await rest("GET", "/users/@me")).status == 200


def test_discord_bears_ten_thousand() -> None:
    """In ten minutes."""
    assert Limits().refused == Limit(10_000, TEN_MINUTES)


async def test_global_limit(rest: Rest, discord_server: DiscordServer) -> None:
    """It holds for all routes at once, and asks to wait for the rest."""
    discord_server.faults.limit_everything(60)
    for path in ("/users/@me", "/gateway/bot"):
        limited = await rest("GET", path)
        assert (limited.status, limited.body["global"], limited.headers["X-RateLimit-Scope"]) == (429, True, "global")
        assert 0 < limited.body["retry_after"] <= 60
    discord_server.clock.advance(60)
    assert (await rest("GET", "/users/@me")).status == 200
