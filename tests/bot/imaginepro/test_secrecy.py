"""The API key is sent to the API and shown nowhere else."""

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
from tests.bot.imaginepro.scripted_server import ScriptedServer, echo, reply

Build = Callable[..., ImagineProClient]
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"


@pytest.fixture
def log_output(caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]) -> Callable[[], str]:
    """All log records with their fields, and all terminal output."""
    caplog.set_level(logging.DEBUG)
    return lambda: caplog.text + repr([vars(record) for record in caplog.records]) + "".join(capsys.readouterr())


async def broken_protocol(request: web.BaseRequest) -> web.StreamResponse:
    """Answer with invalid HTTP that quotes the key."""
    assert isinstance(request.transport, asyncio.Transport)
    request.transport.write(f"{request.headers['Authorization']} is no status line\r\n\r\n".encode())
    request.transport.close()
    return web.Response()


async def error_output(client: ImagineProClient) -> str:
    """An error's text, repr, fields and traceback."""
    with pytest.raises(ImagineProError) as caught:
        await client.press("some-id", "U1")
    return f"{caught.value} {caught.value!r} {vars(caught.value)} {''.join(traceback.format_exception(caught.value))}"


@pytest.mark.parametrize("key", [KEY, JWT, 'odd"key\\with/signs'])
@pytest.mark.parametrize("answer", [echo(400), echo(401), echo(403), echo(500), echo(429), broken_protocol])
async def test_an_error_never_shows_an_echoed_key(
    key: str, answer: Any, api_server: ScriptedServer, build: Build, log_output: Callable[[], str]
) -> None:
    """A key quoted by the API is in no error and no log."""
    api_server.script(answer)
    shown = await error_output(build(key=SecretStr(key)))
    assert api_server.received[0].headers["Authorization"] == f"Bearer {key}"
    assert key not in shown
    assert key not in log_output()


async def test_a_key_written_with_escapes_is_found(api_server: ScriptedServer, client: ImagineProClient) -> None:
    """A key in JSON escapes is replaced too."""
    spelled = "".join(f"\\u{ord(character):04x}" for character in KEY)
    api_server.script(reply('{"message": "bad ' + spelled + '"}', status=400))
    assert "[key]" in await error_output(client)
    assert KEY not in await error_output(client)


async def test_models_never_hold_an_echoed_key(api_server: ScriptedServer, client: ImagineProClient) -> None:
    """A quoted key is replaced in models."""
    body = {"status": "FAIL", "error": f"token {KEY} expired", "prompt": KEY, "buttons": [KEY], "ref": KEY}
    api_server.script(reply(body))
    job = await client.progress("m")
    assert KEY not in repr(job)
    assert job.error == "token [key] expired"


async def test_other_keys_are_not_shown_either(api_server: ScriptedServer, client: ImagineProClient) -> None:
    """Other keys and tokens are removed from reasons too."""
    api_server.script(reply({"message": f"use Bearer abc.def or sk-anotherkey123 or {JWT}!"}, status=400))
    shown = await error_output(client)
    assert "abc.def" not in shown
    assert "anotherkey" not in shown
    assert JWT not in shown


async def test_a_short_key_does_not_damage_answers(api_server: ScriptedServer, build: Build) -> None:
    """A very short key is not replaced in answers."""
    api_server.script(reply({"status": "PROCESSING", "progress": 12}))
    assert (await build(key=SecretStr("s")).progress("m")).percent == 12


async def test_the_client_shows_neither_key_nor_session(client: ImagineProClient) -> None:
    """The client's repr shows the address but no key."""
    assert KEY not in f"{client!r} {client!s} {vars(client)}"
    assert "127.0.0.1" in repr(client)


async def test_prompts_are_not_logged(
    api_server: ScriptedServer, client: ImagineProClient, log_output: Callable[[], str]
) -> None:
    """Prompts are not in the log, even when the retry library logs a retry."""
    api_server.script(reply(status=429))
    set_on_retry_hooks(None)
    try:
        with pytest.raises(ImagineProError):
            await client.imagine("a very private wish")
    finally:
        set_on_retry_hooks([])
    log = log_output()
    assert "stamina.retry_scheduled" in log
    assert "private wish" not in log


async def test_the_session_never_holds_the_key(
    api_server: ScriptedServer, client: ImagineProClient, session: aiohttp.ClientSession
) -> None:
    """The key is not in the shared session's headers."""
    api_server.script(reply({"credits": 1}))
    await client.account()
    assert KEY not in json.dumps(dict(session.headers))


@pytest.mark.parametrize("key", ["line\nbreak-key", "schlüssel-123", "tab\tkey-here"])
async def test_an_invalid_header_value_is_refused(key: str, build: Build) -> None:
    """A key that is no valid header value is refused."""
    with pytest.raises(ValueError, match="character") as caught:
        build(key=SecretStr(key))
    assert key not in str(caught.value)
