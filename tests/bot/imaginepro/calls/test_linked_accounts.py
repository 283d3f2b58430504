"""Linked accounts: parsing, and removal of their credentials."""

import logging
import traceback
from typing import Any

import pytest

from bot.imaginepro import ImagineProClient, ImagineProError, RequestRefused, ServerFault, UnknownJob
from tests.bot.imaginepro.payloads import JOB_ID
from tests.bot.imaginepro.scripted_server import ScriptedServer, close_connection, reply

# Assembled here, as secret scanners would report it.
TOKEN = ".".join(("MTAwMDAwMDAwMDAwMDAwMDAx", "GabcDE", "abcdefghijklmnopqrstuvwxyz0123456789AB"))
PLAIN_SECRET = "an-unusual-credential"


def record(**changes: Any) -> dict[str, Any]:
    info = {"subscription": "Basic", "jobMode": "", "runningJobs": "None", "message": f"login {TOKEN}"}
    ids = {"id": 1900, "channelId": "11", "serverId": "12"}
    return ids | {"token": TOKEN, "isActive": True, "status": "FAST", "info": info, "concurrency": 3} | changes


async def test_list_and_details(api_server: ScriptedServer, client: ImagineProClient) -> None:
    """Accounts are listed and read one by one; entries without an id are skipped."""
    api_server.script(reply([record(), record(id=None), 5, record(id=7, isActive="false")]))
    first, second = await client.linked_accounts()
    assert (first.id, first.active, first.status, first.concurrency) == ("1900", True, "FAST", 3)
    assert (first.channel_id, first.server_id, first.info["subscription"]) == ("11", "12", "Basic")
    assert (second.id, second.active) == ("7", False)
    assert (await client.linked_account("7")) == second
    assert [request.raw_path for request in api_server.received] == [
        "/api/v1/discord/tokens",
        "/api/v1/discord/token/7",
    ]


async def test_toggle_is_retried(api_server: ScriptedServer, client: ImagineProClient) -> None:
    """Toggling is idempotent and therefore retried."""
    api_server.script(close_connection, reply([record(isActive=False)]))
    assert not (await client.toggle_linked_account("1900", False)).active
    last = api_server.received[-1]
    assert (last.method, last.raw_path, last.json) == ("PUT", "/api/v1/discord/token/1900", {"isActive": False})


@pytest.mark.parametrize("secret", [TOKEN, PLAIN_SECRET])
async def test_credentials_are_removed(
    secret: str, api_server: ScriptedServer, client: ImagineProClient, caplog: pytest.LogCaptureFixture
) -> None:
    """A credential is in no attribute, repr, dump or log, even if other fields quote it."""
    caplog.set_level(logging.DEBUG)
    quoting = record(token=secret, status=f"x {secret}", info={"message": secret, secret: "y", "token": secret})
    api_server.script(reply([quoting, record(id=2, token="", status=secret)]))
    api_server.script(reply({"tokenId": 1900, "tokenInfo": {"message": secret}, "token": secret}), path="/trace/")
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
    status: int, secret: str, api_server: ScriptedServer, client: ImagineProClient
) -> None:
    """Errors hold no Discord token and no value of a credential field."""
    api_server.script(reply({"message": f"Token {secret} is dead", "token": secret}, status=status))
    with pytest.raises(ImagineProError) as caught:
        await client.linked_account("1900")
    error = caught.value
    shown = f"{error} {error!r} {vars(error)} {''.join(traceback.format_exception(error))}"
    assert secret not in shown


@pytest.mark.parametrize("body", [[], [record(id=2)]])
async def test_an_account_that_is_not_in_the_answer(
    body: Any, api_server: ScriptedServer, client: ImagineProClient
) -> None:
    """An account that is missing in the answer raises an error."""
    api_server.script(reply(body))
    with pytest.raises(RequestRefused, match="no linked account"):
        await client.linked_account("1900")


async def test_an_impossible_account_is_never_sent(api_server: ScriptedServer, client: ImagineProClient) -> None:
    """An id that is a dot segment is refused without a request."""
    with pytest.raises(RequestRefused):
        await client.toggle_linked_account("..", True)
    assert api_server.received == []


@pytest.mark.parametrize("body", [{}, "x", None])
async def test_an_answer_without_accounts(body: Any, api_server: ScriptedServer, client: ImagineProClient) -> None:
    """An unreadable answer raises ServerFault."""
    api_server.script(reply(body))
    with pytest.raises(ServerFault):
        await client.linked_accounts()


@pytest.mark.parametrize("token_id", [111, "111"])
async def test_trace(token_id: Any, api_server: ScriptedServer, client: ImagineProClient) -> None:
    """A trace is read, with the account's id as number or text."""
    api_server.script(
        reply({"tokenId": token_id, "tokenStatus": "FAST", "discordChannelId": "9", "tokenInfo": {"a": "b"}})
    )
    trace = await client.message_trace(JOB_ID)
    assert (trace.message_id, trace.account_id, trace.status, trace.channel_id) == (JOB_ID, "111", "FAST", "9")
    assert trace.info == {"a": "b"}
    assert api_server.received[0].raw_path == f"/api/v1/message/trace/{JOB_ID}"


async def test_the_trace_of_an_unknown_job(api_server: ScriptedServer, client: ImagineProClient) -> None:
    """The trace of an unknown job raises UnknownJob."""
    api_server.script(reply(status=404))
    with pytest.raises(UnknownJob):
        await client.message_trace(JOB_ID)
