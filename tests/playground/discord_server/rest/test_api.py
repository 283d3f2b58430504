"""The REST API's edges: authorisation, malformed requests, accounts, guild, faults and rate limits."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import discord
import pytest
from discord import app_commands

from playground.discord_server import DiscordServer, Limit, Limits, WaitTimeout
from tests.playground.discord_server.conftest import RunBot
from tests.playground.discord_server.raw_clients import Rest, rest_client


@app_commands.command(description="Climb")
async def climb(interaction: discord.Interaction[Any]) -> None:
    """Edit the reply more often than its bucket allows."""
    await interaction.response.defer()
    for percent in range(7):
        await interaction.edit_original_response(content=f"{percent} %")


@pytest.fixture
async def limited() -> AsyncIterator[DiscordServer]:
    """A server with small limits."""
    routes = {"POST /channels/{channel_id}/messages": Limit(2, 60)}
    limits = Limits(routes, Limit(50, 1), Limit(5, 0.2), Limit(8, 60))
    async with DiscordServer(limits=limits) as server:
        yield server


@pytest.mark.parametrize("header", ["", "Bot wrong", "Bearer x"])
async def test_a_token_is_needed(rest: Rest, header: str) -> None:
    """401 without the right one."""
    answer = await rest("GET", "/users/@me", headers={"Authorization": header})
    assert (answer.status, answer.body) == (401, {"message": "401: Unauthorized", "code": 0})


async def test_content_type_carries_no_charset(rest: Rest) -> None:
    """Clients compare it literally."""
    answer = await rest("GET", "/gateway")
    assert answer.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize(
    ("request_line", "options", "status", "code"),
    [
        ("GET /nowhere", {}, 404, 0),
        ("DELETE /users/@me", {}, 405, 0),
        ("GET /channels/abc", {}, 400, 50035),
        ("GET /users/1", {}, 404, 10013),
        ("GET /guilds/1", {}, 404, 10004),
        ("POST /users/@me/channels", {"json": {"recipient_id": "1"}}, 404, 10013),
        ("POST GENERAL", {"data": b"{", "headers": {"Content-Type": "application/json"}}, 400, 50109),
        ("POST GENERAL", {"data": b"\xff\xfe", "headers": {"Content-Type": "application/json"}}, 400, 50109),
        ("POST GENERAL", {"data": b"{}", "headers": {"Content-Type": "text/plain"}}, 400, 50035),
        ("POST GENERAL", {"data": b"x", "headers": {"Content-Type": "multipart/form-data"}}, 400, 50035),
        ("POST GENERAL", {"json": []}, 400, 50035),
        ("POST GENERAL", {}, 400, 50035),
        ("POST GENERAL", {"json": {"content": {}}}, 400, 50035),
        ("POST GENERAL", {"json": {"content": "x", "embeds": [[]]}}, 400, 50035),
        ("POST GENERAL", {"json": {"content": "x", "message_reference": 5}}, 400, 50035),
        ("POST GENERAL", {"json": {"content": "x", "allowed_mentions": {"parse": 5}}}, 400, 50035),
    ],
)
async def test_malformed_requests(
    rest: Rest, caplog: pytest.LogCaptureFixture, *, request_line: str, options: Any, status: int, code: int
) -> None:
    """Each gets Discord's error, and nothing is logged as a failure of the server."""
    method, path = request_line.replace("GENERAL", f"{rest.general}/messages").split()
    answer = await rest(method, path, **options)
    assert (answer.status, answer.code) == (status, code)
    assert caplog.records == []


async def test_accounts_and_guild(rest: Rest, discord_server: DiscordServer) -> None:
    """The bot, its owner, its guild, channels, roles and members are found."""
    world = discord_server.world
    guild = f"/guilds/{world.guild.id}"
    assert (await rest("GET", "/users/@me")).body["username"] == "ImaginePro"
    for path in ("/applications/@me", "/oauth2/applications/@me"):
        assert (await rest("GET", path)).body["owner"]["username"] == "olivia"
    assert (await rest("GET", "/users/@me/guilds")).body[0]["name"] == "Playground"
    assert (await rest("GET", f"{guild}?with_counts=true")).body["approximate_member_count"] == 5
    listed = (await rest("GET", f"{guild}/channels")).body
    assert [each["type"] for each in listed] == [0, 0, 0, 2, 15]
    assert (await rest("GET", f"{guild}/roles")).body[0]["name"] == "@everyone"
    mia = discord_server.member("mia")
    assert (await rest("GET", f"{guild}/members/{mia.id}")).body["user"]["username"] == "mia"
    assert (await rest("GET", f"{guild}/members/1")).code == 10007
    opened = await rest("POST", "/users/@me/channels", {"recipient_id": mia.id})
    assert opened.body["recipients"][0]["id"] == mia.id


async def test_faults_happen_as_often_as_asked(rest: Rest, discord_server: DiscordServer) -> None:
    """Refusals and rate limits hit the named route only, then all is well."""
    faults = discord_server.faults
    faults.refuse_next("GET /users/@me", 503, message="down", times=2)
    faults.rate_limit_next("/gateway/bot", 1.5)
    assert (await rest("GET", "/gateway")).status == 200
    assert [(await rest("GET", "/users/@me")).status for _ in range(3)] == [503, 503, 200]
    limited = await rest("GET", "/gateway/bot")
    assert (limited.status, limited.body["retry_after"], limited.headers["Via"]) == (429, 1.5, "1.1 google")
    faults.refuse_next("/gateway", 500, times=9)
    faults.clear()
    assert (await rest("GET", "/gateway")).status == 200


async def test_faults_by_http(rest: Rest, discord_server: DiscordServer, run_bot: RunBot) -> None:
    """Every switch can be thrown from outside; unknown ones and nonsense are refused with the list."""
    url = f"{discord_server.url}/client/control"
    async with run_bot(discord_server) as bot, aiohttp.ClientSession() as session:

        async def throw(body: Any) -> int:
            async with session.post(url, json=body) as response:
                return response.status

        async with session.get(url) as response:
            names = list(await response.json())
        switches = [
            "drop-gateway",
            "gateway-away",
            "reconnect",
            "expire-tokens",
            "slow",
            "rate-limit",
            "limit-everything",
            "refuse",
            "lose-answer",
            "fail-uploads",
            "forbid-files",
            "blank-pictures",
            "ban",
            "time-out",
            "locale",
            "thread",
            "clear",
        ]
        assert names == switches
        for name in ("drop-gateway", "reconnect"):
            resumed = asyncio.create_task(bot.wait_for("resumed", timeout=60))
            await asyncio.sleep(0)
            assert await throw({"fault": name}) == 200
            await resumed
        assert await throw({"fault": "refuse", "route": "/gateway", "status": 502}) == 200
        assert await throw({"fault": "rate-limit", "route": "/gateway", "seconds": 1}) == 200
        assert [(await rest("GET", "/gateway")).status for _ in range(3)] == [502, 429, 200]
        assert await throw({"fault": "slow", "seconds": 0.01}) == 200
        assert discord_server.faults.delay == 0.01
        assert await throw({"fault": "gateway-away"}) == 200
        assert discord_server.faults.gateway_held
        assert [await throw({"fault": name}) for name in ("expire-tokens", "clear")] == [200, 200]
        assert (discord_server.faults.delay, discord_server.faults.gateway_held) == (0, False)
        assert [await throw(body) for body in ({"fault": "x"}, [], {"fault": "slow", "seconds": "x"})] == [400] * 3


async def test_an_address_that_is_blocked(discord_server: DiscordServer) -> None:
    """Every request gets a page and the pause, none reaches the API, and it ends when it is cleared."""
    before = len(list(discord_server.request_log))
    async with aiohttp.ClientSession() as session:
        async with session.post(
            f"{discord_server.url}/client/control", json={"fault": "ban", "seconds": 90}
        ) as response:
            assert response.status == 200
        async with session.get(f"{discord_server.api_url}/gateway") as response:
            assert (response.status, response.headers["Retry-After"]) == (429, "90")
            assert response.content_type == "text/html"
            assert "Via" not in response.headers
            assert "Your IP:" in await response.text()
        assert discord_server.faults.banned is not None
        assert discord_server.faults.banned.requests == 1
        assert len(list(discord_server.request_log)) == before
        discord_server.faults.clear()
        async with session.get(f"{discord_server.api_url}/gateway") as response:
            assert response.status == 200


async def test_buckets_refuse_and_recover(limited: DiscordServer) -> None:
    """Headers count down; what is too much gets a 429 that says how long to wait."""
    async with rest_client(limited) as rest:
        answers = [await rest.send(content="x") for _ in range(3)]
        assert [answer.status for answer in answers] == [200, 200, 429]
        assert [answer.headers["X-RateLimit-Remaining"] for answer in answers] == ["1", "0", "0"]
        assert answers[0].headers["X-RateLimit-Bucket"] == answers[2].headers["X-RateLimit-Bucket"]
        refused = answers[2]
        assert refused.body["message"] == "You are being rate limited."
        assert (refused.body["global"], refused.headers["X-RateLimit-Scope"]) == (False, "user")
        assert 0 < refused.body["retry_after"] <= 60
        limited.clock.advance(60)
        assert (await rest.send(content="x")).status == 200


async def test_the_global_limit_leaves_interactions_alone(limited: DiscordServer) -> None:
    """Above the global limit requests are refused everywhere, except for answers to interactions."""
    async with rest_client(limited) as rest:
        answers = [await rest("GET", "/users/@me") for _ in range(9)]
        assert [answer.status for answer in answers] == [200] * 8 + [429]
        assert (answers[8].body["global"], answers[8].headers["X-RateLimit-Global"]) == (True, "true")
        assert (await rest("POST", "/interactions/1/x/callback", {"type": 5})).status == 404


async def test_discord_py_waits_its_turn(limited: DiscordServer, run_bot: RunBot) -> None:
    """A bot that edits too often is slowed down, and its last edit comes through."""
    mia, general = limited.member("mia"), limited.world.channel("general")
    async with run_bot(limited, climb):
        outcome = await mia.slash(general, "climb")
        await outcome.wait_for(lambda message: message["content"] == "6 %")
        edits = limited.request_log.of("/messages/{message_id}", "PATCH")
        assert len(edits) == 7
        assert edits[6].time - edits[0].time >= 0.15


async def test_discord_py_repeats_a_429(discord_server: DiscordServer, run_bot: RunBot) -> None:
    """It waits for `retry_after`, and the request arrives."""
    general = discord_server.world.channel("general")
    async with run_bot(discord_server) as bot:
        discord_server.faults.rate_limit_next("POST /channels/{channel_id}/messages", 0.05)
        await bot.get_partial_messageable(int(general.id)).send("hello")
        sends = discord_server.request_log.of("/channels/{channel_id}/messages", "POST")
        assert [entry.status for entry in sends] == [429, 200]


async def test_waiting_tells_what_came_instead(rest: Rest, discord_server: DiscordServer) -> None:
    """A wait that fails prints the last messages and requests, tokens left out."""
    await rest.send(content="something else")
    await rest("POST", "/webhooks/1/secret-token", {"content": "x"})
    with pytest.raises(WaitTimeout) as caught:
        await discord_server.world.channel("general").wait_for(lambda m: m["content"] == "this", timeout=0.01)
    assert "ImaginePro: 'something else'" in str(caught.value)
    assert "POST /channels/{channel_id}/messages → 200" in str(caught.value)
    assert "Unknown Webhook" in str(caught.value)
    assert "secret-token" not in str(caught.value) + repr(discord_server.request_log[-1])


async def test_waiting_for_what_is_yet_to_come(rest: Rest, discord_server: DiscordServer) -> None:
    """Messages and requests are waited for without polling; a mistake in the condition is raised."""
    general = discord_server.world.channel("general")
    message = asyncio.create_task(general.wait_for(lambda m: m["content"] == "now"))
    request = asyncio.create_task(discord_server.request_log.wait_for(lambda entry: entry.method == "POST"))
    wrong = asyncio.create_task(general.wait_for(lambda m: m["no such field"]))
    await asyncio.sleep(0)
    await rest.send(content="now")
    assert (await message)["content"] == "now"
    assert (await request).status == 200
    with pytest.raises(KeyError):
        await wrong
