"""Which files Discord takes: by permission, by size, by route, and not at all while uploads fail."""

import io
from typing import Any

import aiohttp
import discord
import orjson
import pytest
from discord import app_commands

from playground.discord_server import DiscordServer
from playground.discord_server.state.uploads import MIB
from tests.playground.discord_server.conftest import RunBot
from tests.playground.discord_server.message_bodies import V2, gallery, send_files
from tests.playground.discord_server.raw_clients import Answer, Rest

DEFAULT = 10 * MIB


async def upload(rest: Rest, method: str, path: str, *sizes: int) -> Answer:
    """A request with files of these sizes in bytes."""
    form = aiohttp.FormData(quote_fields=False)
    form.add_field("payload_json", orjson.dumps({"content": "x"}).decode())
    for number, size in enumerate(sizes):
        form.add_field(f"files[{number}]", io.BytesIO(bytes(size)), filename=f"{number}.bin")
    return await rest(method, path, data=form)


async def opened_token(server: DiscordServer, run_bot: RunBot, tests: Any) -> None:
    """Run `tests(interaction, its path)` while an interaction's token is valid."""

    @app_commands.command()
    async def draw(interaction: discord.Interaction) -> None:
        """Answer."""
        opened.append(interaction)
        await interaction.response.send_message("here")

    opened: list[discord.Interaction] = []
    async with run_bot(server, draw):
        await server.member("mia").slash(server.world.channel("general"), "draw")
        await tests(opened[0], f"/webhooks/{opened[0].application_id}/{opened[0].token}")


async def test_edits_and_follow_ups_need_the_permission(
    discord_server: DiscordServer, run_bot: RunBot, rest: Rest
) -> None:
    """Without Attach Files every request with files is refused, by the channel and by a token."""
    sent = (await rest.send(content="x")).body
    discord_server.faults.forbid_files(discord_server.world.channel("general"))

    async def tests(interaction: discord.Interaction, path: str) -> None:
        assert not interaction.app_permissions.attach_files
        for method, place in (
            ("POST", f"{rest.general}/messages"),
            ("PATCH", f"{rest.general}/messages/{sent['id']}"),
            ("POST", path),
            ("PATCH", f"{path}/messages/@original"),
        ):
            refused = await upload(rest, method, place, 1)
            assert (refused.status, refused.code) == (403, 50013), place
        assert (await rest("PATCH", f"{path}/messages/@original", {"content": "words"})).status == 200

    await opened_token(discord_server, run_bot, tests)
    discord_server.faults.clear()
    assert (await upload(rest, "POST", f"{rest.general}/messages", 1)).status == 200


@pytest.mark.parametrize(("tier", "limit"), [(0, DEFAULT), (1, DEFAULT), (2, 50 * MIB), (3, 100 * MIB)])
async def test_boost_tiers_raise_the_limit(discord_server: DiscordServer, tier: int, limit: int) -> None:
    """The guild says its tier, and takes files of the tier's size."""
    discord_server.world.guild.boost(tier)
    assert discord_server.world.guild.payload()["premium_tier"] == tier
    assert discord_server.world.guild.attachment_limit == limit


async def test_members_limit_counts_by_the_token_alone(
    discord_server: DiscordServer, run_bot: RunBot, rest: Rest
) -> None:
    """What a member with Nitro may upload stands in the interaction and is taken by its token, not by the channel."""
    mia = discord_server.member("mia")
    discord_server.world.upload_limits.of_member[mia.id] = 20 * MIB

    async def tests(interaction: discord.Interaction, path: str) -> None:
        assert interaction.filesize_limit == 20 * MIB
        original = f"{path}/messages/@original"
        assert (await upload(rest, "PATCH", original, DEFAULT + 1)).status == 200
        channel = f"{rest.general}/messages/{(await rest('GET', original)).body['id']}"
        refused = await upload(rest, "PATCH", channel, DEFAULT + 1)
        assert (refused.status, refused.code) == (413, 40005)
        assert (await upload(rest, "POST", f"/channels/{mia.dm.id}/messages", DEFAULT + 1)).code == 40005

    await opened_token(discord_server, run_bot, tests)


async def test_interaction_may_overstate_the_limit(discord_server: DiscordServer, run_bot: RunBot, rest: Rest) -> None:
    """A file within `attachment_size_limit` is refused nevertheless."""
    discord_server.world.upload_limits.stated = 500 * MIB

    async def tests(interaction: discord.Interaction, path: str) -> None:
        assert interaction.filesize_limit == 500 * MIB
        assert (await upload(rest, "PATCH", f"{path}/messages/@original", DEFAULT + 1)).code == 40005

    await opened_token(discord_server, run_bot, tests)


async def test_request_has_a_limit_of_its_own(rest: Rest, discord_server: DiscordServer) -> None:
    """Files that are small enough each are refused when they have more than 25 MiB together."""
    path = f"{rest.general}/messages"
    assert (await upload(rest, "POST", path, 9 * MIB, 9 * MIB, 9 * MIB)).code == 40005
    assert (await upload(rest, "POST", path, 9 * MIB, 9 * MIB)).status == 200


@pytest.mark.parametrize("status", [500, 504])
async def test_uploads_alone_fail(rest: Rest, discord_server: DiscordServer, status: int) -> None:
    """Requests with files fail while all others work, until it is cleared."""
    discord_server.faults.fail_uploads(status)
    assert (await send_files(rest, {"content": "x"}, ("a.png", b"x"))).status == status
    assert (await rest.send(content="x")).status == 200
    discord_server.faults.clear()
    assert (await send_files(rest, {"content": "x"}, ("a.png", b"x"))).status == 200


async def test_external_picture_is_blank_at_first(rest: Rest, discord_server: DiscordServer) -> None:
    """The first message with a picture of another host never shows it; the next one does."""
    discord_server.faults.blank_pictures()
    body = {"flags": V2, "components": [gallery("https://example.com/a.png")]}
    first, second = [(await rest.send(**body)).body["components"][0]["items"][0]["media"] for _ in range(2)]
    assert (first["loading_state"], first["content_type"]) == (1, None)
    assert second["content_type"] == "image/png"


@pytest.mark.parametrize(
    ("reason", "status", "code"),
    [("blocked_by_automod", 400, 200000), ("harmful_link", 400, 240000), ("explicit_content", 403, 20009)],
)
async def test_filters_refuse_words(
    rest: Rest, discord_server: DiscordServer, reason: str, status: int, code: int
) -> None:
    """A message with blocked words is refused in the server, and taken in direct messages."""
    discord_server.faults.block(reason, "forbidden")
    refused = await rest.send(content="something forbidden")
    assert (refused.status, refused.code) == (status, code)
    assert (await rest.send(content="anything else")).status == 200
    dm = discord_server.member("mia").dm
    assert (await rest("POST", f"/channels/{dm.id}/messages", {"content": "forbidden"})).status == 200


async def test_filters_refuse_files(rest: Rest, discord_server: DiscordServer) -> None:
    """A filter without words refuses files alone."""
    discord_server.faults.block("explicit_content")
    assert (await send_files(rest, {"content": "x"}, ("a.png", b"x"))).code == 20009
    assert (await rest.send(content="x")).status == 200


@pytest.mark.parametrize("field", ["contexts", "integration_types"])
async def test_guild_commands_have_no_contexts(rest: Rest, discord_server: DiscordServer, field: str) -> None:
    """Contexts and integration types are for global commands alone."""
    command = {"name": "draw", "description": "x", field: [0]}
    of_guild = rest.commands.replace("/commands", f"/guilds/{discord_server.world.guild.id}/commands")
    assert (await rest("POST", of_guild, command)).error(field) == "APPLICATION_COMMAND_GUILD_SCOPED_FIELD"
    assert (await rest("PUT", of_guild, [command])).error("0", field) == "APPLICATION_COMMAND_GUILD_SCOPED_FIELD"
    made = (await rest("POST", of_guild, {"name": "draw", "description": "x"})).body
    assert (await rest("PATCH", f"{of_guild}/{made['id']}", {field: [0]})).code == 50035
    assert (await rest("POST", rest.commands, command)).status == 201
