"""The client's requests, and its reading of successful answers."""

from collections.abc import Callable

import pytest

from bot.imaginepro.client import ImagineProClient
from bot.imaginepro.errors import ServerFault, UnknownJob
from bot.imaginepro.status import JobStatus
from tests.bot.imaginepro.conftest import KEY
from tests.bot.imaginepro.payloads import JOB_ID, payload
from tests.bot.imaginepro.scripted_server import ScriptedServer, reply

Build = Callable[..., ImagineProClient]


async def test_imagine_sends_only_what_was_given(api_server: ScriptedServer, client: ImagineProClient) -> None:
    """`imagine` sends the documented request without None values."""
    api_server.script(reply(payload("submission")))
    accepted = await client.imagine("a red fox --ar 3:2")
    [request] = api_server.received
    assert (request.method, request.raw_path) == ("POST", "/api/v1/nova/imagine")
    assert request.headers["Authorization"] == f"Bearer {KEY}"
    assert request.headers["Content-Type"] == "application/json"
    assert request.json == {"prompt": "a red fox --ar 3:2"}
    assert accepted.message_id == JOB_ID


async def test_imagine_with_every_option(api_server: ScriptedServer, client: ImagineProClient) -> None:
    """Options are sent under the API's names."""
    api_server.script(reply(payload("submission"), status=201))
    await client.imagine("fox", ref="job-7", webhook="https://bot.example/hook", timeout=600)
    assert api_server.received[0].json == {
        "prompt": "fox",
        "ref": "job-7",
        "webhookOverride": "https://bot.example/hook",
        "timeout": 600,
    }


async def test_press_sends_the_label_verbatim(api_server: ScriptedServer, client: ImagineProClient) -> None:
    """A button's label is sent exactly, with mask and prompt."""
    api_server.script(reply(payload("submission")))
    await client.press(JOB_ID, "\u2b05\ufe0f", mask="AAAA", prompt="a scarf")
    [request] = api_server.requests_to("/nova/button")
    assert request.json == {"messageId": JOB_ID, "button": "\u2b05\ufe0f", "mask": "AAAA", "prompt": "a scarf"}


@pytest.mark.parametrize("name", ["submission", "cancelled-without-id"])
async def test_cancel_needs_no_id_in_the_answer(
    name: str, api_server: ScriptedServer, client: ImagineProClient
) -> None:
    """A cancel succeeds with and without an id in the answer."""
    api_server.script(reply(payload(name)))
    await client.cancel(JOB_ID)
    assert api_server.received[0].json == {"messageId": JOB_ID, "button": "Cancel Job"}


async def test_progress(api_server: ScriptedServer, client: ImagineProClient) -> None:
    """A job's progress is read, and a failed job is no error."""
    api_server.script(reply(payload("job-failed-small")))
    job = await client.progress(JOB_ID)
    assert (job.status, job.message_id) == (JobStatus.FAILED, JOB_ID)
    assert api_server.received[0].raw_path == f"/api/v1/message/fetch/{JOB_ID}"


async def test_progress_ignores_success(api_server: ScriptedServer, client: ImagineProClient) -> None:
    """`success` is ignored in progress answers."""
    api_server.script(reply(payload("job-preview") | {"success": False}))
    assert (await client.progress(JOB_ID)).percent == 31


async def test_account_is_asked_without_a_body(api_server: ScriptedServer, client: ImagineProClient) -> None:
    """The account is read by a GET without a body."""
    api_server.script(reply(payload("account")))
    assert (await client.account()).balance == 1250
    [request] = api_server.received
    assert (request.method, request.body) == ("GET", b"")
    assert request.raw_path == "/api/v1/subscription/account-info"


async def test_history(api_server: ScriptedServer, client: ImagineProClient) -> None:
    """The history is read with page and size."""
    api_server.script(reply(payload("history")))
    assert len(await client.history(page=2, size=50)) == 2
    assert api_server.received[0].raw_path == "/api/v1/nova/images?page=2&size=50"


async def test_an_unreadable_history_is_not_an_empty_one(api_server: ScriptedServer, client: ImagineProClient) -> None:
    """An unreadable history raises an error instead of looking empty."""
    api_server.script(reply({"message": "hm"}))
    with pytest.raises(ServerFault):
        await client.history()


async def test_the_older_prefix(api_server: ScriptedServer, build: Build) -> None:
    """With the older prefix calls use their older paths, and the base address may include the version."""
    client = build(prefix="midjourney", base_url=api_server.url + "/api/v1/")
    api_server.script(reply(payload("job-done-grid")))
    api_server.script(reply(payload("history")), path="/images")
    await client.imagine("x")
    await client.press("m", "U1")
    await client.progress("m")
    await client.history()
    assert [request.raw_path for request in api_server.received] == [
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
    message_id: str, path: str, api_server: ScriptedServer, client: ImagineProClient
) -> None:
    """An id is quoted as one path segment."""
    api_server.script(reply({}))
    await client.progress(message_id)
    [request] = api_server.received
    assert request.raw_path == f"/api/v1/message/fetch/{path}"
    assert "X-Evil" not in request.headers


@pytest.mark.parametrize("message_id", ["", " ", ".", ".."])
async def test_an_id_that_would_change_the_path_is_never_sent(
    message_id: str, api_server: ScriptedServer, client: ImagineProClient
) -> None:
    """A dot segment as an id raises UnknownJob without a request."""
    with pytest.raises(UnknownJob):
        await client.progress(message_id)
    assert api_server.received == []
