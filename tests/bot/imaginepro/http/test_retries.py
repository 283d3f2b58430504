"""Which requests are retried, and which never are."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from aiohttp.test_utils import unused_port

from bot.imaginepro.client import ImagineProClient
from bot.imaginepro.errors import Busy, ImagineProError, ServerFault, TimedOut, Unreachable
from bot.imaginepro.http.responses import seconds_until
from bot.imaginepro.http.transport import MAX_BODY_BYTES, Timeouts
from tests.bot.imaginepro.conftest import FAST_RETRIES
from tests.bot.imaginepro.payloads import HTML, JOB_ID, payload
from tests.bot.imaginepro.scripted_server import ScriptedServer, close_connection, reply, truncated_body

Build = Callable[..., ImagineProClient]
AMBIGUOUS: list[tuple[Any, type[ImagineProError]]] = [
    (close_connection, Unreachable),
    (truncated_body, Unreachable),
    (reply(payload("error-500"), status=500), ServerFault),
    (reply(HTML, status=502), ServerFault),
    (reply(b"", status=503), ServerFault),
    (reply(HTML), ServerFault),
    (reply(b""), ServerFault),
    (reply(b'{"success": tr'), ServerFault),
    (reply(b"[" * 500 + b"]" * 500), ServerFault),
    (reply(b" " * (MAX_BODY_BYTES + 1)), ServerFault),
    (reply(b"", status=307, headers={"Location": "/elsewhere"}), ServerFault),
]
NO_ID: list[Any] = [reply(body) for body in ({}, {"success": True}, {"success": True, "messageId": ""}, [], None, 5)]


@pytest.mark.parametrize(("answer", "kind"), AMBIGUOUS)
async def test_an_ambiguous_post_is_never_retried(
    answer: Any, kind: type[ImagineProError], api_server: ScriptedServer, client: ImagineProClient
) -> None:
    """A POST with an ambiguous answer is sent once, and the error says that a job may exist."""
    api_server.script(answer)
    with pytest.raises(ImagineProError) as caught:
        await client.imagine("a red fox")
    assert (type(caught.value), caught.value.may_have_created) == (kind, True)
    assert len(api_server.received) == 1


@pytest.mark.parametrize("answer", NO_ID)
async def test_accepted_without_an_id_is_ambiguous(
    answer: Any, api_server: ScriptedServer, client: ImagineProClient
) -> None:
    """A success without a job id is ambiguous."""
    api_server.script(answer)
    with pytest.raises(ServerFault) as caught:
        await client.press(JOB_ID, "U1")
    assert caught.value.may_have_created
    assert len(api_server.received) == 1


async def test_a_post_that_times_out_is_ambiguous(api_server: ScriptedServer, build: Build) -> None:
    """A POST that times out is ambiguous and not retried."""
    api_server.script(api_server.no_answer())
    with pytest.raises(TimedOut) as caught:
        await build(timeouts=Timeouts(read=0.5)).imagine("a red fox")
    assert caught.value.may_have_created
    assert len(api_server.received) == 1


async def test_a_broken_cancel_is_not_retried(api_server: ScriptedServer, client: ImagineProClient) -> None:
    """A broken cancel request is not retried."""
    api_server.script(close_connection)
    with pytest.raises(Unreachable):
        await client.cancel(JOB_ID)
    assert len(api_server.received) == 1


async def test_a_refused_connection_created_nothing(build: Build) -> None:
    """A refused connection is retried, and no job can exist."""
    client = build(base_url=f"http://127.0.0.1:{unused_port()}")
    with pytest.raises(Unreachable) as caught:
        await client.imagine("a red fox")
    assert not caught.value.may_have_created


@pytest.mark.parametrize(("answer", "kind"), AMBIGUOUS)
async def test_a_get_is_retried(
    answer: Any, kind: type[ImagineProError], api_server: ScriptedServer, client: ImagineProClient
) -> None:
    """A failing GET is retried up to the allowed attempts."""
    api_server.script(answer)
    with pytest.raises(kind) as caught:
        await client.progress(JOB_ID)
    assert not caught.value.may_have_created
    assert len(api_server.received) >= FAST_RETRIES.attempts


@pytest.mark.parametrize("answer", [answer for answer, _ in AMBIGUOUS])
async def test_a_get_recovers(answer: Any, api_server: ScriptedServer, client: ImagineProClient) -> None:
    """A GET recovers from a single failure."""
    api_server.script(answer, reply(payload("job-preview")))
    assert (await client.progress(JOB_ID)).percent == 31


async def test_a_get_that_times_out_is_retried(api_server: ScriptedServer, build: Build) -> None:
    """A GET that times out is retried."""
    api_server.script(api_server.no_answer(), reply(payload("account")))
    assert (await build(timeouts=Timeouts(read=0.5)).account()).credits == 1230


async def test_a_refusal_is_not_retried(api_server: ScriptedServer, client: ImagineProClient) -> None:
    """A refused GET is not retried."""
    api_server.script(reply(payload("error-404"), status=404))
    with pytest.raises(ImagineProError):
        await client.progress(JOB_ID)
    assert len(api_server.received) == 1


async def test_429_on_a_post_is_retried(api_server: ScriptedServer, client: ImagineProClient) -> None:
    """A POST is retried after 429, as no job was created."""
    api_server.script(reply(payload("error-429"), status=429), reply(payload("submission")))
    assert (await client.imagine("a red fox")).message_id == JOB_ID
    assert len(api_server.received) == 2


async def test_retry_after_is_honoured(api_server: ScriptedServer, client: ImagineProClient) -> None:
    """The retry waits for the seconds of Retry-After."""
    api_server.script(reply(status=429, headers={"Retry-After": "1"}), reply(payload("submission")))
    await client.imagine("a red fox")
    first, second = api_server.received
    assert second.at - first.at >= 1.0


async def test_a_wait_too_long_is_left_to_the_caller(api_server: ScriptedServer, client: ImagineProClient) -> None:
    """A Retry-After above the limit raises Busy at once, with the seconds."""
    api_server.script(reply(status=429, headers={"Retry-After": "3600"}))
    with pytest.raises(Busy) as caught:
        await client.imagine("a red fox")
    assert (caught.value.retry_after, caught.value.may_have_created) == (3600.0, False)
    assert len(api_server.received) == 1


async def test_repeated_429_raises(api_server: ScriptedServer, client: ImagineProClient) -> None:
    """Repeated 429 raises Busy after the configured attempts."""
    api_server.script(reply(payload("error-429"), status=429))
    with pytest.raises(Busy):
        await client.imagine("a red fox")
    assert len(api_server.received) == FAST_RETRIES.attempts


async def test_ambiguity_after_429_ends_the_attempts(api_server: ScriptedServer, build: Build) -> None:
    """An ambiguous answer after a 429 ends the retries."""
    api_server.script(reply(status=429), close_connection)
    with pytest.raises(Unreachable) as caught:
        await build(retries=replace(FAST_RETRIES, attempts=5)).imagine("a red fox")
    assert caught.value.may_have_created
    assert len(api_server.received) == 2


@pytest.mark.parametrize(
    ("header", "seconds"),
    [(None, None), ("", None), ("7", 7.0), ("0.5", 0.5), ("-3", 0.0), ("soon", None), ("nan", None), ("inf", None)],
)
def test_retry_after_in_seconds(header: str | None, seconds: float | None) -> None:
    """Retry-After is read in seconds, and invalid values are ignored."""
    assert seconds_until(header) == seconds


def test_retry_after_as_a_date() -> None:
    """Retry-After is read as a date."""
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)
    assert 80 < (seconds_until(later) or 0) <= 90
    assert seconds_until("Wed, 21 Oct 2015 07:28:00 GMT") == 0.0
