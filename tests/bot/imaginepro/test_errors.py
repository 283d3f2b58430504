"""Every error class from the answer that means it."""

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
from tests.bot.imaginepro.far_end import FarEnd, cut, reply
from tests.bot.imaginepro.payloads import HTML, payload

ACCOUNT = "/account-info"
Error = TypeVar("Error", bound=ImagineProError)


def every(kind: type[ImagineProError]) -> list[type[ImagineProError]]:
    return [kind, *(found for child in kind.__subclasses__() for found in every(child))]


def stored(error: Error) -> Error:
    return pickle.loads(pickle.dumps(error))  # noqa: S301 - our own object, made a line above


async def refused(client: ImagineProClient) -> StatusError:
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
    status: int, name: str, kind: type[StatusError], far_end: FarEnd, client: ImagineProClient
) -> None:
    """Exactly this class, with the status it came from."""
    far_end.script(reply(payload(name), status=status))
    error = await refused(client)
    assert (type(error), error.status) == (kind, status)


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
    status: int, body: Any, reason: str | None, far_end: FarEnd, client: ImagineProClient
) -> None:
    """One line, shortened, never HTML, never just the HTTP phrase, and part of the sentence."""
    far_end.script(reply(body, status=status))
    error = await refused(client)
    assert error.reason == reason
    assert (reason or "did not accept") in error.text
    assert "<" not in error.text
    assert len(error.text) < 450


async def test_a_refused_button_hints_at_its_age(far_end: FarEnd, client: ImagineProClient) -> None:
    """Old jobs answer 400 to a button; the sentence says what that may mean."""
    far_end.script(reply(payload("error-400"), status=400))
    assert "too old for this button" in (await refused(client)).text


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
    text: str, status: int, far_end: FarEnd, client: ImagineProClient
) -> None:
    """The known refusal texts mean the prompt, whatever the status, and that no job exists."""
    far_end.script(reply({"message": text}, status=status))
    with pytest.raises(PromptRefused) as caught:
        await client.imagine("something")
    assert text in caught.value.text
    assert not caught.value.may_have_created


async def test_404_without_a_job_is_not_an_unknown_job(far_end: FarEnd, client: ImagineProClient) -> None:
    """A missing endpoint must not be told as a missing picture."""
    far_end.script(reply(payload("error-404"), status=404))
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
        (cut, Unauthorized),
    ],
)
async def test_401_blames_only_what_account_info_proves(
    answer: Any, kind: type[Unauthorized], far_end: FarEnd, client: ImagineProClient
) -> None:
    """The key is blamed when Account Info refuses it, the credits when they are gone, else neither."""
    far_end.script(reply(payload("error-401"), status=401))
    far_end.script(answer, path=ACCOUNT)
    error = await refused(client)
    assert (type(error), error.status) == (kind, 401)


async def test_401_with_credits_left_says_so(far_end: FarEnd, client: ImagineProClient) -> None:
    """A working key with a balance gets a true sentence, and the number stays private."""
    far_end.script(reply(payload("error-401"), status=401))
    far_end.script(reply(payload("account")), path=ACCOUNT)
    text = (await refused(client)).text
    assert "credits left" in text
    assert "12" not in text


async def test_many_401s_ask_once(far_end: FarEnd, client: ImagineProClient) -> None:
    """One question to Account Info explains all refusals of the moment."""
    far_end.script(reply(payload("error-401"), status=401))
    far_end.script(reply(payload("account-used-up")), path=ACCOUNT)
    together = await asyncio.gather(*(refused(client) for _ in range(3)))
    assert {type(error) for error in together} == {CreditsUsedUp}
    assert {type(await refused(client)) for _ in range(3)} == {CreditsUsedUp}
    assert len(far_end.asked(ACCOUNT)) == 1


async def test_account_info_refused_asks_nothing_more(far_end: FarEnd, client: ImagineProClient) -> None:
    """A 401 to Account Info itself is the key."""
    far_end.script(reply(payload("error-401"), status=401))
    with pytest.raises(KeyRefused):
        await client.account()
    assert len(far_end.received) == 1


@pytest.mark.parametrize("kind", every(ImagineProError))
def test_every_error_has_a_sentence_and_survives_pickling(kind: type[ImagineProError]) -> None:
    """Built without arguments, shown as it stands, and the same after a durable workflow has stored it."""
    error = kind(may_have_created=True)
    copy = stored(error)
    assert isinstance(error, UserError)
    assert kind().text.endswith(".")
    assert (type(copy), copy.text, vars(copy)) == (kind, error.text, vars(error))


def test_a_doubtful_error_does_not_tell_to_try_again() -> None:
    """Trying again could be paid twice."""
    assert "try again" not in errors.TimedOut(may_have_created=True).text.lower()
    assert "try again" in errors.TimedOut().text.lower()


def test_busy_keeps_its_wait() -> None:
    """The seconds asked for are the caller's to use, also after storage."""
    assert stored(Busy(retry_after=12.5)).retry_after == 12.5
