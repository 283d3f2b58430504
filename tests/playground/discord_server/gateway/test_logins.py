"""Logins are counted, and too many in a day cost the bot its token."""

from typing import Any

from playground.discord_server import DiscordServer, IdentifyLimits, Limits
from tests.playground.discord_server.raw_clients import Rest, gateway_client, rest_client

DAY = 86_400


async def login(server: DiscordServer, ws: Any) -> Any:
    """Log in with the token of the start; the next frame."""
    await ws.receive_json()
    await ws.send_json({"op": 2, "d": {"token": server.token, "intents": 0, "properties": {}}})
    return await ws.receive()


async def limit(rest: Rest) -> dict[str, int]:
    """What the bot can read about logins."""
    return (await rest("GET", "/gateway/bot")).body["session_start_limit"]


async def test_logins_are_counted() -> None:
    """`remaining` falls with each, those that come too early included, and is whole again a day later."""
    limits = IdentifyLimits(max_concurrency=1, seconds=5.0)
    async with DiscordServer(limits=Limits.lifted(), identify_limits=limits) as server, rest_client(server) as rest:
        assert (await limit(rest))["remaining"] == 1000
        async with gateway_client(server) as first, gateway_client(server) as second:
            assert (await login(server, first)).json()["t"] == "READY"
            assert (await login(server, second)).json()["op"] == 9
        after = await limit(rest)
        assert (after["total"], after["remaining"]) == (1000, 998)
        assert 0 < after["reset_after"] <= DAY * 1000
        server.clock.advance(DAY)
        assert (await limit(rest))["remaining"] == 1000


async def test_one_login_too_many() -> None:
    """All sessions end and the token is worth nothing any more."""
    limits = IdentifyLimits(total=1)
    async with DiscordServer(limits=Limits.lifted(), identify_limits=limits) as server, rest_client(server) as rest:
        async with gateway_client(server) as first, gateway_client(server) as second:
            assert (await login(server, first)).json()["t"] == "READY"
            await login(server, second)
            assert second.close_code == 4004
            while not first.closed:
                await first.receive()
            assert first.close_code == 4004
        assert server.core.gateway.sessions == []
        assert (await rest("GET", "/users/@me")).status == 401
