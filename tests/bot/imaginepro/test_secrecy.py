"""The key is sent to the API and shown nowhere."""

import asyncio
import json
import logging
import traceback
from collections.abc import Callable
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from pydantic import SecretStr
from stamina.instrumentation import set_on_retry_hooks

from bot.imaginepro.client import ImagineProClient
from bot.imaginepro.errors import ImagineProError
from tests.bot.imaginepro.conftest import KEY
from tests.bot.imaginepro.far_end import FarEnd, echo, reply

Build = Callable[..., ImagineProClient]
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"


@pytest.fixture
def written(caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]) -> Callable[[], str]:
    """Everything logged at any level so far: the records with their fields, and what went to the terminal."""
    caplog.set_level(logging.DEBUG)
    return lambda: caplog.text + repr([vars(record) for record in caplog.records]) + "".join(capsys.readouterr())


async def broken_protocol(request: web.BaseRequest) -> web.StreamResponse:
    """Answer with bytes that are no HTTP and quote the key."""
    assert isinstance(request.transport, asyncio.Transport)
    request.transport.write(f"{request.headers['Authorization']} is no status line\r\n\r\n".encode())
    request.transport.close()
    return web.Response()


async def told(client: ImagineProClient) -> str:
    """Everything an error shows: its text, its repr, its fields and its traceback."""
    with pytest.raises(ImagineProError) as caught:
        await client.press("some-id", "U1")
    return f"{caught.value} {caught.value!r} {vars(caught.value)} {''.join(traceback.format_exception(caught.value))}"


@pytest.mark.parametrize("key", [KEY, JWT, 'odd"key\\with/signs'])
@pytest.mark.parametrize("answer", [echo(400), echo(401), echo(403), echo(500), echo(429), broken_protocol])
async def test_an_error_never_shows_an_echoed_key(
    key: str, answer: Any, far_end: FarEnd, build: Build, written: Callable[[], str]
) -> None:
    """Not in the sentence, the repr, the fields, the traceback or any log at any level."""
    far_end.script(answer)
    shown = await told(build(key=SecretStr(key)))
    assert far_end.received[0].headers["Authorization"] == f"Bearer {key}"
    assert key not in shown
    assert key not in written()


async def test_a_key_written_with_escapes_is_found(far_end: FarEnd, client: ImagineProClient) -> None:
    """JSON can spell the same text in other bytes."""
    spelled = "".join(f"\\u{ord(character):04x}" for character in KEY)
    far_end.script(reply('{"message": "bad ' + spelled + '"}', status=400))
    assert "[key]" in await told(client)
    assert KEY not in await told(client)


async def test_models_never_hold_an_echoed_key(far_end: FarEnd, client: ImagineProClient) -> None:
    """A record that quotes the key arrives without it."""
    body = {"status": "FAIL", "error": f"token {KEY} expired", "prompt": KEY, "buttons": [KEY], "ref": KEY}
    far_end.script(reply(body))
    job = await client.progress("m")
    assert KEY not in repr(job)
    assert job.error == "token [key] expired"


async def test_other_keys_are_not_shown_either(far_end: FarEnd, client: ImagineProClient) -> None:
    """What merely looks like a key is taken out of reasons too."""
    far_end.script(reply({"message": f"use Bearer abc.def or sk-anotherkey123 or {JWT}!"}, status=400))
    shown = await told(client)
    assert "abc.def" not in shown
    assert "anotherkey" not in shown
    assert JWT not in shown


async def test_a_short_key_does_not_damage_answers(far_end: FarEnd, build: Build) -> None:
    """A word of a few letters is part of too many others to be taken out."""
    far_end.script(reply({"status": "PROCESSING", "progress": 12}))
    assert (await build(key=SecretStr("s")).progress("m")).percent == 12


async def test_the_client_shows_neither_key_nor_session(client: ImagineProClient) -> None:
    """repr and str name the address only."""
    assert KEY not in f"{client!r} {client!s} {vars(client)}"
    assert "127.0.0.1" in repr(client)


async def test_prompts_are_not_logged(far_end: FarEnd, client: ImagineProClient, written: Callable[[], str]) -> None:
    """Not even when the request is repeated, of which the retrying library would log a warning if it were let."""
    far_end.script(reply(status=429))
    set_on_retry_hooks(None)
    try:
        with pytest.raises(ImagineProError):
            await client.imagine("a very private wish")
    finally:
        set_on_retry_hooks([])
    log = written()
    assert "stamina.retry_scheduled" in log
    assert "private wish" not in log


async def test_the_session_never_holds_the_key(
    far_end: FarEnd, client: ImagineProClient, session: aiohttp.ClientSession
) -> None:
    """Whoever else uses the session does not send the key by accident."""
    far_end.script(reply({"credits": 1}))
    await client.account()
    assert KEY not in json.dumps(dict(session.headers))


@pytest.mark.parametrize("key", ["line\nbreak-key", "schlüssel-123", "tab\tkey-here"])
async def test_a_key_that_no_header_can_hold_is_told_at_once(key: str, build: Build) -> None:
    """A key with a line break could write headers of its own."""
    with pytest.raises(ValueError, match="character") as caught:
        build(key=SecretStr(key))
    assert key not in str(caught.value)
