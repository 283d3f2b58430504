"""Calls whose paths come from the settings: requests, answers and removed credentials."""

from typing import Any

import pytest

from bot.imaginepro import ImagineProClient, ImagineProError, RequestRefused, ServerFault
from tests.bot.imaginepro.scripted_server import ScriptedServer, close_connection, reply

SECRET = "an-unusual-credential"


@pytest.mark.parametrize(
    ("method", "path", "sent"),
    [
        ("GET", "/words", "/api/v1/words?word=a%20b/c"),
        ("DELETE", "/words/{word}", "/api/v1/words/a%20b%2Fc"),
        ("GET", "/words/{word}/{word}", "/api/v1/words/a%20b%2Fc/a%20b%2Fc"),
    ],
)
async def test_a_field_goes_into_the_path_or_the_query(
    method: str, path: str, sent: str, api_server: ScriptedServer, client: ImagineProClient
) -> None:
    """A field becomes a path segment or, with GET, a query parameter, without a body."""
    api_server.script(reply({}))
    await client.unpublished(method, path, {"word": "a b/c"})
    [request] = api_server.received
    assert (request.method, request.raw_path.replace("+", "%20").replace("?word=a%20b%2Fc", "?word=a%20b/c")) == (
        method,
        sent,
    )
    assert request.body == b""


async def test_a_field_goes_into_the_body(api_server: ScriptedServer, client: ImagineProClient) -> None:
    """Other methods send fields in the body."""
    api_server.script(reply({}))
    await client.unpublished("POST", "/words", {"word": "a b"})
    assert api_server.received[0].json == {"word": "a b"}


async def test_dot_segments_are_refused(api_server: ScriptedServer, client: ImagineProClient) -> None:
    """A dot segment as a field is refused without a request."""
    with pytest.raises(RequestRefused, match="nothing was sent"):
        await client.unpublished("DELETE", "/words/{word}", {"word": " .. "})
    assert api_server.received == []


@pytest.mark.parametrize("body", [b"", b" \n"])
async def test_an_empty_success(body: bytes, api_server: ScriptedServer, client: ImagineProClient) -> None:
    """An empty success returns None."""
    api_server.script(reply(body, status=200))
    assert await client.unpublished("POST", "/pause", {}) is None


@pytest.mark.parametrize("body", [[], 5, "x", True, {"a": [1, {"b": None}]}])
async def test_any_json(body: Any, api_server: ScriptedServer, client: ImagineProClient) -> None:
    """Any JSON answer is returned unchanged."""
    api_server.script(reply(body) if not isinstance(body, str) else reply(b'"x"'))
    assert await client.unpublished("GET", "/count", {}) == body


async def test_an_html_page(api_server: ScriptedServer, client: ImagineProClient) -> None:
    """An HTML page raises ServerFault, with a possible effect."""
    api_server.script(reply("<html>"))
    with pytest.raises(ServerFault) as caught:
        await client.unpublished("POST", "/pause", {})
    assert caught.value.may_have_created


@pytest.mark.parametrize(("method", "times"), [("GET", 2), ("POST", 1), ("PUT", 1), ("DELETE", 1)])
async def test_only_get_is_retried(
    method: str, times: int, api_server: ScriptedServer, client: ImagineProClient
) -> None:
    """Only GET is retried."""
    api_server.script(close_connection, reply({}))
    if times == 1:
        with pytest.raises(ImagineProError) as caught:
            await client.unpublished(method, "/queue", {})
        assert caught.value.may_have_created
    else:
        await client.unpublished(method, "/queue", {})
    assert len(api_server.received) == times


@pytest.mark.parametrize("name", ["token", "discordToken", "user_tokens", "tokens", "Password", "secret", "cookie"])
@pytest.mark.parametrize("value", [SECRET, [SECRET, 5, {"x": 1}]])
async def test_credentials_are_removed(
    name: str, value: Any, api_server: ScriptedServer, client: ImagineProClient
) -> None:
    """Credential fields are removed, and their values replaced elsewhere."""
    api_server.script(reply([{"deep": {name: value, "note": f"as {SECRET}", "tokenId": 7}}]))
    answer = await client.unpublished("GET", "/queue", {})
    assert SECRET not in repr(answer)
    assert answer == [{"deep": {"note": "as [key]", "tokenId": 7}}]


async def test_a_wrong_path_points_to_the_settings(api_server: ScriptedServer, client: ImagineProClient) -> None:
    """A 404 points to the settings."""
    api_server.script(reply({"message": "Cannot GET /x"}, status=404))
    with pytest.raises(RequestRefused, match="check it there"):
        await client.unpublished("GET", "/x", {})
