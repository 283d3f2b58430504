"""The same bot at other addresses and with several shards, told so by environment variables alone."""

import pytest

from tests.end_to_end.place import Place

pytestmark = pytest.mark.process


@pytest.mark.parametrize("setup", [{"relayed": True}], ids=[""])
async def test_behind_a_proxy_with_paths_of_its_own(place: Place) -> None:
    """Addresses with a path in front and a slash behind: REST, gateway, API and pictures all go that way."""
    chat = place.relay.url("chat")
    addresses = {
        "DISCORD_API_URL": f"{chat}/api/v10/",
        "DISCORD_GATEWAY_URL": f"{chat.replace('http', 'ws', 1)}/gateway/",
        "IMAGINEPRO_BASE_URL": f"{place.relay.url('pictures')}/",
    }
    async with place.bot(**addresses):
        asked = await place.imagine()
        grid = await place.result(asked)
        chosen = await place.result(await place.mia.press(grid, label="U2"), "Vary (Strong)")
    assert list(place.channel.messages) == [grid["id"], chosen["id"]]
    # Everything the servers have answered came through the relay.
    passed = [path.split("/", 2)[2] for path in place.relay.seen]
    asked_for = [*place.discord.request_log, *place.api.request_log]
    assert [entry.path for entry in asked_for if entry.path.lstrip("/") not in passed] == []
    assert [path for path in passed if path.strip("/") == "gateway"]


@pytest.mark.parametrize("setup", [{"shards": 2}], ids=[""])
async def test_with_two_shards(place: Place) -> None:
    """As many shards as Discord recommends connect; commands are heard in the server and in direct messages."""
    async with place.bot() as bot:
        await bot.says('"event": "ready"')
        assert [session.shard for session in place.discord.core.gateway.sessions] == [(0, 2), (1, 2)]
        here = await place.imagine()
        there = await place.mia.slash(place.mia.dm, "imagine", prompt="a blue bird")
        assert (await place.result(here))["channel_id"] == place.channel.id
        assert (await place.result(there))["channel_id"] == place.mia.dm.id
