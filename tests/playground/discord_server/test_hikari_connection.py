"""How hikari keeps its connection to the local Discord: zlib-stream, RESUME, heartbeats, limits, shards."""

import asyncio

import hikari
import pytest

from playground.discord_server import DiscordServer, Limits
from tests.playground.discord_server.hikari_bot import hikari_bot


async def test_a_dropped_line_is_resumed(patient_server: DiscordServer) -> None:
    """What a member does while the line is down reaches the bot after RESUME."""
    mia, general = patient_server.member("mia"), patient_server.world.channel("general")
    async with hikari_bot(patient_server) as bot:
        session = patient_server.core.gateway.sessions[0]
        resumed = bot.next(hikari.ShardResumedEvent)
        await asyncio.sleep(0)
        await patient_server.faults.drop_gateway()
        outcome = await mia.slash(general, "paint", colour="r")
        assert outcome.state == "acknowledged"
        await resumed
        assert patient_server.core.gateway.sessions == [session]


async def test_a_lost_session_is_begun_anew(patient_server: DiscordServer) -> None:
    """RESUME is refused, and hikari identifies again."""
    async with hikari_bot(patient_server) as bot:
        before = patient_server.core.gateway.sessions[0].id
        ready = bot.next(hikari.ShardReadyEvent)
        await asyncio.sleep(0)
        await patient_server.faults.drop_gateway(resumable=False)
        await ready
        assert [session.id for session in patient_server.core.gateway.sessions] != [before]


async def test_op_7_is_followed(patient_server: DiscordServer) -> None:
    """Asked to reconnect, hikari comes back with the same session."""
    async with hikari_bot(patient_server) as bot:
        session = patient_server.core.gateway.sessions[0]
        resumed = bot.next(hikari.ShardResumedEvent)
        await asyncio.sleep(0)
        patient_server.faults.ask_to_reconnect()
        await resumed
        assert patient_server.core.gateway.sessions == [session]


async def test_a_dead_line_is_noticed(patient_server: DiscordServer) -> None:
    """Heartbeats without an answer make hikari resume over a new line."""
    patient_server.core.gateway.heartbeat = 1.0
    async with hikari_bot(patient_server) as bot:
        resumed = bot.next(hikari.ShardResumedEvent)
        await asyncio.sleep(0)
        patient_server.faults.hold_acks()
        await resumed
        patient_server.faults.hold_acks(False)
        assert (
            await patient_server.member("mia").slash(patient_server.world.channel("general"), "whisper")
        ).state == "acknowledged"


async def test_limits_are_waited_out(patient_server: DiscordServer) -> None:
    """A 429 for the route and one for everything are tried again, and so is what hikari itself holds back."""
    async with hikari_bot(patient_server) as bot:
        general = int(patient_server.world.channel("general").id)
        for everywhere in (False, True):
            patient_server.faults.rate_limit_next("/channels/{channel_id}/messages", 0.2, everywhere=everywhere)
            assert (await bot.rest.create_message(general, "at last")).content == "at last"
    assert [entry.status for entry in patient_server.request_log.of("/messages", "POST")] == [429, 200, 429, 200]


async def test_the_headers_of_a_limit_are_understood() -> None:
    """hikari paces itself by them: more messages than the bucket holds, and not one of them refused."""
    async with DiscordServer(limits=Limits()) as server, hikari_bot(server) as bot:
        general = int(server.world.channel("general").id)
        await asyncio.gather(*(bot.rest.create_message(general, str(number)) for number in range(7)))
        assert [entry.status for entry in server.request_log.of("/messages", "POST")] == [200] * 7


async def test_shards_and_tokens(patient_server: DiscordServer) -> None:
    """/gateway/bot says how many shards to start; a wrong token is refused."""
    async with DiscordServer(limits=Limits.lifted(), shards=3) as server, hikari_bot(server) as bot:
        assert sorted(bot.shards) == [0, 1, 2]
        start = (await bot.rest.fetch_gateway_bot_info()).session_start_limit
        assert (start.total, start.max_concurrency) == (1000, 16)
        assert [session.shard for session in server.core.gateway.sessions] == [(0, 3), (1, 3), (2, 3)]
    patient_server.token += "x"
    with pytest.raises(hikari.UnauthorizedError):
        async with hikari_bot(patient_server):
            pass
