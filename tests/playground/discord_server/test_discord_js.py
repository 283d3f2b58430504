"""A discord.js bot in the local Discord: login, compression, RESUME, limits, refusals."""

import asyncio
import base64
from collections.abc import AsyncIterator

import pytest

from playground.discord_server import DiscordServer, Limits
from tests.playground.discord_server.discord_js import NodeBot, discord_js, started
from tests.playground.discord_server.sample_bot import picture

pytestmark = pytest.mark.process


@pytest.fixture
async def bot(patient_server: DiscordServer) -> AsyncIterator[NodeBot]:
    """A bot that is logged in and, unless a test awaits it, meets no error."""
    async with discord_js(patient_server) as bot:
        yield bot
        await bot.do("ping")
        assert [told for told in bot.told if told["event"] == "error"] == []


async def test_login_and_registration(patient_server: DiscordServer, bot: NodeBot) -> None:
    """discord.js knows the server and itself, and its commands are Discord's."""
    assert (bot.ready["user"], bot.ready["guilds"]) == ("ImaginePro", ["Playground"])
    assert bot.ready["channels"] == ["general", "art", "after-dark", "lounge", "showcase", "First pictures"]
    assert sorted(bot.ready["commands"]) == ["Repeat", "draw", "form", "paint", "panel", "whisper"]
    assert [each["name"] for each in patient_server.core.commands.everywhere()] == bot.ready["commands"]


async def test_files_are_read_back(patient_server: DiscordServer, bot: NodeBot) -> None:
    """What the bot sends to a channel it can fetch again, edit, and delete."""
    general = patient_server.world.channel("general")
    done = await bot.do("file", channel=general.id)
    assert (base64.b64decode(done["bytes"]), done["width"], done["left"]) == (picture(), 40, 0)
    assert general.messages == {}


async def test_a_dropped_line_is_resumed(patient_server: DiscordServer, bot: NodeBot) -> None:
    """What a member does while the line is down reaches the bot after RESUME."""
    session = patient_server.core.gateway.sessions[0]
    await patient_server.faults.drop_gateway()
    outcome = await patient_server.member("mia").slash(patient_server.world.channel("general"), "paint", colour="r")
    assert outcome.state == "acknowledged"
    assert (await bot.next("resumed"))["replayed"] >= 1
    assert patient_server.core.gateway.sessions == [session]


async def test_a_lost_session_is_begun_anew(patient_server: DiscordServer, bot: NodeBot) -> None:
    """RESUME is refused, and discord.js identifies again."""
    before = patient_server.core.gateway.sessions[0].id
    await patient_server.faults.drop_gateway(resumable=False)
    await bot.next("identified")
    assert [session.id for session in patient_server.core.gateway.sessions] != [before]


async def test_op_7_is_followed(patient_server: DiscordServer, bot: NodeBot) -> None:
    """Asked to reconnect, discord.js comes back with the same session."""
    session = patient_server.core.gateway.sessions[0]
    patient_server.faults.ask_to_reconnect()
    await bot.next("resumed")
    assert patient_server.core.gateway.sessions == [session]


async def test_a_dead_line_is_noticed(patient_server: DiscordServer) -> None:
    """Heartbeats are timed by their answers, and without an answer discord.js resumes over a new line."""
    patient_server.core.gateway.heartbeat = 1.0
    async with discord_js(patient_server) as bot:
        patient_server.faults.hold_acks()
        await bot.next("resumed")
        patient_server.faults.hold_acks(False)
        general = patient_server.world.channel("general")
        assert (await patient_server.member("mia").slash(general, "whisper")).state == "acknowledged"


@pytest.mark.parametrize("everywhere", [False, True])
async def test_limits_are_waited_out(patient_server: DiscordServer, bot: NodeBot, everywhere: bool) -> None:
    """A 429, for the route or for everything, is tried again."""
    general = patient_server.world.channel("general")
    patient_server.faults.rate_limit_next("/channels/{channel_id}/messages", 0.2, everywhere=everywhere)
    assert (await bot.do("send", channel=general.id, content="at last"))["content"] == "at last"
    assert [entry.status for entry in patient_server.request_log.of("/messages", "POST")] == [429, 200]


async def test_the_headers_of_a_limit_are_understood() -> None:
    """discord.js paces itself by them: more messages than the bucket holds, and not one of them refused."""
    async with DiscordServer(limits=Limits()) as server, discord_js(server) as bot:
        general = server.world.channel("general").id
        await asyncio.gather(*(bot.order("send", channel=general, content=str(number)) for number in range(7)))
        assert [(await bot.next("done", "error"))["event"] for _ in range(7)] == ["done"] * 7
        assert [entry.status for entry in server.request_log.of("/messages", "POST")] == [200] * 7


async def test_refusals_are_the_librarys_own_errors(patient_server: DiscordServer) -> None:
    """Too long a text is a DiscordAPIError with Discord's code and the place of the problem."""
    async with discord_js(patient_server) as bot:
        told = await bot.do("send", channel=patient_server.world.channel("general").id, content="x" * 2001)
        assert (told["class"], told["code"], told["status"]) == ("DiscordAPIError", 50035, 400)
        assert told["errors"]["content"]["_errors"][0]["code"] == "BASE_TYPE_MAX_LENGTH"


async def test_large_frames_are_compressed_when_asked_for(patient_server: DiscordServer) -> None:
    """Without a native module discord.js asks for compression as it identifies, and reads what then comes."""
    async with discord_js(patient_server, compress="zlib-stream") as bot:
        assert {"event": "identifying", "compression": "identify"} in bot.told
        assert bot.ready["guilds"] == ["Playground"]
        assert (await patient_server.member("mia").slash(patient_server.world.channel("art"), "whisper")).message


async def test_shards() -> None:
    """/gateway/bot says how many shards to start, and each answers for its own servers."""
    async with DiscordServer(limits=Limits.lifted(), shards=3) as server, discord_js(server) as bot:
        done = await bot.do("sessions")
        assert (done["shards"], done["total"], done["started"]) == (3, 1000, [0, 1, 2])
        assert sorted(session.shard for session in server.core.gateway.sessions) == [(0, 3), (1, 3), (2, 3)]
        mia = server.member("mia")
        for channel in (server.world.channel("general"), mia.dm):
            assert (await mia.slash(channel, "whisper")).state == "acknowledged"


async def test_a_wrong_token_is_refused(patient_server: DiscordServer) -> None:
    """discord.js takes it for what it is."""
    patient_server.token += "x"
    async with started(patient_server) as bot:
        told = await bot.next("ready", "error")
        assert (told["event"], told["code"]) == ("error", "TokenInvalid")
