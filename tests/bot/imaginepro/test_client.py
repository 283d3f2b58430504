"""What the client sends, and what it makes of every kind of yes."""

from collections.abc import Callable

import pytest

from bot.imaginepro.client import ImagineProClient
from bot.imaginepro.errors import ServerFault, UnknownJob
from bot.imaginepro.models import JobStatus
from tests.bot.imaginepro.conftest import KEY
from tests.bot.imaginepro.far_end import FarEnd, reply
from tests.bot.imaginepro.payloads import JOB_ID, payload

Build = Callable[..., ImagineProClient]


async def test_imagine_sends_only_what_was_given(far_end: FarEnd, client: ImagineProClient) -> None:
    """The request is the documented one; what is None is left out."""
    far_end.script(reply(payload("submission")))
    accepted = await client.imagine("a red fox --ar 3:2")
    [request] = far_end.received
    assert (request.method, request.raw_path) == ("POST", "/api/v1/nova/imagine")
    assert request.headers["Authorization"] == f"Bearer {KEY}"
    assert request.headers["Content-Type"] == "application/json"
    assert request.json == {"prompt": "a red fox --ar 3:2"}
    assert accepted.message_id == JOB_ID


async def test_imagine_with_every_option(far_end: FarEnd, client: ImagineProClient) -> None:
    """Options carry the API's own names."""
    far_end.script(reply(payload("submission"), status=201))
    await client.imagine("fox", ref="job-7", webhook="https://bot.example/hook", timeout=600)
    assert far_end.received[0].json == {
        "prompt": "fox",
        "ref": "job-7",
        "webhookOverride": "https://bot.example/hook",
        "timeout": 600,
    }


async def test_press_sends_the_label_verbatim(far_end: FarEnd, client: ImagineProClient) -> None:
    """An arrow keeps its variation selector, mask and prompt go along."""
    far_end.script(reply(payload("submission")))
    await client.press(JOB_ID, "\u2b05\ufe0f", mask="AAAA", prompt="a scarf")
    [request] = far_end.asked("/nova/button")
    assert request.json == {"messageId": JOB_ID, "button": "\u2b05\ufe0f", "mask": "AAAA", "prompt": "a scarf"}


@pytest.mark.parametrize("name", ["submission", "cancelled-without-id"])
async def test_cancel_needs_no_id_in_the_answer(name: str, far_end: FarEnd, client: ImagineProClient) -> None:
    """Both pages' answers are a yes."""
    far_end.script(reply(payload(name)))
    await client.cancel(JOB_ID)
    assert far_end.received[0].json == {"messageId": JOB_ID, "button": "Cancel Job"}


async def test_progress(far_end: FarEnd, client: ImagineProClient) -> None:
    """The record of the job asked for; a failed job is no error."""
    far_end.script(reply(payload("job-failed-small")))
    job = await client.progress(JOB_ID)
    assert (job.status, job.message_id) == (JobStatus.FAILED, JOB_ID)
    assert far_end.received[0].raw_path == f"/api/v1/message/fetch/{JOB_ID}"


async def test_progress_with_success_false_is_still_a_record(far_end: FarEnd, client: ImagineProClient) -> None:
    """On progress `success` means nothing."""
    far_end.script(reply(payload("job-preview") | {"success": False}))
    assert (await client.progress(JOB_ID)).percent == 31


async def test_account_is_asked_without_a_body(far_end: FarEnd, client: ImagineProClient) -> None:
    """Account Info is a plain GET."""
    far_end.script(reply(payload("account")))
    assert (await client.account()).balance == 1250
    [request] = far_end.received
    assert (request.method, request.body) == ("GET", b"")
    assert request.raw_path == "/api/v1/subscription/account-info"


async def test_history(far_end: FarEnd, client: ImagineProClient) -> None:
    """Page and size are passed on."""
    far_end.script(reply(payload("history")))
    assert len(await client.history(page=2, size=50)) == 2
    assert far_end.received[0].raw_path == "/api/v1/nova/images?page=2&size=50"


async def test_an_unreadable_history_is_not_an_empty_one(far_end: FarEnd, client: ImagineProClient) -> None:
    """Whoever looks for a lost job must not hear that there is none."""
    far_end.script(reply({"message": "hm"}))
    with pytest.raises(ServerFault):
        await client.history()


async def test_the_older_spelling(far_end: FarEnd, build: Build) -> None:
    """With the older prefix every call has its older name, and a base address may end in the version."""
    client = build(prefix="midjourney", base_url=far_end.url + "/api/v1/")
    far_end.script(reply(payload("job-done-grid")))
    far_end.script(reply(payload("history")), path="/images")
    await client.imagine("x")
    await client.press("m", "U1")
    await client.progress("m")
    await client.history()
    assert [request.raw_path for request in far_end.received] == [
        "/api/v1/midjourney/imagine",
        "/api/v1/midjourney/button",
        "/api/v1/midjourney/message/m",
        "/api/v1/midjourney/images?page=1&size=10",
    ]


@pytest.mark.parametrize(
    ("message_id", "path"),
    [
        ("a/../../secret", "a%2F..%2F..%2Fsecret"),
        ("a?key=1#part", "a%3Fkey%3D1%23part"),
        ("a\r\nX-Evil: 1", "a%0D%0AX-Evil%3A%201"),
        ("50%2F", "50%252F"),
        ("fuchs ü\ud800", "fuchs%20%C3%BC%3F"),
    ],
)
async def test_an_id_stays_one_path_segment(
    message_id: str, path: str, far_end: FarEnd, client: ImagineProClient
) -> None:
    """Nothing in an id can reach another endpoint, the query or a header."""
    far_end.script(reply({}))
    await client.progress(message_id)
    [request] = far_end.received
    assert request.raw_path == f"/api/v1/message/fetch/{path}"
    assert "X-Evil" not in request.headers


@pytest.mark.parametrize("message_id", ["", " ", ".", ".."])
async def test_an_id_that_would_change_the_path_is_never_sent(
    message_id: str, far_end: FarEnd, client: ImagineProClient
) -> None:
    """Dot segments are folded on the way even when quoted, so they are unknown jobs at once."""
    with pytest.raises(UnknownJob):
        await client.progress(message_id)
    assert far_end.received == []
