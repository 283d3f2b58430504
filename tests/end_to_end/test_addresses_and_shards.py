"""The bot at other addresses and with several shards, configured by environment variables alone."""

import pytest

from tests.end_to_end.environment import Environment

pytestmark = pytest.mark.process


@pytest.mark.parametrize("setup", [{"proxied": True}], ids=[""])
async def test_behind_a_proxy_with_path_prefixes(environment: Environment) -> None:
    """Base addresses may have a path prefix and a trailing slash: REST, gateway, API and pictures all use them."""
    chat = environment.proxy.url("chat")
    addresses = {
        "DISCORD_API_URL": f"{chat}/api/v10/",
        "DISCORD_GATEWAY_URL": f"{chat.replace('http', 'ws', 1)}/gateway/",
        "IMAGINEPRO_BASE_URL": f"{environment.proxy.url('pictures')}/",
    }
    async with environment.bot(**addresses):
        asked = await environment.imagine()
        grid = await environment.result(asked)
        chosen = await environment.result(await environment.mia.press(grid, label="U2"), "Vary (Strong)")
    assert list(environment.channel.messages) == [grid["id"], chosen["id"]]
    # Every request that reached the servers came through the proxy.
    passed = [path.split("/", 2)[2] for path in environment.proxy.paths]
    asked_for = [*environment.discord.request_log, *environment.api.request_log]
    assert [entry.path for entry in asked_for if entry.path.lstrip("/") not in passed] == []
    assert [path for path in passed if path.strip("/") == "gateway"]


@pytest.mark.parametrize("setup", [{"shards": 2}], ids=[""])
async def test_with_two_shards(environment: Environment) -> None:
    """The bot connects as many shards as Discord recommends and answers in the server and in direct messages."""
    async with environment.bot() as bot:
        await bot.wait_for_line('"event": "ready"')
        assert [session.shard for session in environment.discord.core.gateway.sessions] == [(0, 2), (1, 2)]
        here = await environment.imagine()
        there = await environment.mia.slash(environment.mia.dm, "imagine", prompt="a blue bird")
        assert (await environment.result(here))["channel_id"] == environment.channel.id
        assert (await environment.result(there))["channel_id"] == environment.mia.dm.id
