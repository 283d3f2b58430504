"""Calls whose paths come from the settings: how they are sent, what is read of them, and what never is."""

from typing import Any

import pytest

from bot.imaginepro import ImagineProClient, ImagineProError, RequestRefused, ServerFault
from tests.bot.imaginepro.far_end import FarEnd, cut, reply

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
    method: str, path: str, sent: str, far_end: FarEnd, client: ImagineProClient
) -> None:
    """As one segment where the path asks for it; a request that reads has no body."""
    far_end.script(reply({}))
    await client.unpublished(method, path, {"word": "a b/c"})
    [request] = far_end.received
    assert (request.method, request.raw_path.replace("+", "%20").replace("?word=a%20b%2Fc", "?word=a%20b/c")) == (
        method,
        sent,
    )
    assert request.body == b""


async def test_a_field_goes_into_the_body(far_end: FarEnd, client: ImagineProClient) -> None:
    """Of everything that is no GET."""
    far_end.script(reply({}))
    await client.unpublished("POST", "/words", {"word": "a b"})
    assert far_end.received[0].json == {"word": "a b"}


async def test_a_path_is_never_left(far_end: FarEnd, client: ImagineProClient) -> None:
    """Dots would lead to another call."""
    with pytest.raises(RequestRefused, match="nothing was sent"):
        await client.unpublished("DELETE", "/words/{word}", {"word": " .. "})
    assert far_end.received == []


@pytest.mark.parametrize("body", [b"", b" \n"])
async def test_an_empty_yes_is_an_answer(body: bytes, far_end: FarEnd, client: ImagineProClient) -> None:
    """Nothing is known of these answers, so nothing is expected of them."""
    far_end.script(reply(body, status=200))
    assert await client.unpublished("POST", "/pause", {}) is None


@pytest.mark.parametrize("body", [[], 5, "x", True, {"a": [1, {"b": None}]}])
async def test_any_json_is_an_answer(body: Any, far_end: FarEnd, client: ImagineProClient) -> None:
    """It comes back as it is."""
    far_end.script(reply(body) if not isinstance(body, str) else reply(b'"x"'))
    assert await client.unpublished("GET", "/count", {}) == body


async def test_a_page_is_none(far_end: FarEnd, client: ImagineProClient) -> None:
    """HTML with status 200 may have been an effect, and is no answer."""
    far_end.script(reply("<html>"))
    with pytest.raises(ServerFault) as caught:
        await client.unpublished("POST", "/pause", {})
    assert caught.value.may_have_created


@pytest.mark.parametrize(("method", "times"), [("GET", 2), ("POST", 1), ("PUT", 1), ("DELETE", 1)])
async def test_only_a_get_is_repeated(method: str, times: int, far_end: FarEnd, client: ImagineProClient) -> None:
    """What may have had an effect is not sent again."""
    far_end.script(cut, reply({}))
    if times == 1:
        with pytest.raises(ImagineProError) as caught:
            await client.unpublished(method, "/queue", {})
        assert caught.value.may_have_created
    else:
        await client.unpublished(method, "/queue", {})
    assert len(far_end.received) == times


@pytest.mark.parametrize("name", ["token", "discordToken", "user_tokens", "tokens", "Password", "secret", "cookie"])
@pytest.mark.parametrize("value", [SECRET, [SECRET, 5, {"x": 1}]])
async def test_a_credential_is_dropped_whatever_the_shape(
    name: str, value: Any, far_end: FarEnd, client: ImagineProClient
) -> None:
    """By the name of its field, and wherever else the same text stands."""
    far_end.script(reply([{"deep": {name: value, "note": f"as {SECRET}", "tokenId": 7}}]))
    answer = await client.unpublished("GET", "/queue", {})
    assert SECRET not in repr(answer)
    assert answer == [{"deep": {"note": "as [key]", "tokenId": 7}}]


async def test_a_wrong_path_points_to_the_settings(far_end: FarEnd, client: ImagineProClient) -> None:
    """Whoever set it learns where to look."""
    far_end.script(reply({"message": "Cannot GET /x"}, status=404))
    with pytest.raises(RequestRefused, match="check it there"):
        await client.unpublished("GET", "/x", {})
