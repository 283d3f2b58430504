"""Commands that members have installed for themselves: in a server without the bot, and in direct messages."""

import asyncio
from typing import Any

import discord
import pytest
from discord import app_commands

from playground.discord_server import DiscordServer, Refused, Upload, media
from playground.discord_server.members.removals import kick_bot
from playground.discord_server.state.channels import Channel
from playground.discord_server.state.permission_bits import EXTERNAL_APPS
from playground.discord_server.state.seed import ELSEWHERE_ID
from tests.playground.discord_server.conftest import RunBot
from tests.playground.discord_server.raw_clients import Rest
from tests.playground.discord_server.sample_bot import CountButton, layout, picture
from tests.playground.discord_server.tabs import tab

Interaction = discord.Interaction[Any]


@app_commands.command(description="Count")
@app_commands.allowed_installs(guilds=True, users=True)
async def count(interaction: Interaction) -> None:
    """A message with a button."""
    interaction.client.seen.append(interaction)
    await interaction.response.send_message(view=layout("start", CountButton(1)))


@app_commands.command(description="Here only")
@app_commands.allowed_installs(guilds=True, users=False)
async def local(interaction: Interaction) -> None:
    """What only servers have."""
    await interaction.response.send_message("here")


@app_commands.command(description="Mine")
@app_commands.allowed_installs(guilds=False, users=True)
@app_commands.allowed_contexts(guilds=True, dms=False, private_channels=True)
async def mine(interaction: Interaction, image: discord.Attachment) -> None:
    """What only members have, and not in direct messages with the bot."""
    interaction.client.seen.append(interaction)
    await interaction.response.send_message(file=await image.to_file())


@pytest.fixture
def lobby(discord_server: DiscordServer) -> Channel:
    """The channel of the server in which the bot is no member."""
    return discord_server.world.channel("lobby")


async def test_the_bot_is_told_for_whom_a_command_counts(
    discord_server: DiscordServer, run_bot: RunBot, lobby: Channel
) -> None:
    """Both installations at home, the member's own elsewhere; the reply says the same, and its buttons work."""
    mia, general = discord_server.member("mia"), discord_server.world.channel("general")
    async with run_bot(discord_server, count) as bot:
        for place in (general, mia.dm):
            await mia.slash(place, "count")
        away = await mia.slash(lobby, "count")
        homely, direct, foreign = bot.seen
        assert homely.is_guild_integration()
        assert homely.is_user_integration()
        assert direct.is_user_integration()
        assert direct.context.dm_channel
        assert (foreign.guild_id, foreign.is_guild_integration()) == (int(ELSEWHERE_ID), False)
        assert foreign.is_user_integration()
        assert foreign.context.guild
        assert foreign.app_permissions.attach_files
        assert not foreign.app_permissions.send_messages
        assert bot.get_guild(foreign.guild_id) is None
        assert away.message is not None
        assert away.message["interaction_metadata"]["authorizing_integration_owners"] == {"1": mia.id}
        pressed = await discord_server.member("max").press(away.message, custom_id="v1:count:1")
        assert pressed.message is not None
        assert pressed.message["components"][0]["components"][0]["content"] == "pressed 1"
        press = discord_server.core.interactions.get(pressed.id)
        assert press is not None
        assert press.owners == {"1": mia.id}
        assert lobby.id not in [str(each.channel.id) for each in bot.heard]


async def test_commands_are_offered_where_they_are_installed(
    discord_server: DiscordServer, run_bot: RunBot, lobby: Channel
) -> None:
    """Not elsewhere without an installation of one's own, nor outside of the contexts they were made for."""
    mia, general = discord_server.member("mia"), discord_server.world.channel("general")
    upload = Upload("a.png", picture())
    async with run_bot(discord_server, local, mine):
        assert (await mia.slash(general, "local")).state == "acknowledged"
        shown = (await mia.slash(lobby, "mine", image=upload)).message
        assert shown is not None
        assert shown["attachments"][0]["width"] == 40
        assert media(shown) == []
        for place, name in ((lobby, "local"), (mia.dm, "mine")):
            with pytest.raises(Refused, match="There is no command"):
                await mia.slash(place, name, image=upload)
        discord_server.world.user_installs.discard(mia.id)
        with pytest.raises(Refused, match="There is no command"):
            await mia.slash(lobby, "mine", image=upload)


async def test_a_bot_that_was_thrown_out_is_left_with_what_members_installed(
    discord_server: DiscordServer, run_bot: RunBot
) -> None:
    """Its own server becomes one like any other."""
    mia, general = discord_server.member("mia"), discord_server.world.channel("general")
    async with run_bot(discord_server, count, local) as bot:
        kick_bot(discord_server.core)
        await mia.slash(general, "count")
        assert not bot.seen[0].is_guild_integration()
        with pytest.raises(Refused, match="There is no command"):
            await mia.slash(general, "local")


async def test_channel_routes_have_no_access(
    rest: Rest, discord_server: DiscordServer, run_bot: RunBot, lobby: Channel
) -> None:
    """Reading, writing and editing all answer 50001; no event comes for the member's own messages either."""
    mia = discord_server.member("mia")
    async with run_bot(discord_server, count) as bot:
        message = (await mia.slash(lobby, "count")).message
        assert message is not None
        mia.send(lobby, "hello")
        path = f"/channels/{lobby.id}/messages"
        asked = [
            await rest("GET", f"/channels/{lobby.id}"),
            await rest("GET", path),
            await rest("POST", path, {"content": "x"}),
            await rest("PATCH", f"{path}/{message['id']}", {"content": "x"}),
            await rest("DELETE", f"{path}/{message['id']}"),
        ]
        assert [(answer.status, answer.code) for answer in asked] == [(403, 50001)] * 5
        heard = asyncio.create_task(bot.wait_for("message", timeout=60))
        await asyncio.sleep(0)
        await rest.send(content="done")
        await heard
        assert [each.content for each in bot.heard] == ["done"]


async def waiting(server: DiscordServer, rest: Rest, channel: Channel) -> str:
    """The token of an interaction that was deferred in a channel."""
    command = {"name": "later", "description": "x", "integration_types": [0, 1]}
    await rest("PUT", rest.commands, [command])
    acted = asyncio.create_task(server.member("mia").slash(channel, "later"))
    await asyncio.sleep(0)
    [interaction] = server.core.interactions._by_id.values()
    await rest("POST", f"/interactions/{interaction.id}/{interaction.token}/callback", {"type": 5})
    await acted
    return interaction.token


async def test_five_follow_ups_elsewhere(rest: Rest, discord_server: DiscordServer, lobby: Channel) -> None:
    """The sixth is refused with 40094; edits are not counted, nor is what was refused."""
    path = f"/webhooks/{discord_server.world.bot['id']}/{await waiting(discord_server, rest, lobby)}"
    assert (await rest("POST", path, {"content": "x" * 2001})).code == 50035
    assert [(await rest("POST", path, {"content": f"{n}"})).status for n in range(5)] == [200] * 5
    sixth = await rest("POST", path, {"content": "6"})
    assert (sixth.status, sixth.code) == (400, 40094)
    assert sixth.body["message"] == "This interaction has hit the maximum number of follow up messages"
    assert (await rest("PATCH", f"{path}/messages/@original", {"content": "changed"})).status == 200


async def test_no_such_limit_at_home(rest: Rest, discord_server: DiscordServer) -> None:
    """Where the server has the bot, follow-ups are not counted."""
    general = discord_server.world.channel("general")
    path = f"/webhooks/{discord_server.world.bot['id']}/{await waiting(discord_server, rest, general)}"
    assert [(await rest("POST", path, {"content": f"{n}"})).status for n in range(7)] == [200] * 7


async def test_a_place_may_want_no_applications_from_outside(
    rest: Rest, discord_server: DiscordServer, lobby: Channel
) -> None:
    """Replies are ephemeral there, even if the bot asks for public ones."""
    lobby.forbid(ELSEWHERE_ID, EXTERNAL_APPS)
    path = f"/webhooks/{discord_server.world.bot['id']}/{await waiting(discord_server, rest, lobby)}"
    sent = [(await rest("POST", path, {"content": "x"})).body for _ in range(2)]
    assert [each["flags"] for each in sent] == [64, 64]
    assert [discord_server.member("max").sees(each) for each in sent] == [False, False]


async def test_the_page_shows_the_other_server_once_a_command_works_there(
    discord_server: DiscordServer, run_bot: RunBot
) -> None:
    """Its channel comes with its name; with commands of servers alone there is nothing to see."""
    async with tab(discord_server) as early:
        assert "lobby" not in [each["name"] for each in early.ready["channels"]]
        async with run_bot(discord_server, local):
            await early.next("commands")
        async with run_bot(discord_server, count):
            [shown] = [each for each in (await early.next("ready"))["channels"] if each["name"] == "lobby"]
            assert shown["guild"] == {"id": ELSEWHERE_ID, "name": "Elsewhere", "has_bot": False}
            await early.do("slash", channel_id=shown["id"], name="count")
            assert (await early.next("message_create"))["channel_id"] == shown["id"]


async def test_the_application_says_how_it_can_be_installed(rest: Rest) -> None:
    """For members as well, once a command asks for it."""
    path = "/applications/@me"
    assert (await rest("GET", path)).body["integration_types_config"] == {"0": {}}
    await rest("POST", rest.commands, {"name": "draw", "description": "x", "integration_types": [1]})
    assert (await rest("GET", path)).body["integration_types_config"] == {"0": {}, "1": {}}
