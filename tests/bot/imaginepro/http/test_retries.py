"""What is sent again, and above all what never is."""

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
from tests.bot.imaginepro.conftest import IMPATIENT
from tests.bot.imaginepro.far_end import FarEnd, cut, half, reply
from tests.bot.imaginepro.payloads import HTML, JOB_ID, payload

Build = Callable[..., ImagineProClient]
AMBIGUOUS: list[tuple[Any, type[ImagineProError]]] = [
    (cut, Unreachable),
    (half, Unreachable),
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
async def test_an_ambiguous_post_is_never_repeated(
    answer: Any, kind: type[ImagineProError], far_end: FarEnd, client: ImagineProClient
) -> None:
    """The server counts one request, and the error says that a job may exist."""
    far_end.script(answer)
    with pytest.raises(ImagineProError) as caught:
        await client.imagine("a red fox")
    assert (type(caught.value), caught.value.may_have_created) == (kind, True)
    assert len(far_end.received) == 1


@pytest.mark.parametrize("answer", NO_ID)
async def test_accepted_without_an_id_is_ambiguous(answer: Any, far_end: FarEnd, client: ImagineProClient) -> None:
    """A yes that names no job leaves open whether there is one."""
    far_end.script(answer)
    with pytest.raises(ServerFault) as caught:
        await client.press(JOB_ID, "U1")
    assert caught.value.may_have_created
    assert len(far_end.received) == 1


async def test_a_post_that_times_out_is_ambiguous(far_end: FarEnd, build: Build) -> None:
    """The request was sent; what became of it is unknown."""
    far_end.script(far_end.silence())
    with pytest.raises(TimedOut) as caught:
        await build(timeouts=Timeouts(read=0.5)).imagine("a red fox")
    assert caught.value.may_have_created
    assert len(far_end.received) == 1


async def test_a_cancel_that_breaks_is_not_repeated(far_end: FarEnd, client: ImagineProClient) -> None:
    """Cancelling is a press like any other."""
    far_end.script(cut)
    with pytest.raises(Unreachable):
        await client.cancel(JOB_ID)
    assert len(far_end.received) == 1


async def test_a_connection_that_never_opened_created_nothing(build: Build) -> None:
    """Nobody listens: tried again, then told, and no job can exist."""
    client = build(base_url=f"http://127.0.0.1:{unused_port()}")
    with pytest.raises(Unreachable) as caught:
        await client.imagine("a red fox")
    assert not caught.value.may_have_created


@pytest.mark.parametrize(("answer", "kind"), AMBIGUOUS)
async def test_a_get_is_repeated(
    answer: Any, kind: type[ImagineProError], far_end: FarEnd, client: ImagineProClient
) -> None:
    """Reading costs nothing, so it is tried as often as allowed."""
    far_end.script(answer)
    with pytest.raises(kind) as caught:
        await client.progress(JOB_ID)
    assert not caught.value.may_have_created
    assert len(far_end.received) >= IMPATIENT.attempts


@pytest.mark.parametrize("answer", [answer for answer, _ in AMBIGUOUS])
async def test_a_get_recovers(answer: Any, far_end: FarEnd, client: ImagineProClient) -> None:
    """One failure in between is not noticed."""
    far_end.script(answer, reply(payload("job-preview")))
    assert (await client.progress(JOB_ID)).percent == 31


async def test_a_get_that_times_out_is_repeated(far_end: FarEnd, build: Build) -> None:
    """A silent server is asked again."""
    far_end.script(far_end.silence(), reply(payload("account")))
    assert (await build(timeouts=Timeouts(read=0.5)).account()).credits == 1230


async def test_a_refusal_is_not_repeated(far_end: FarEnd, client: ImagineProClient) -> None:
    """What was refused stays refused."""
    far_end.script(reply(payload("error-404"), status=404))
    with pytest.raises(ImagineProError):
        await client.progress(JOB_ID)
    assert len(far_end.received) == 1


async def test_429_on_a_post_is_tried_again(far_end: FarEnd, client: ImagineProClient) -> None:
    """The limit is refused before anything is accepted, so the second try is the first job."""
    far_end.script(reply(payload("error-429"), status=429), reply(payload("submission")))
    assert (await client.imagine("a red fox")).message_id == JOB_ID
    assert len(far_end.received) == 2


async def test_retry_after_is_honoured(far_end: FarEnd, client: ImagineProClient) -> None:
    """The far end measures at least the second it asked for."""
    far_end.script(reply(status=429, headers={"Retry-After": "1"}), reply(payload("submission")))
    await client.imagine("a red fox")
    first, second = far_end.received
    assert second.at - first.at >= 1.0


async def test_a_wait_too_long_is_left_to_the_caller(far_end: FarEnd, client: ImagineProClient) -> None:
    """More than the client may wait: told at once, with the seconds, and nothing created."""
    far_end.script(reply(status=429, headers={"Retry-After": "3600"}))
    with pytest.raises(Busy) as caught:
        await client.imagine("a red fox")
    assert (caught.value.retry_after, caught.value.may_have_created) == (3600.0, False)
    assert len(far_end.received) == 1


async def test_429_for_ever_ends(far_end: FarEnd, client: ImagineProClient) -> None:
    """As many attempts as configured, then the caller hears it."""
    far_end.script(reply(payload("error-429"), status=429))
    with pytest.raises(Busy):
        await client.imagine("a red fox")
    assert len(far_end.received) == IMPATIENT.attempts


async def test_ambiguity_after_429_ends_the_attempts(far_end: FarEnd, build: Build) -> None:
    """Only the certain failure is repeated, not what comes after it."""
    far_end.script(reply(status=429), cut)
    with pytest.raises(Unreachable) as caught:
        await build(retries=replace(IMPATIENT, attempts=5)).imagine("a red fox")
    assert caught.value.may_have_created
    assert len(far_end.received) == 2


@pytest.mark.parametrize(
    ("header", "seconds"),
    [(None, None), ("", None), ("7", 7.0), ("0.5", 0.5), ("-3", 0.0), ("soon", None), ("nan", None), ("inf", None)],
)
def test_retry_after_in_seconds(header: str | None, seconds: float | None) -> None:
    """Numbers are read, nonsense is nothing."""
    assert seconds_until(header) == seconds


def test_retry_after_as_a_date() -> None:
    """The other form of the header."""
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)
    assert 80 < (seconds_until(later) or 0) <= 90
    assert seconds_until("Wed, 21 Oct 2015 07:28:00 GMT") == 0.0
