"""Select menus: what a member's client shows as chosen, and therefore does not send."""

from typing import Any

import pytest

from playground.discord_server import DiscordServer, Limits, Refused
from tests.playground.discord_server.raw_clients import rest_client
from tests.playground.discord_server.tabs import tab


def menu(**default: Any) -> list[dict[str, Any]]:
    """A row with a menu of two entries."""
    options = [{"label": "Ink", "value": "ink", **default}, {"label": "Oil", "value": "oil"}]
    return [{"type": 1, "components": [{"type": 3, "custom_id": "style", "options": options}]}]


async def test_without_an_answer_nothing_stays_chosen() -> None:
    """The client takes the choice back when the bot does not respond, so that it can be tried again."""
    async with DiscordServer(limits=Limits.lifted(), answer_seconds=0.02) as server, rest_client(server) as rest:
        message = (await rest.send(content="x", components=menu())).body
        for _ in range(2):
            assert (await server.member("mia").choose(message, "style", ["ink"])).error is not None


async def test_an_entry_chosen_by_default_is_not_sent() -> None:
    """The menu shows it as chosen from the beginning."""
    async with DiscordServer(limits=Limits.lifted(), answer_seconds=0.02) as server, rest_client(server) as rest:
        message = (await rest.send(content="x", components=menu(default=True))).body
        with pytest.raises(Refused, match="chosen already"):
            await server.member("mia").choose(message, "style", ["ink"])
        assert (await server.member("mia").choose(message, "style", ["oil"])).error is not None


async def test_a_new_client_knows_no_choice(discord_server: DiscordServer) -> None:
    """A new tab, like a restarted client, shows every menu unused."""
    async with rest_client(discord_server) as rest, tab(discord_server) as mias:
        message = (await rest.send(content="x", components=menu())).body
        place = {"channel_id": message["channel_id"], "message_id": message["id"], "custom_id": "style"}
        await mias.do("choose", **place, values=["ink"])
        refused = await mias.do("choose", **place, values=["ink"])
        assert "chosen already" in (await mias.next("error", nonce=refused))["message"]
        async with tab(discord_server) as second:
            await second.do("choose", **place, values=["ink"])
            refused = await second.do("choose", **place, values=["ink"])
            assert "chosen already" in (await second.next("error", nonce=refused))["message"]
