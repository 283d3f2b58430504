"""Which answer raises which error class."""

import asyncio
import pickle
from typing import Any, TypeVar

import pytest

from bot.errors import UserError
from bot.imaginepro import errors
from bot.imaginepro.client import ImagineProClient
from bot.imaginepro.errors import (
    Busy,
    CreditsUsedUp,
    Forbidden,
    ImagineProError,
    KeyRefused,
    PromptRefused,
    QueueFull,
    RequestRefused,
    ServerFault,
    StatusError,
    Unauthorized,
    UnknownJob,
)
from bot.imaginepro.status import JobStatus
from tests.bot.imaginepro.payloads import HTML, payload
from tests.bot.imaginepro.scripted_server import ScriptedServer, close_connection, reply

ACCOUNT = "/account-info"
Error = TypeVar("Error", bound=ImagineProError)


def subclasses_of(kind: type[ImagineProError]) -> list[type[ImagineProError]]:
    return [kind, *(found for child in kind.__subclasses__() for found in subclasses_of(child))]


def pickled(error: Error) -> Error:
    return pickle.loads(pickle.dumps(error))  # noqa: S301 - our own object, made a line above


async def raised_error(client: ImagineProClient) -> StatusError:
    with pytest.raises(StatusError) as caught:
        await client.press("some-id", "U1")
    return caught.value


@pytest.mark.parametrize(
    ("status", "name", "kind"),
    [
        (400, "error-400", RequestRefused),
        (400, "error-400-list", RequestRefused),
        (402, "error-400", CreditsUsedUp),
        (403, "error-403", Forbidden),
        (403, "error-403-queue", QueueFull),
        (403, "error-blocked-words", PromptRefused),
        (404, "error-404", UnknownJob),
        (422, "error-400", RequestRefused),
        (429, "error-429", Busy),
        (500, "error-500", ServerFault),
        (302, "error-500", ServerFault),
        (200, "submission-refused", PromptRefused),
        (200, "submission-not-accepted", RequestRefused),
    ],
)
async def test_status_and_text_decide(
    status: int, name: str, kind: type[StatusError], api_server: ScriptedServer, client: ImagineProClient
) -> None:
    """Status and text decide the error class."""
    api_server.script(reply(payload(name), status=status))
    error = await raised_error(client)
    assert (type(error), error.status) == (kind, status)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (404, payload("error-404")),
        (400, payload("error-400")),
        (400, b""),
        (410, {}),
        (422, {"message": "messageId must be a UUID"}),
        (200, {"success": False, "message": "Message not found"}),
        (200, {"error": "Job abc does not exist"}),
    ],
)
async def test_an_unknown_job_in_every_form(
    status: int, body: Any, api_server: ScriptedServer, client: ImagineProClient
) -> None:
    """A read sends nothing but an id, so a refusal is about that."""
    api_server.script(reply(body, status=status))
    for read in (client.progress, client.video_progress, client.message_trace):
        with pytest.raises(UnknownJob):
            await read("some-id")
    assert len(api_server.received) == 3


@pytest.mark.parametrize(
    "body", [{"success": False, "message": "Unknown error"}, {"error": "image not found at the address"}]
)
async def test_a_failure_is_no_unknown_job(body: Any, api_server: ScriptedServer, client: ImagineProClient) -> None:
    """What a record says about the job itself is its end."""
    api_server.script(reply(body))
    failed = await client.progress("some-id")
    assert (failed.status, failed.error) == (JobStatus.FAILED, body.get("message") or body["error"])


@pytest.mark.parametrize(("named", "error"), [(500, ServerFault), (503, ServerFault), (429, Busy)])
async def test_a_server_error_is_no_failure(
    named: int, error: type[StatusError], api_server: ScriptedServer, client: ImagineProClient
) -> None:
    """The body of an error that passes, sent as 200, says nothing about the job, which may be done and paid."""
    api_server.script(reply({"statusCode": named, "error": "Internal Server Error", "message": "Something broke."}))
    with pytest.raises(error):
        await client.progress("some-id")
    api_server.script(reply({"statusCode": named, "status": "FAIL", "error": "No."}))
    assert (await client.progress("some-id")).status is JobStatus.FAILED


async def test_success_false_in_other_reads(api_server: ScriptedServer, client: ImagineProClient) -> None:
    """Without a job it means that nothing was read."""
    api_server.script(reply({"success": False, "message": "Not now."}))
    for read in (client.account, client.history, client.linked_accounts):
        with pytest.raises(RequestRefused, match="Not now"):
            await read()


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (400, payload("error-400"), "Prompt is required."),
        (400, payload("error-400-list"), "messageId must be a UUID; button should not be empty"),
        (400, {"error": "Bad Request"}, None),
        (400, {"error": "No such button"}, "No such button"),
        (400, {"error": {"message": "nested"}}, "nested"),
        (400, HTML, None),
        (400, b"", None),
        (400, {"message": "line one\n\tline\u202etwo\x00"}, "line one line two"),
        (400, {"message": "x" * 5000}, "x" * 299 + "…"),
    ],
)
async def test_the_reason_is_safe_to_show(
    status: int, body: Any, reason: str | None, api_server: ScriptedServer, client: ImagineProClient
) -> None:
    """The reason is one short line without HTML, part of the sentence."""
    api_server.script(reply(body, status=status))
    error = await raised_error(client)
    assert error.reason == reason
    assert (reason or "did not accept") in error.text
    assert "<" not in error.text
    assert len(error.text) < 450


async def test_a_refused_button_hints_at_its_age(api_server: ScriptedServer, client: ImagineProClient) -> None:
    """A refused button mentions that the job may be too old."""
    api_server.script(reply(payload("error-400"), status=400))
    assert "too old for this button" in (await raised_error(client)).text


@pytest.mark.parametrize(
    "text",
    [
        "Our AI moderator thinks this prompt is probably against our community standards. Please try again.",
        "Request cancelled due to image filters",
        "FORBIDDEN: The prompt has blocked words",
    ],
)
@pytest.mark.parametrize("status", [400, 403, 500])
async def test_refused_prompts_carry_the_reason(
    text: str, status: int, api_server: ScriptedServer, client: ImagineProClient
) -> None:
    """Known refusal texts raise PromptRefused with any status, and no job exists."""
    api_server.script(reply({"message": text}, status=status))
    with pytest.raises(PromptRefused) as caught:
        await client.imagine("something")
    assert text in caught.value.text
    assert not caught.value.may_have_created


async def test_404_without_a_job_is_not_an_unknown_job(api_server: ScriptedServer, client: ImagineProClient) -> None:
    """A 404 of a submission is not an unknown job."""
    api_server.script(reply(payload("error-404"), status=404))
    with pytest.raises(RequestRefused):
        await client.imagine("fox")


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (reply(payload("error-401"), status=401), KeyRefused),
        (reply(payload("account-used-up")), CreditsUsedUp),
        (reply(payload("account")), Unauthorized),
        (reply({}), Unauthorized),
        (reply(payload("error-500"), status=500), Unauthorized),
        (close_connection, Unauthorized),
    ],
)
async def test_401_is_explained_by_account_info(
    answer: Any, kind: type[Unauthorized], api_server: ScriptedServer, client: ImagineProClient
) -> None:
    """A 401 is explained by Account Info: refused key, no credits, or neither."""
    api_server.script(reply(payload("error-401"), status=401))
    api_server.script(answer, path=ACCOUNT)
    error = await raised_error(client)
    assert (type(error), error.status) == (kind, 401)


async def test_401_with_credits_left_says_so(api_server: ScriptedServer, client: ImagineProClient) -> None:
    """A 401 with credits left says so without the number."""
    api_server.script(reply(payload("error-401"), status=401))
    api_server.script(reply(payload("account")), path=ACCOUNT)
    text = (await raised_error(client)).text
    assert "credits left" in text
    assert "12" not in text


async def test_many_401s_cause_one_request(api_server: ScriptedServer, client: ImagineProClient) -> None:
    """Several 401 answers cause one Account Info request."""
    api_server.script(reply(payload("error-401"), status=401))
    api_server.script(reply(payload("account-used-up")), path=ACCOUNT)
    together = await asyncio.gather(*(raised_error(client) for _ in range(3)))
    assert {type(error) for error in together} == {CreditsUsedUp}
    assert {type(await raised_error(client)) for _ in range(3)} == {CreditsUsedUp}
    assert len(api_server.requests_to(ACCOUNT)) == 1


async def test_account_info_401(api_server: ScriptedServer, client: ImagineProClient) -> None:
    """A 401 of Account Info itself raises KeyRefused without another request."""
    api_server.script(reply(payload("error-401"), status=401))
    with pytest.raises(KeyRefused):
        await client.account()
    assert len(api_server.received) == 1


@pytest.mark.parametrize("kind", subclasses_of(ImagineProError))
def test_every_error_has_a_sentence_and_survives_pickling(kind: type[ImagineProError]) -> None:
    """Every error has a sentence and can be pickled, as workflows store it."""
    error = kind(may_have_created=True)
    copy = pickled(error)
    assert isinstance(error, UserError)
    assert kind().text.endswith(".")
    assert (type(copy), copy.text, vars(copy)) == (kind, error.text, vars(error))


def test_an_ambiguous_error_does_not_suggest_a_retry() -> None:
    """An ambiguous error does not suggest to try again."""
    assert "try again" not in errors.TimedOut(may_have_created=True).text.lower()
    assert "try again" in errors.TimedOut().text.lower()


def test_busy_keeps_retry_after() -> None:
    """Busy keeps its retry_after when pickled."""
    assert pickled(Busy(retry_after=12.5)).retry_after == 12.5
