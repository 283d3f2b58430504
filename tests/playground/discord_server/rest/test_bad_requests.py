"""What no client should send: each gets an error that can be read, and nothing is logged as a failure of the server."""

import contextlib
import gzip
import io
from typing import Any

import aiohttp
import pytest

from playground.discord_server import DiscordServer
from playground.discord_server.members.same_origin import FOREIGN
from playground.discord_server.rest.body import MOST_BYTES
from tests.playground.discord_server.raw_clients import Rest
from tests.playground.discord_server.tabs import tab

FORM = {"Content-Type": "multipart/form-data; boundary=abc"}
JSON = {"Content-Type": "application/json"}
PAYLOAD = b'--abc\r\nContent-Disposition: form-data; name="payload_json"\r\n\r\n{"content":"x"}\r\n'
FILE = b'--abc\r\nContent-Disposition: form-data; name="file"; filename="x.png"\r\n\r\n'
ELSEWHERE = {"Origin": "http://evil.example"}


def file(**headers: str) -> bytes:
    """A multipart body with one file that carries these headers."""
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    start = f'--abc\r\nContent-Disposition: form-data; name="files[0]"; filename="x.png"\r\n{lines}\r\n'
    return start.encode() + b"!!!!\r\n--abc--\r\n"


@pytest.mark.parametrize(
    ("data", "headers", "status", "code"),
    [
        (PAYLOAD, FORM, 400, 50035),
        (b"xx", FORM, 400, 50035),
        (b'{"content":"\\ud800"}', JSON, 400, 50109),
        (b"[" * 100_000, JSON, 400, 50109),
        (gzip.compress(b'{"content":"x"}', mtime=0), {**JSON, "Content-Encoding": "gzip"}, 400, 50109),
        (b'{"content":"x","nonce":{"a":1}}', JSON, 400, 50035),
        (b'{"content":"x","nonce":"%s"}' % (b"n" * 26), JSON, 400, 50035),
        (b'{"content":"x","flags":-1}', JSON, 400, 50035),
        (b"x" * (MOST_BYTES + 1), JSON, 413, 40005),
        (FILE + b"x" * (MOST_BYTES + 1), FORM, 413, 40005),
    ],
    ids=lambda value: None if isinstance(value, bytes) else str(value),
)
async def test_bodies(
    rest: Rest, caplog: pytest.LogCaptureFixture, *, data: bytes, headers: dict[str, str], status: int, code: int
) -> None:
    """Broken, too deep, too large, wrongly packed."""
    answer = await rest("POST", f"{rest.general}/messages", data=io.BytesIO(data), headers=headers)
    assert (answer.status, answer.code) == (status, code)
    assert caplog.records == []


@pytest.mark.parametrize("header", [{"Content_Encoding": "gzip"}, {"Content_Transfer_Encoding": "base64"}])
async def test_files_are_taken_as_they_come(
    rest: Rest, caplog: pytest.LogCaptureFixture, header: dict[str, str]
) -> None:
    """What a part says of its packing is not followed: it would be a way to make the server unpack anything."""
    answer = await rest("POST", f"{rest.general}/messages", data=file(**header), headers=FORM)
    assert answer.body["attachments"][0]["size"] == 4
    assert caplog.records == []


@pytest.mark.parametrize(
    ("query", "field", "code"),
    [
        ("limit=0", "limit", "NUMBER_TYPE_MIN"),
        ("limit=101", "limit", "NUMBER_TYPE_MAX"),
        ("limit=x", "limit", "NUMBER_TYPE_COERCE"),
        ("before=x", "before", "NUMBER_TYPE_COERCE"),
        ("after=-1", "after", "NUMBER_TYPE_COERCE"),
    ],
)
async def test_queries(rest: Rest, query: str, field: str, code: str) -> None:
    """Each is refused at the name of the parameter."""
    answer = await rest("GET", f"{rest.general}/messages?{query}")
    assert (answer.status, answer.code, answer.error(field)) == (400, 50035, code)


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [("/api/v9/users/@me", 400, 50041), ("/api/users/@me", 404, 0), ("/api/", 404, 0), ("/api/v10/users/@me/", 404, 0)],
)
async def test_paths_below_the_api(discord_server: DiscordServer, path: str, status: int, code: int) -> None:
    """Another version and unknown paths are refused in JSON, as everything is there."""
    async with aiohttp.ClientSession() as session, session.get(discord_server.url + path) as response:
        assert (response.status, response.headers["Content-Type"]) == (status, "application/json")
        assert (await response.json())["code"] == code


@pytest.mark.parametrize(
    ("data", "status"), [(b"xx", 400), (FILE, 400), (FILE + b"x" * (65 << 20), 413), (FILE + b"x" * (11 << 20), 413)],
    ids=["nothing", "cut off", "far too large", "too large"],
)  # fmt: skip
async def test_uploads_of_the_page(
    discord_server: DiscordServer, caplog: pytest.LogCaptureFixture, data: bytes, status: int
) -> None:
    """What is no file or too large is refused with a sentence."""
    body = data + (b"\r\n--abc--\r\n" if len(data) > 1000 else b"")
    url = f"{discord_server.url}/client/uploads"
    async with aiohttp.ClientSession() as session, session.post(url, data=io.BytesIO(body), headers=FORM) as response:
        assert response.status == status
        assert (await response.json())["message"].endswith(".")
    assert caplog.records == []


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "ws"), ("POST", "uploads"), ("GET", "control"), ("POST", "control")]
)
@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "http://127.0.0.1:1", "http://127.0.0.1.evil.example"]
)
async def test_pages_from_elsewhere(discord_server: DiscordServer, method: str, path: str, origin: str) -> None:
    """A browser names the origin of the page that asks; any but the server's own is refused."""
    url = f"{discord_server.url}/client/{path}"
    async with aiohttp.ClientSession() as session:
        async with session.request(method, url, data=b'{"fault":"clear"}', headers={"Origin": origin}) as response:
            assert (response.status, await response.json()) == (403, {"message": FOREIGN})
        with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
            await session.ws_connect(f"{discord_server.url}/client/ws", headers={"Origin": origin})
    assert caught.value.status == 403


async def test_the_own_page_may(discord_server: DiscordServer) -> None:
    """The server's own origin opens a tab and throws a switch, as programs without an origin do."""
    own = {"Origin": discord_server.url}
    async with aiohttp.ClientSession(headers=own) as session:
        async with session.ws_connect(f"{discord_server.url}/client/ws") as ws:
            assert (await ws.receive_json(timeout=60))["t"] == "ready"
        async with session.post(f"{discord_server.url}/client/control", json={"fault": "clear"}) as response:
            assert response.status == 200


@pytest.mark.parametrize("times", [0, -3])
async def test_a_fault_happens_at_least_once_and_ends(discord_server: DiscordServer, rest: Rest, times: int) -> None:
    """A number below one would never run out."""
    asked = {"fault": "refuse", "route": "/gateway", "times": times}
    async with aiohttp.ClientSession() as session:
        await session.post(f"{discord_server.url}/client/control", json=asked)
    assert [(await rest("GET", "/gateway")).status for _ in range(2)] == [503, 200]


FRAMES: list[Any] = [
    5,
    [],
    {},
    {"op": ["slash"]},
    {"op": "slash"},
    {"op": "slash", "channel_id": "GENERAL", "name": {}, "options": 5},
    {"op": "autocomplete", "channel_id": "GENERAL", "name": "x", "options": [[]]},
    {"op": "send", "channel_id": {}, "content": "x"},
    {"op": "send", "channel_id": "GENERAL", "content": 5},
    {"op": "send", "channel_id": "GENERAL", "content": "x", "attachments": [{}]},
    {"op": "send", "channel_id": "GENERAL", "content": "x", "attachments": ["1"]},
    {"op": "press", "channel_id": "GENERAL", "message_id": "1", "custom_id": []},
    {"op": "choose", "channel_id": "GENERAL", "message_id": "1", "custom_id": "x"},
    {"op": "submit", "interaction_id": {}, "custom_id": 1, "components": 1},
    {"op": "dismiss", "message_id": []},
]


async def test_frames_of_the_page(discord_server: DiscordServer, caplog: pytest.LogCaptureFixture) -> None:
    """Nonsense is answered with a sentence each, and the tab goes on."""
    async with tab(discord_server) as page:
        general = page.channel("general")
        for frame in FRAMES:
            placed = {**frame, "channel_id": general} if "GENERAL" in str(frame) else frame
            await page.ws.send_json(placed)
            assert (await page.next("error"))["message"].endswith(".")
        await page.ws.send_bytes(b"\xff")
        await page.next("error")
        await page.do("send", channel_id=general, content="hello")
        assert (await page.next("message_create"))["content"] == "hello"
    assert caplog.records == []


async def test_a_page_that_sends_too_much_is_cut_off(discord_server: DiscordServer) -> None:
    """A frame of more than four megabytes ends its connection, and no other."""
    async with tab(discord_server) as page, tab(discord_server, "max") as other:
        with contextlib.suppress(ConnectionError):
            await page.ws.send_str("x" * (5 << 20))
        while not page.ws.closed:
            await page.ws.receive(timeout=60)
        await other.do("send", channel_id=other.channel("general"), content="hello")
        assert (await other.next("message_create"))["content"] == "hello"
