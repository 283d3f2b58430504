"""Places that close under a bot: what it may still do there, and in which words the rest is refused."""

from typing import Any

import pytest

from playground.discord_server import DiscordServer
from playground.discord_server.members.removals import delete_channel, kick_bot, start_thread
from playground.discord_server.state.channels import Channel
from tests.playground.discord_server.raw_clients import Answer, Rest


async def say(rest: Rest, channel: Channel) -> Answer:
    """A message of the bot's."""
    return await rest("POST", f"/channels/{channel.id}/messages", {"content": "here"})


async def change(rest: Rest, channel: Channel, message: Any) -> Answer:
    """An edit of it."""
    return await rest("PATCH", f"/channels/{channel.id}/messages/{message['id']}", {"content": "there"})


def verdict(answer: Answer) -> tuple[int, int, str]:
    """Status, code and words of a refusal."""
    return answer.status, answer.body["code"], answer.body["message"]


@pytest.fixture
def thread(discord_server: DiscordServer) -> Channel:
    """An open thread."""
    return start_thread(discord_server.world, "side talk", discord_server.world.channel("general"))


async def test_archived_thread_takes_no_edits_until_somebody_writes(rest: Rest, thread: Channel) -> None:
    """A new message brings it back."""
    said = (await say(rest, thread)).body
    thread.archived = True
    assert verdict(await change(rest, thread, said)) == (400, 50083, "Thread is archived")
    assert (await say(rest, thread)).status == 200
    assert (await change(rest, thread, said)).status == 200


async def test_locked_thread_takes_no_messages(rest: Rest, thread: Channel) -> None:
    """Archived and locked it takes nothing at all, and says so of itself."""
    thread.archived = thread.locked = True
    assert verdict(await say(rest, thread)) == (403, 160005, "Thread is locked")
    shown = (await rest("GET", f"/channels/{thread.id}")).body
    assert (shown["type"], shown["thread_metadata"]["archived"], shown["thread_metadata"]["locked"]) == (11, True, True)


async def test_deleted_channel_is_unknown(rest: Rest, discord_server: DiscordServer, thread: Channel) -> None:
    """With everything in it, its threads too."""
    said = (await say(rest, thread)).body
    delete_channel(discord_server.core, discord_server.world.channels[thread.parent_id or ""])
    assert verdict(await change(rest, thread, said)) == (404, 10003, "Unknown Channel")


async def test_kicked_bot_has_no_access(rest: Rest, discord_server: DiscordServer) -> None:
    """It can neither edit its messages nor write to a member it shares no server with."""
    general = discord_server.world.channel("general")
    said = (await say(rest, general)).body
    kick_bot(discord_server.core)
    assert verdict(await change(rest, general, said)) == (403, 50001, "Missing Access")
    assert (await say(rest, discord_server.member("mia").dm)).body["code"] == 50278


async def test_member_can_refuse_direct_messages(rest: Rest, discord_server: DiscordServer) -> None:
    """The channel opens, the message does not arrive."""
    mia = discord_server.member("mia")
    mia.dm.closed = True
    assert (await rest("POST", "/users/@me/channels", {"recipient_id": mia.id})).status == 200
    assert verdict(await say(rest, mia.dm)) == (403, 50007, "Cannot send messages to this user")
