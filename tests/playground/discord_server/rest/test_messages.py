"""Messages over plain HTTP: what Discord shows of them, and what it refuses."""

from typing import Any

import aiohttp
import pytest

from playground.discord_server import DiscordServer, media, texts
from playground.discord_server.state.permission_bits import SEND_MESSAGES, VIEW_CHANNEL
from tests.playground.discord_server.message_bodies import V2, Json, gallery, send_files, text
from tests.playground.discord_server.raw_clients import Rest
from tests.playground.discord_server.sample_bot import picture


async def test_v2_components_are_shown_with_their_media(rest: Rest) -> None:
    """Attachments are resolved, numbered, described, and no longer listed as attachments."""
    section = {
        "type": 9,
        "components": [text("Fox")],
        "accessory": {"type": 11, "media": {"url": "attachment://a_b.png"}, "description": "small"},
    }
    parts = [section, {"type": 14}, gallery("attachment://a_b.png", "https://example.com/z.png")]
    payload = {
        "flags": V2,
        "components": [{"type": 17, "components": parts}, {"type": 13, "file": {"url": "attachment://c.png"}}],
        "attachments": [{"id": 0, "filename": "a b.png", "description": "alt"}, {"id": "1"}],
    }
    answer = await send_files(rest, payload, ("x.png", picture()), ("c.png", b"not a picture"), ("d.png", picture()))
    assert answer.status == 200
    message = answer.body
    assert [each["filename"] for each in message["attachments"]] == ["d.png"]
    assert [(each["description"], each["width"]) for each in media(message)[:3]] == [
        ("small", 40),
        (None, 40),
        (None, None),
    ]
    assert media(message)[3]["filename"] == "c.png"
    assert texts(message) == "Fox"
    assert message["components"][0]["id"] == 1
    assert message["components"][1]["id"] == 7


async def test_edits_keep_replace_and_drop_attachments(rest: Rest, discord_server: DiscordServer) -> None:
    """Files stay unless the body lists others, and an edit may show a file of before."""
    first = (await send_files(rest, {"content": "x"}, ("a.png", picture()), ("b.png", picture()))).body
    path = f"{rest.general}/messages/{first['id']}"
    kept = (await rest("PATCH", path, {"content": "y"})).body
    assert [each["filename"] for each in kept["attachments"]] == ["a.png", "b.png"]
    fewer = (await rest("PATCH", path, {"attachments": [{"id": first["attachments"][1]["id"]}]})).body
    assert [each["filename"] for each in fewer["attachments"]] == ["b.png"]
    assert fewer["content"] == "y"
    assert fewer["edited_timestamp"] is not None
    shown = (await rest("PATCH", path, {"embeds": [{"image": {"url": "attachment://b.png"}}]})).body
    assert shown["embeds"][0]["image"]["url"] == first["attachments"][1]["url"]
    assert shown["attachments"] == []
    async with aiohttp.ClientSession() as session, session.get(first["attachments"][0]["url"]) as response:
        assert (response.content_type, await response.read()) == ("image/png", picture())
    assert len(discord_server.world.channel("general").versions(first["id"])) == 4


async def test_v2_is_for_ever(rest: Rest) -> None:
    """The flag is not taken back, content does not come back, and a plain message becomes V2 once emptied."""
    message = (await rest.send(flags=V2, components=[text()])).body
    path = f"{rest.general}/messages/{message['id']}"
    assert (await rest("PATCH", path, {"flags": 0})).error("flags") == "MESSAGE_FLAGS_CANNOT_UNSET"
    assert (await rest("PATCH", path, {"content": "x"})).status == 400
    assert (await rest("PATCH", path, {"components": []})).code == 50006
    plain = (await rest.send(content="x")).body
    path = f"{rest.general}/messages/{plain['id']}"
    assert (await rest("PATCH", path, {"flags": V2, "components": [text()]})).status == 400
    changed = await rest("PATCH", path, {"flags": V2, "components": [text()], "content": None})
    assert (changed.body["flags"], changed.body["content"]) == (V2, "")


async def test_mentions_follow_what_is_allowed(rest: Rest, discord_server: DiscordServer) -> None:
    """Only allowed mentions ping, in content and in text displays."""
    mia, world = discord_server.member("mia"), discord_server.world
    role = world.members[discord_server.member("adam").id].roles[0]
    content = f"<@{mia.id}> <@&{role}> @everyone"

    async def pinged(**body: Any) -> tuple[list[str], list[str], bool]:
        message = (await rest.send(**body)).body
        users = [user["username"] for user in message["mentions"]]
        return users, message["mention_roles"], message["mention_everyone"]

    nobody: Json = {"parse": []}
    assert await pinged(content=content) == (["mia"], [role], True)
    assert await pinged(content=content, allowed_mentions=nobody) == ([], [], False)
    assert await pinged(content=content, allowed_mentions={"users": [mia.id]}) == (["mia"], [], False)
    shown = {"flags": V2, "components": [text(content)]}
    assert await pinged(**shown) == (["mia"], [role], True)
    assert await pinged(**shown, allowed_mentions=nobody) == ([], [], False)
    asked = mia.send(world.channel("general"), "hello?")
    reply = {"content": "hi", "message_reference": {"message_id": asked["id"]}}
    assert (await pinged(**reply))[0] == ["mia"]
    assert (await pinged(**reply, allowed_mentions={"parse": [], "replied_user": False}))[0] == []


async def test_old_messages_can_only_be_edited_a_few_times(rest: Rest, discord_server: DiscordServer) -> None:
    """After an hour the fourth edit within an hour is refused with 30046."""
    message = (await rest.send(content="x")).body
    path = f"{rest.general}/messages/{message['id']}"
    discord_server.clock.advance(3601)
    answers = [await rest("PATCH", path, {"content": str(number)}) for number in range(4)]
    assert [answer.status for answer in answers] == [200, 200, 200, 429]
    assert answers[3].code == 30046
    discord_server.clock.advance(3601)
    assert (await rest("PATCH", path, {"content": "later"})).status == 200


async def test_reading_and_deleting(rest: Rest, discord_server: DiscordServer) -> None:
    """History comes newest first; others' messages are neither edited nor deleted without permission."""
    mia, general = discord_server.member("mia"), discord_server.world.channel("general")
    sent = [mia.send(general, str(number))["id"] for number in range(4)]
    messages = f"{rest.general}/messages"
    assert [each["id"] for each in (await rest("GET", messages + "?limit=2")).body] == [sent[3], sent[2]]
    assert [each["id"] for each in (await rest("GET", f"{messages}?before={sent[1]}")).body] == [sent[0]]
    assert [each["id"] for each in (await rest("GET", f"{messages}?after={sent[1]}&limit=1")).body] == [sent[2]]
    assert (await rest("GET", messages + "?limit=900")).code == 50035
    assert (await rest("PATCH", f"{messages}/{sent[0]}", {"content": "x"})).code == 50005
    assert (await rest("DELETE", f"{messages}/{sent[0]}")).code == 50013
    own = (await rest.send(content="own")).body["id"]
    assert (await rest("DELETE", f"{messages}/{own}")).status == 204
    assert (await rest("GET", f"{messages}/{own}")).code == 10008


async def test_a_repeated_nonce_sends_once(rest: Rest) -> None:
    """With enforce_nonce the second request gets the message of the first."""
    first = await rest.send(content="x", nonce="abc", enforce_nonce=True)
    second = await rest.send(content="x", nonce="abc", enforce_nonce=True)
    assert first.body["id"] == second.body["id"]
    assert (await rest.send(content="x", nonce="abc")).body["id"] != first.body["id"]


async def test_closed_channels(rest: Rest, discord_server: DiscordServer) -> None:
    """50001 where the bot does not see the channel, 50013 where it may not write, 10003 where there is none."""
    bot = discord_server.world.bot["id"]
    discord_server.world.channel("general").forbid(bot, SEND_MESSAGES, kind=1)
    discord_server.world.channel("art").forbid(discord_server.world.guild.id, VIEW_CHANNEL)
    art = f"/channels/{discord_server.world.channel('art').id}"
    assert (await rest.send(content="x")).code == 50013
    assert (await rest("GET", art)).code == 50001
    assert (await rest("POST", f"{art}/messages", {"content": "x"})).code == 50001
    assert (await rest("GET", "/channels/1")).code == 10003


async def test_files_that_are_too_large(rest: Rest) -> None:
    """More than 10 MiB is refused with 413 and code 40005."""
    answer = await send_files(rest, {"content": "x"}, ("a.bin", b"x" * (10 * 1024 * 1024 + 1)))
    assert (answer.status, answer.code) == (413, 40005)
    many = await send_files(rest, {"content": "x"}, *[(f"{number}.bin", b"x") for number in range(11)])
    assert many.error("attachments") == "BASE_TYPE_MAX_LENGTH"


@pytest.mark.parametrize("payload", ["{", "[]", "5", '"x"', "null"])
async def test_payloads_that_are_no_objects(rest: Rest, payload: str) -> None:
    """Discord's errors, never a traceback."""
    answer = await send_files(rest, payload, ("a.png", picture()))
    assert (answer.status, answer.code) == ((400, 50109) if payload == "{" else (400, 50035))
