"""The web site over HTTP, with unknown clients, crawlers and hostile pages."""

import asyncio
import json
import logging
from base64 import b64encode
from collections.abc import AsyncIterator
from io import BytesIO
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import ClientResponse, ClientSession
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.services.images.decoding.masks import grid_mask
from bot.services.images.masks import MAX_MASK_BYTES
from bot.web import WebSite, site
from bot.web.request_body import MAX_BODY_BYTES
from tests.bot.web.scripted_mask_service import EXPIRED, SENTENCE, TICKET, ScriptedMaskService, scene
from tests.bot.web.scripted_webhook_service import ScriptedWebhooks

pytestmark = pytest.mark.asyncio(loop_scope="session")

MASK = b64encode(grid_mask([4], 120, 80)).decode()
GOOD = {"mask": MASK, "prompt": "a lighthouse"}
HTML = {"Accept": "text/html,application/xhtml+xml"}
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; "
    "form-action 'none'; frame-ancestors 'none'; base-uri 'none'"
)


@pytest_asyncio.fixture(loop_scope="session")
async def http(address: str) -> AsyncIterator[ClientSession]:
    async with ClientSession(address) as session:
        yield session


async def message(response: ClientResponse) -> str:
    """The message of a JSON response, after checking that it has no other field."""
    answer = await response.json()
    assert list(answer) == ["message"]
    return answer["message"]


async def post(http: ClientSession, body: Any, headers: dict[str, str] | None = None) -> tuple[int, str]:
    """Status and message of a POST to the ticket's address; `body` is encoded unless it is bytes."""
    data = BytesIO(body if isinstance(body, bytes) else json.dumps(body).encode())
    sent = {"Content-Type": "application/json", **(headers or {})}
    async with http.post(f"/mask/{TICKET}", data=data, headers=sent) as response:
        return response.status, await message(response)


async def raw(address: str, request: bytes, *, cut: bool = False) -> bytes:
    """The beginning of the response to raw bytes; `cut` closes the sending side after them."""
    host, port = address.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(request)
    if cut:
        writer.write_eof()
    answer = await asyncio.wait_for(reader.read(65536), 60)
    writer.close()
    await writer.wait_closed()
    return answer


async def test_health(http: ClientSession) -> None:
    """The health check answers ok."""
    async with http.get("/health") as response:
        assert (response.status, await response.text()) == (200, "ok")


async def test_link_previews_reveal_nothing(http: ClientSession, mask_service: ScriptedMaskService) -> None:
    """Fetching the page, as link previews do, reveals no prompt and does not use the link."""
    for _ in range(3):
        async with http.get(f"/mask/{TICKET}", headers={"User-Agent": "Discordbot/2.0"}) as response:
            text = await response.text()
            assert (response.status, response.content_type) == (200, "text/html")
            assert mask_service.prompt not in text
    assert (mask_service.looks, mask_service.used) == (0, False)


async def test_reading_does_not_use_the_link(http: ClientSession, mask_service: ScriptedMaskService) -> None:
    """Task and picture can be read repeatedly without using the link."""
    for _ in range(2):
        async with http.get(f"/mask/{TICKET}/task") as response:
            assert await response.json() == {"prompt": mask_service.prompt, "width": 120, "height": 80}
        async with http.get(f"/mask/{TICKET}/picture") as response:
            assert (response.content_type, await response.read()) == ("image/png", scene(120, 80))
    assert await post(http, GOOD) == (200, SENTENCE)


async def test_a_mask_is_passed_on_unchanged(http: ClientSession, mask_service: ScriptedMaskService) -> None:
    """Mask and prompt arrive unchanged, and the link works once."""
    assert await post(http, GOOD) == (200, SENTENCE)
    assert (mask_service.sent, mask_service.prompts) == ([grid_mask([4], 120, 80)], ["a lighthouse"])
    assert await post(http, GOOD) == (422, EXPIRED)


@pytest.mark.parametrize("part", ["task", "picture"])
async def test_an_expired_link_is_explained(http: ClientSession, part: str) -> None:
    """An expired link is answered as JSON or as a page."""
    async with http.get(f"/mask/other/{part}") as response:
        assert (response.status, await message(response)) == (410, EXPIRED)
    async with http.get(f"/mask/other/{part}", headers=HTML) as response:
        assert (response.status, response.content_type) == (410, "text/html")
        assert EXPIRED in await response.text()


async def test_sentences_are_escaped(http: ClientSession, mask_service: ScriptedMaskService) -> None:
    """Messages are escaped in HTML."""
    mask_service.refusal = "<script>alert(1)</script>"
    async with http.post(f"/mask/{TICKET}", json=GOOD, headers=HTML) as response:
        assert response.status == 422
        assert "&lt;script&gt;" in await response.text()


async def test_only_pictures_are_served(http: ClientSession, mask_service: ScriptedMaskService) -> None:
    """Only picture types are served, so SVG is refused."""
    mask_service.content_type = "image/svg+xml"
    async with http.get(f"/mask/{TICKET}/picture") as response:
        assert response.status == 422


BODIES = st.recursive(
    st.none() | st.text() | st.integers(),
    lambda inner: st.dictionaries(st.sampled_from(["mask", "prompt", "x"]), inner),
)
ADDRESSES = [
    "/health",
    f"/mask/{TICKET}",
    f"/mask/{TICKET}/task",
    f"/mask/{TICKET}/picture",
    "/mask/x/picture",
    "/",
    "/no",
]


@pytest.mark.parametrize(
    "path", [*ADDRESSES, "/mask-editor/main.js", "/mask-editor/theme.css", "/mask-editor/icons.svg"]
)
async def test_every_response_has_security_headers(http: ClientSession, path: str) -> None:
    """Every response has the security headers, and pages of links are not cached."""
    async with http.get(path) as response:
        assert response.headers["Content-Security-Policy"] == POLICY
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Referrer-Policy"] == "no-referrer"
        assert response.headers["Cache-Control"] == ("no-cache" if "mask-editor" in path else "no-store")


async def test_scripts_and_styles_have_their_types(http: ClientSession) -> None:
    """Static files have their exact content types."""
    for name, kind in (("main.js", "text/javascript"), ("theme.css", "text/css"), ("icon.svg", "image/svg+xml")):
        async with http.get(f"/mask-editor/{name}") as response:
            assert (response.status, response.content_type) == (200, kind)


@pytest.mark.parametrize(
    "path",
    ["/no", "/mask", "/mask/", f"/mask/{TICKET}/", "/mask-editor/no.js", "/mask-editor/..%2f..%2fsite.py", "/%00"],
)
async def test_unknown_addresses(http: ClientSession, path: str) -> None:
    """Unknown addresses get a 404 as a page or as JSON."""
    async with http.get(path) as response:
        assert response.status == 404
        assert "nothing at this address" in await message(response)
    async with http.get(path, headers=HTML) as response:
        assert response.content_type == "text/html"
        assert "nothing at this address" in await response.text()


async def test_wrong_methods(http: ClientSession) -> None:
    """Other methods get a 405 with the allowed ones."""
    async with http.delete(f"/mask/{TICKET}") as response:
        assert (response.status, response.headers["Allow"]) == (405, "GET,HEAD,POST")
        assert "can't be used that way" in await message(response)


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "https://elsewhere.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Origin": "http://["},
        {"Origin": "https://elsewhere.example", "Sec-Fetch-Site": "same-origin"},
    ],
    ids=str,
)
async def test_cross_site_requests_are_refused(
    http: ClientSession, mask_service: ScriptedMaskService, headers: dict[str, str]
) -> None:
    """Cross-site requests are refused."""
    status, sentence = await post(http, GOOD, headers)
    assert (status, mask_service.used) == (403, False)
    assert "another site" in sentence


async def test_same_origin_requests_are_accepted(http: ClientSession, address: str) -> None:
    """Requests of the site's own page are accepted."""
    assert await post(http, GOOD, {"Origin": address, "Sec-Fetch-Site": "same-origin"}) == (200, SENTENCE)


async def test_origin_behind_a_proxy(mask_service: ScriptedMaskService, webhooks: ScriptedWebhooks) -> None:
    """Behind a proxy the origin is checked against the public address."""
    async with (
        WebSite(site(mask_service, webhooks, public_url="https://masks.example/bot")) as running,
        ClientSession(f"http://{running.host}:{running.port}") as http,
    ):
        assert (await post(http, GOOD, {"Origin": "https://elsewhere.example"}))[0] == 403
        assert await post(http, GOOD, {"Origin": "https://masks.example"}) == (200, SENTENCE)


@pytest.mark.parametrize(
    "kind", ["text/plain", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded", ""]
)
async def test_other_content_types(http: ClientSession, mask_service: ScriptedMaskService, kind: str) -> None:
    """Other content types are refused without reading the body."""
    status, _ = await post(http, GOOD, {"Content-Type": kind})
    assert (status, mask_service.used) == (415, False)


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"{", b"[]", b"null", b"7", b"\xff\xfe", b'{"mask":"', {}, {"mask": MASK}, {"prompt": "x"}),
        *({**GOOD, "mask": 7}, {**GOOD, "prompt": None}, {**GOOD, "mask": "*"}, {**GOOD, "mask": "é"}),
        {**GOOD, "mask": "a"},
    ],
    ids=str,
)
async def test_other_bodies(http: ClientSession, mask_service: ScriptedMaskService, body: Any) -> None:
    """Any other body is refused with a sentence."""
    status, sentence = await post(http, body)
    assert (status, mask_service.used) == (400, False)
    assert sentence.endswith("send it again.")


async def test_the_mask_size_limit(http: ClientSession, mask_service: ScriptedMaskService) -> None:
    """A mask of 8 MB is passed on, a larger one refused."""
    assert (await post(http, {**GOOD, "mask": b64encode(bytes(MAX_MASK_BYTES)).decode()}))[0] == 422
    assert (await post(http, {**GOOD, "mask": b64encode(bytes(MAX_MASK_BYTES + 1)).decode()}))[0] == 413
    assert mask_service.used is False


async def test_the_body_size_limit(http: ClientSession, address: str) -> None:
    """A body above the limit is refused, with and without a Content-Length."""
    head = f"POST /mask/{TICKET} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n".encode()
    answer = await raw(address, head + f"Content-Length: {MAX_BODY_BYTES + 1}\r\n\r\n".encode())
    assert answer.startswith(b"HTTP/1.1 413 ")

    async def endless() -> AsyncIterator[bytes]:
        for _ in range(MAX_BODY_BYTES // 65536 + 2):
            yield b" " * 65536

    async with http.post(f"/mask/{TICKET}", data=endless(), headers={"Content-Type": "application/json"}) as response:
        assert response.status == 413
        assert "simpler mask" in await message(response)


async def test_a_truncated_body(
    address: str, http: ClientSession, mask_service: ScriptedMaskService, caplog: pytest.LogCaptureFixture
) -> None:
    """A truncated body starts no job and logs no traceback, and later requests work."""
    head = f"POST /mask/{TICKET} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n".encode()
    with caplog.at_level(logging.INFO):
        await raw(address, head + b'Content-Length: 500\r\n\r\n{"mask": "abc', cut=True)
        await raw(address, head + b"Transfer-Encoding: chunked\r\n\r\n5\r\n12", cut=True)
        await raw(address, head + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n", cut=True)
        await raw(address, head + b"Content-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnope", cut=True)
    assert mask_service.used is False
    assert await post(http, GOOD) == (200, SENTENCE)
    assert [record.getMessage() for record in caplog.records if record.exc_info] == []


async def test_an_unexpected_error(
    http: ClientSession, mask_service: ScriptedMaskService, caplog: pytest.LogCaptureFixture
) -> None:
    """An unexpected error is logged with a traceback, and neither log nor response holds secrets."""
    mask_service.failure = lambda: RuntimeError("the inside of the bot")
    for answer in (http.get(f"/mask/{TICKET}/task"), http.post(f"/mask/{TICKET}", json=GOOD)):
        async with answer as response:
            assert response.status == 500
            assert await message(response) == "Something went wrong here. Try again in a moment."
    assert caplog.text.count("RuntimeError: the inside of the bot") == 2
    assert TICKET not in caplog.text


async def test_no_log_line_holds_a_ticket(address: str, http: ClientSession, caplog: pytest.LogCaptureFixture) -> None:
    """No log line holds a ticket, also for failing requests and invalid HTTP."""
    with caplog.at_level(logging.DEBUG, logger="aiohttp"), caplog.at_level(logging.DEBUG, logger="bot"):
        for path in (f"/mask/{TICKET}", f"/mask/{TICKET}/task", f"/mask/{TICKET}/no"):
            async with http.get(path) as response:
                await response.read()
        await post(http, GOOD)
        await post(http, GOOD)
        for broken in (f"GET /mask/{TICKET}", f"GET /mask/{TICKET} HTTP/9.x", f"GE(T /mask/{TICKET} HTTP/1.1"):
            answer = await raw(address, f"{broken}\r\nHost: x\r\n\r\n".encode())
            assert answer.startswith(b"HTTP/")
            assert b"Traceback" not in answer
    assert TICKET not in caplog.text
    assert "Error handling request" in caplog.text


async def test_the_site_closes_and_opens_again(mask_service: ScriptedMaskService, webhooks: ScriptedWebhooks) -> None:
    """The site frees its port when closed, and a taken port raises an error."""
    async with WebSite(site(mask_service, webhooks)) as first:
        assert first.port != 0
        with pytest.raises(OSError, match="in use"):
            await WebSite(site(mask_service, webhooks), port=first.port).__aenter__()
    async with WebSite(site(mask_service, webhooks), port=first.port) as second:
        assert second.port == first.port


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.binary(max_size=200) | BODIES.map(lambda body: json.dumps(body).encode()))
async def test_any_body_is_refused(http: ClientSession, body: bytes) -> None:
    """Any body gets one of the intended refusals."""
    status, sentence = await post(http, body)
    assert status in {400, 422}
    assert sentence
