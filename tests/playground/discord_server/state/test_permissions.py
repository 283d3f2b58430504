"""What a bot and a member may do in a channel, and what Discord says when they may not."""

from typing import Any

import pytest

from playground.discord_server import DiscordServer, Refused, Upload
from playground.discord_server.members.removals import start_thread
from playground.discord_server.state.channels import Channel
from playground.discord_server.state.permission_bits import (
    ATTACH_FILES,
    EMBED_LINKS,
    MENTION_EVERYONE,
    READ_HISTORY,
    SEND_IN_THREADS,
    SEND_MESSAGES,
    USE_COMMANDS,
    VIEW_CHANNEL,
)
from playground.discord_server.state.permissions import permissions
from tests.playground.discord_server.message_bodies import send_files
from tests.playground.discord_server.raw_clients import Rest


def forbid(server: DiscordServer, bits: int) -> Channel:
    """Take these permissions from everybody in #general."""
    general = server.world.channel("general")
    general.forbid(server.world.guild.id, bits)
    return general


@pytest.mark.parametrize(
    ("bits", "body", "code"),
    [
        (SEND_MESSAGES, {"content": "x"}, 50013),
        (VIEW_CHANNEL, {"content": "x"}, 50001),
        (EMBED_LINKS, {"embeds": [{"title": "x"}]}, 50013),
    ],
)
async def test_sending_needs_permissions(
    rest: Rest, discord_server: DiscordServer, bits: int, body: dict[str, Any], code: int
) -> None:
    """One for writing, one for seeing, one for embeds; nothing is sent without them."""
    bot_role = discord_server.world.members[discord_server.world.bot["id"]].roles[0]
    general = forbid(discord_server, bits)
    answer = await rest.send(**body)
    assert (answer.status, answer.code) == (403, code)
    general.overwrites.append({"id": bot_role, "type": 0, "allow": str(bits), "deny": "0"})
    assert (await rest.send(**body)).status == 200


async def test_files_need_a_permission(rest: Rest, discord_server: DiscordServer) -> None:
    """Without it a message with files is refused, and one of words is not."""
    forbid(discord_server, ATTACH_FILES)
    assert (await send_files(rest, {"content": "x"}, ("a.png", b"x"))).code == 50013
    assert (await rest.send(content="x")).status == 200
    mia = discord_server.member("mia")
    with pytest.raises(Refused, match="may not do that"):
        mia.send(discord_server.world.channel("general"), "look", Upload("a.png", b"x"))


async def test_replies_need_the_history(rest: Rest, discord_server: DiscordServer) -> None:
    """Without the message history a bot can neither reply to a message nor fetch it; the list is empty."""
    message = (await rest.send(content="x")).body
    reply = {"content": "y", "message_reference": {"message_id": message["id"]}}
    assert (await rest.send(**reply)).status == 200
    forbid(discord_server, READ_HISTORY)
    refused = await rest.send(**reply)
    assert (refused.status, refused.code) == (403, 160002)
    assert refused.body["message"] == "Cannot reply without permission to read message history"
    assert (await rest("GET", f"{rest.general}/messages/{message['id']}")).code == 50013
    assert (await rest("GET", f"{rest.general}/messages")).body == []


async def test_threads_have_a_permission_of_their_own(rest: Rest, discord_server: DiscordServer) -> None:
    """Writing in a channel and writing in its threads are two things, for bots and members."""
    mia, general = discord_server.member("mia"), discord_server.world.channel("general")
    thread = start_thread(discord_server.world, "side talk", general)
    forbid(discord_server, SEND_MESSAGES)
    assert (await rest("POST", f"/channels/{thread.id}/messages", {"content": "x"})).status == 200
    assert mia.send(thread, "hello")["content"] == "hello"
    forbid(discord_server, SEND_IN_THREADS)
    assert (await rest("POST", f"/channels/{thread.id}/messages", {"content": "x"})).code == 50013
    with pytest.raises(Refused, match="may not do that"):
        mia.send(thread, "hello")


async def test_what_is_denied_takes_more_with_it(discord_server: DiscordServer) -> None:
    """Without writing there are no files and embeds; without seeing there is nothing, not for commands either."""
    world, mia = discord_server.world, discord_server.member("mia")
    general = forbid(discord_server, SEND_MESSAGES)
    assert permissions(world, mia.id, general) & (ATTACH_FILES | EMBED_LINKS | MENTION_EVERYONE) == 0
    assert permissions(world, mia.id, general) & USE_COMMANDS
    forbid(discord_server, VIEW_CHANNEL)
    assert permissions(world, mia.id, general) == 0


async def test_age_restriction_holds_in_threads(rest: Rest, discord_server: DiscordServer) -> None:
    """A command for adults is found in a restricted channel and its threads, and nowhere else."""
    await rest("PUT", rest.commands, [{"name": "bare", "description": "x", "nsfw": True}])
    world, mia = discord_server.world, discord_server.member("mia")
    with pytest.raises(Refused, match="age-restricted"):
        await mia.slash(start_thread(world, "tame", world.channel("general")), "bare")
    allowed = start_thread(world, "wild", world.channel("after-dark"))
    discord_server.clock.call_later(0.01, lambda: discord_server.clock.advance(3))
    assert (await mia.slash(allowed, "bare")).state == "failed"
