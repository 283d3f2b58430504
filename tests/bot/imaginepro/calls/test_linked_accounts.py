"""Linked accounts: what is read of them, and that their credentials are gone for good."""

import logging
import traceback
from typing import Any

import pytest

from bot.imaginepro import ImagineProClient, ImagineProError, RequestRefused, ServerFault, UnknownJob
from tests.bot.imaginepro.far_end import FarEnd, cut, reply
from tests.bot.imaginepro.payloads import JOB_ID

# Put together here, because scanners take it for a real one.
TOKEN = ".".join(("MTAwMDAwMDAwMDAwMDAwMDAx", "GabcDE", "abcdefghijklmnopqrstuvwxyz0123456789AB"))
PLAIN_SECRET = "an-unusual-credential"


def record(**changes: Any) -> dict[str, Any]:
    info = {"subscription": "Basic", "jobMode": "", "runningJobs": "None", "message": f"login {TOKEN}"}
    ids = {"id": 1900, "channelId": "11", "serverId": "12"}
    return ids | {"token": TOKEN, "isActive": True, "status": "FAST", "info": info, "concurrency": 3} | changes


async def test_list_and_details(far_end: FarEnd, client: ImagineProClient) -> None:
    """Both answers are lists; entries without an id are left out."""
    far_end.script(reply([record(), record(id=None), 5, record(id=7, isActive="false")]))
    first, second = await client.linked_accounts()
    assert (first.id, first.active, first.status, first.concurrency) == ("1900", True, "FAST", 3)
    assert (first.channel_id, first.server_id, first.info["subscription"]) == ("11", "12", "Basic")
    assert (second.id, second.active) == ("7", False)
    assert (await client.linked_account("7")) == second
    assert [request.raw_path for request in far_end.received] == ["/api/v1/discord/tokens", "/api/v1/discord/token/7"]


async def test_toggle_may_be_repeated(far_end: FarEnd, client: ImagineProClient) -> None:
    """Switching off twice is switching off."""
    far_end.script(cut, reply([record(isActive=False)]))
    assert not (await client.toggle_linked_account("1900", False)).active
    last = far_end.received[-1]
    assert (last.method, last.raw_path, last.json) == ("PUT", "/api/v1/discord/token/1900", {"isActive": False})


@pytest.mark.parametrize("secret", [TOKEN, PLAIN_SECRET])
async def test_the_credential_is_nowhere(
    secret: str, far_end: FarEnd, client: ImagineProClient, caplog: pytest.LogCaptureFixture
) -> None:
    """Not in an attribute, a repr, a dump or a log, even where other fields quote it."""
    caplog.set_level(logging.DEBUG)
    quoting = record(token=secret, status=f"x {secret}", info={"message": secret, secret: "y", "token": secret})
    far_end.script(reply([quoting, record(id=2, token="", status=secret)]))
    far_end.script(reply({"tokenId": 1900, "tokenInfo": {"message": secret}, "token": secret}), path="/trace/")
    accounts = [*await client.linked_accounts(), await client.linked_account("1900")]
    found = [*accounts, await client.toggle_linked_account("1900", True), await client.message_trace(JOB_ID)]
    for model in found:
        shown = f"{model!r} {model} {vars(model)} {model.model_dump()} {model.model_dump_json()} {model.model_extra}"
        assert secret not in shown
        assert not hasattr(model, "token")
    assert secret not in caplog.text


@pytest.mark.parametrize("secret", [TOKEN, PLAIN_SECRET])
@pytest.mark.parametrize("status", [400, 401, 403, 404, 429, 500])
async def test_no_error_quotes_a_credential(
    status: int, secret: str, far_end: FarEnd, client: ImagineProClient
) -> None:
    """The API's own words lose what looks like a Discord token, and what another field of the answer calls one."""
    far_end.script(reply({"message": f"Token {secret} is dead", "token": secret}, status=status))
    with pytest.raises(ImagineProError) as caught:
        await client.linked_account("1900")
    error = caught.value
    shown = f"{error} {error!r} {vars(error)} {''.join(traceback.format_exception(error))}"
    assert secret not in shown


@pytest.mark.parametrize("body", [[], [record(id=2)]])
async def test_an_account_that_is_not_in_the_answer(body: Any, far_end: FarEnd, client: ImagineProClient) -> None:
    """Another account is never shown instead."""
    far_end.script(reply(body))
    with pytest.raises(RequestRefused, match="no linked account"):
        await client.linked_account("1900")


async def test_an_impossible_account_is_never_sent(far_end: FarEnd, client: ImagineProClient) -> None:
    """A dot segment would reach another endpoint."""
    with pytest.raises(RequestRefused):
        await client.toggle_linked_account("..", True)
    assert far_end.received == []


@pytest.mark.parametrize("body", [{}, "x", None])
async def test_an_answer_without_accounts(body: Any, far_end: FarEnd, client: ImagineProClient) -> None:
    """Unreadable is not an empty list."""
    far_end.script(reply(body))
    with pytest.raises(ServerFault):
        await client.linked_accounts()


@pytest.mark.parametrize("token_id", [111, "111"])
async def test_trace(token_id: Any, far_end: FarEnd, client: ImagineProClient) -> None:
    """Number or text, the account's id is the same."""
    far_end.script(
        reply({"tokenId": token_id, "tokenStatus": "FAST", "discordChannelId": "9", "tokenInfo": {"a": "b"}})
    )
    trace = await client.message_trace(JOB_ID)
    assert (trace.message_id, trace.account_id, trace.status, trace.channel_id) == (JOB_ID, "111", "FAST", "9")
    assert trace.info == {"a": "b"}
    assert far_end.received[0].raw_path == f"/api/v1/message/trace/{JOB_ID}"


async def test_the_trace_of_an_unknown_job(far_end: FarEnd, client: ImagineProClient) -> None:
    """404 is an unknown job."""
    far_end.script(reply(status=404))
    with pytest.raises(UnknownJob):
        await client.message_trace(JOB_ID)
