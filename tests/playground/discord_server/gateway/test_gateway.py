"""The gateway: shards, RESUME, faults, and frames that no library would send."""

import asyncio
import zlib
from typing import Any

import discord
import orjson
import pytest
from discord import app_commands

from playground.discord_server import DiscordServer, IdentifyLimits, Limits
from tests.playground.discord_server.conftest import RunBot
from tests.playground.discord_server.raw_clients import gateway_client, rest_client


@app_commands.command(description="Ping")
async def ping(interaction: discord.Interaction[Any]) -> None:
    """Answer."""
    await interaction.response.send_message("pong")


@pytest.mark.parametrize("shards", [1, 3])
async def test_a_bot_logs_in_with_the_recommended_shards(run_bot: RunBot, shards: int) -> None:
    """Every shard gets READY, the guild comes with its own shard, and a command is answered there."""
    async with DiscordServer(limits=Limits.lifted(), shards=shards) as server, run_bot(server, ping) as bot:
        assert sorted(bot.shards) == list(range(shards))
        guild = bot.get_guild(int(server.world.guild.id))
        assert guild is not None
        assert (guild.name, guild.shard_id) == ("Playground", 2 if shards == 3 else 0)
        assert {channel.name for channel in guild.text_channels} == {"general", "art", "after-dark"}
        outcome = await server.member("mia").slash(server.world.channel("general"), "ping")
        assert outcome.message is not None
        assert outcome.message["content"] == "pong"


async def test_direct_messages_come_to_the_first_shard(run_bot: RunBot) -> None:
    """A command in a direct message is answered, though the guild lives on another shard."""
    async with DiscordServer(limits=Limits.lifted(), shards=3) as server, run_bot(server, ping) as bot:
        mia = server.member("mia")
        outcome = await mia.slash(mia.dm, "ping")
        assert outcome.message is not None
        assert outcome.message["channel_id"] == mia.dm.id
        user = await bot.fetch_user(int(mia.id))
        sent = await user.send("hello")
        assert mia.dm.messages[str(sent.id)].message["content"] == "hello"


async def test_a_wrong_token_is_refused(discord_server: DiscordServer, run_bot: RunBot) -> None:
    """Login fails as on Discord."""
    token, discord_server.token = discord_server.token, "wrong"
    with pytest.raises(discord.LoginFailure):
        async with run_bot(discord_server):
            pass
    discord_server.token = token


async def test_missed_events_are_replayed_on_resume(discord_server: DiscordServer, run_bot: RunBot) -> None:
    """What happens while the line is down reaches the bot after RESUME, in order and once."""
    general, mia = discord_server.world.channel("general"), discord_server.member("mia")
    async with run_bot(discord_server, ping) as bot:
        discord_server.faults.hold_gateway()
        await discord_server.faults.drop_gateway()
        for text in ("one", "two"):
            mia.send(general, text)
        pressed = asyncio.create_task(mia.slash(general, "ping"))
        discord_server.faults.hold_gateway(False)
        outcome = await pressed
        assert outcome.state == "acknowledged"
        assert bot.resumes == [0]
        own = [message for message in bot.heard if message.author.id == int(mia.id)]
        assert [message.id for message in own] == [int(key) for key in list(general.messages)[:2]]


async def test_op_7_makes_the_bot_resume(discord_server: DiscordServer, run_bot: RunBot) -> None:
    """Asked to reconnect, the bot comes back with the same session."""
    async with run_bot(discord_server, ping) as bot:
        session = discord_server.core.gateway.sessions[0]
        discord_server.faults.ask_to_reconnect()
        await bot.wait_for("resumed", timeout=60)
        assert discord_server.core.gateway.sessions == [session]


async def test_a_lost_session_makes_the_bot_identify_anew(discord_server: DiscordServer, run_bot: RunBot) -> None:
    """RESUME of a forgotten session is answered with INVALID SESSION, and the bot logs in again."""
    async with run_bot(discord_server, ping) as bot:
        before = discord_server.core.gateway.sessions[0].id
        await discord_server.faults.drop_gateway(resumable=False)
        await bot.wait_for("ready", timeout=60)
        assert [session.id for session in discord_server.core.gateway.sessions] != [before]
        assert bot.resumes == []


async def test_members_can_be_requested(discord_server: DiscordServer, run_bot: RunBot) -> None:
    """Op 8 finds members by the start of their name and by id."""
    async with run_bot(discord_server) as bot:
        guild = bot.get_guild(int(discord_server.world.guild.id))
        assert guild is not None
        assert [member.name for member in await guild.query_members("ma")] == ["max"]
        olivia = await guild.query_members(user_ids=[guild.owner_id or 0])
        assert [member.name for member in olivia] == ["olivia"]


async def test_message_content_is_hidden_without_the_intent(discord_server: DiscordServer, run_bot: RunBot) -> None:
    """Texts of others are empty unless the bot asks for them."""
    intents = discord.Intents(guilds=True, guild_messages=True, message_content=True)
    general, mia = discord_server.world.channel("general"), discord_server.member("mia")
    async with run_bot(discord_server) as bot, run_bot(discord_server, intents=intents) as reader:
        both = [bot.wait_for("message", timeout=60), reader.wait_for("message", timeout=60)]
        waiting = asyncio.gather(*both)
        await asyncio.sleep(0)
        mia.send(general, "secret")
        assert [message.content for message in await waiting] == ["", "secret"]


async def test_heartbeat_before_identify_and_the_stages_of_the_handshake(discord_server: DiscordServer) -> None:
    """HELLO, an early heartbeat, READY with a local address to resume at, the guild."""
    async with gateway_client(discord_server) as ws:
        assert (await ws.receive_json())["op"] == 10
        await ws.send_json({"op": 1, "d": None})
        assert (await ws.receive_json())["op"] == 11
        await ws.send_json({"op": 2, "d": {"token": discord_server.token, "intents": 1, "properties": {}}})
        ready = await ws.receive_json()
        assert (ready["t"], ready["s"], ready["d"]["shard"]) == ("READY", 1, [0, 1])
        assert ready["d"]["resume_gateway_url"] == discord_server.gateway_url
        assert (await ws.receive_json())["t"] == "GUILD_CREATE"
        await ws.send_json({"op": 3, "d": {"status": "idle"}})
        await ws.send_json({"op": 1, "d": 2})
        assert (await ws.receive_json())["op"] == 11


async def test_compression_is_one_stream_for_the_whole_connection(discord_server: DiscordServer) -> None:
    """With zlib-stream every frame ends in a flush and continues the same stream."""
    async with gateway_client(discord_server, "v=10&encoding=json&compress=zlib-stream") as ws:
        inflate = zlib.decompressobj()
        data = await ws.receive_bytes()
        assert data.endswith(b"\x00\x00\xff\xff")
        assert orjson.loads(inflate.decompress(data))["op"] == 10
        await ws.send_json({"op": 1, "d": None})
        assert orjson.loads(inflate.decompress(await ws.receive_bytes()))["op"] == 11


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        ("not json", 4002),
        ("[1]", 4002),
        ({"op": "two"}, 4002),
        ({"op": True}, 4002),
        ("x" * 5000, 4002),
        ({"op": 2, "d": []}, 4002),
        ({"op": 99}, 4001),
        ({"op": 8, "d": {}}, 4003),
        ({"op": 2, "d": {"token": "wrong", "intents": 0}}, 4004),
        ({"op": 6, "d": {"token": "wrong"}}, 4004),
        ({"op": 2, "d": {"token": "TOKEN", "intents": 0, "shard": [3, 3]}}, 4010),
        ({"op": 2, "d": {"token": "TOKEN", "intents": 0, "shard": "1"}}, 4010),
        ({"op": 2, "d": {"token": "TOKEN", "intents": 1 << 40}}, 4013),
        ({"op": 2, "d": {"token": "TOKEN", "intents": 0, "shard": [True, 2]}}, 4010),
        ({"op": 2, "d": {"token": "TOKEN"}}, 4013),
        ({"op": 2, "d": {"token": "TOKEN", "intents": True}}, 4013),
    ],
)
async def test_bad_frames_close_the_connection(discord_server: DiscordServer, frame: Any, code: int) -> None:
    """Each with the code that Discord gives it."""
    text = frame if isinstance(frame, str) else orjson.dumps(frame).decode()
    async with gateway_client(discord_server) as ws:
        await ws.receive_json()
        await ws.send_str(text.replace("TOKEN", discord_server.token))
        await ws.receive()
        assert ws.close_code == code


@pytest.mark.parametrize("asked", [5, {"limit": "x"}, {"limit": -1}, {"query": []}, {"nonce": {}}, {"guild_id": "x"}])
async def test_bad_requests_for_members_close_the_connection(discord_server: DiscordServer, asked: Any) -> None:
    """Of a client that has logged in, too; nothing goes wrong on the server's side."""
    async with gateway_client(discord_server) as ws:
        await ws.receive_json()
        await ws.send_json({"op": 2, "d": {"token": discord_server.token, "intents": 0}})
        assert (await ws.receive_json())["t"] == "READY"
        await ws.send_json({"op": 8, "d": asked})
        await ws.receive()
        assert ws.close_code == 4002


async def test_identifying_twice_and_old_versions_are_refused(discord_server: DiscordServer) -> None:
    """4005 for a second IDENTIFY, 4012 for a version that is no longer served."""
    frame = {"op": 2, "d": {"token": discord_server.token, "intents": 0}}
    async with gateway_client(discord_server) as ws:
        await ws.send_json(frame)
        await ws.send_json(frame)
        assert [(await ws.receive_json())["op"] for _ in range(2)] == [10, 0]
        await ws.receive()
        assert ws.close_code == 4005
    async with gateway_client(discord_server, "v=6&encoding=json") as ws:
        await ws.receive()
        assert ws.close_code == 4012


async def test_an_unknown_session_can_not_be_resumed(discord_server: DiscordServer) -> None:
    """INVALID SESSION without the hope of a later RESUME."""
    async with gateway_client(discord_server) as ws:
        await ws.receive_json()
        await ws.send_json({"op": 6, "d": {"token": discord_server.token, "session_id": "x", "seq": 1}})
        answer = await ws.receive_json()
        assert (answer["op"], answer["d"]) == (9, False)


async def test_a_sequence_that_never_was_can_not_be_resumed(discord_server: DiscordServer) -> None:
    """RESUME after an event that was never sent ends the connection, and leaves the session as it is."""
    async with gateway_client(discord_server) as ws, gateway_client(discord_server) as other:
        await ws.send_json({"op": 2, "d": {"token": discord_server.token, "intents": 0}})
        ready = [await ws.receive_json() for _ in range(2)][1]
        await other.receive_json()
        again = {"token": discord_server.token, "session_id": ready["d"]["session_id"], "seq": 2}
        await other.send_json({"op": 6, "d": again})
        await other.receive()
        assert other.close_code == 4007
        await ws.send_json({"op": 1, "d": 1})
        assert (await ws.receive_json())["op"] == 11


async def test_too_many_frames_close_the_connection(discord_server: DiscordServer) -> None:
    """More than 120 a minute end it with 4008."""
    async with gateway_client(discord_server) as ws:
        for _ in range(121):
            await ws.send_json({"op": 1, "d": None})
        assert {message.json()["op"] async for message in ws} <= {10, 11}
        assert ws.close_code == 4008


async def test_a_shard_that_logs_in_too_early_is_sent_away() -> None:
    """One of each bucket at a time, as Discord counts them; the next one is welcome five seconds later."""
    identify_limits = IdentifyLimits(max_concurrency=2, seconds=5.0)
    async with (
        DiscordServer(limits=Limits.lifted(), identify_limits=identify_limits) as server,
        rest_client(server) as rest,
    ):
        assert (await rest("GET", "/gateway/bot")).body["session_start_limit"]["max_concurrency"] == 2
        assert [await logged_in(server, shard) for shard in (0, 1, 2)] == ["READY", "READY", None]
        server.clock.advance(5)
        assert await logged_in(server, 2) == "READY"
        assert identify_limits.early == [2]


async def logged_in(server: DiscordServer, shard: int) -> str | None:
    """The event that answers an IDENTIFY; None when the session is invalid."""
    async with gateway_client(server) as ws:
        await ws.receive_json()
        asked = {"token": server.token, "intents": 1, "properties": {}, "shard": [shard, 3]}
        await ws.send_json({"op": 2, "d": asked})
        return (await ws.receive_json())["t"]
