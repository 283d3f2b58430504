"""For any answer, models parse and the client raises only its own errors."""

import asyncio
from typing import Any

import aiohttp
import orjson
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from bot.imaginepro.calls.linked_accounts import LinkedAccount
from bot.imaginepro.client import ImagineProClient
from bot.imaginepro.errors import ImagineProError
from bot.imaginepro.http.rate_limit import RateLimiter
from bot.imaginepro.models import Account, HistoryItem, Job
from tests.bot.imaginepro.conftest import FAST_RETRIES, KEY
from tests.bot.imaginepro.scripted_server import reply, running

TEXT = st.text(st.characters(), max_size=30)  # unpaired surrogates too
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | TEXT
ANYTHING = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4), max_leaves=12
)
TIMES = st.sampled_from(["0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "2026-01-01", "20260101T00Z"])
ADDRESSES = st.sampled_from(["http://[::1", "https://", "https://a b/", "HTTPS://X.example/1", "http://x:99999/"])
FIELDS = [
    *("messageId", "status", "progress", "uri", "originalUrl", "images", "buttons", "error", "prompt", "ref"),
    *("originatingMessageId", "originalMessageId", "createdAt", "updatedAt", "success", "message", "statusCode"),
    *("videoUrl", "results", "response", "isActive", "concurrency", "info", "token", "tokenId", "tokenInfo"),
    *("id", "type", "button", "credits", "creditsExtra", "creditsQuota", "expiredAt", "email"),
]
RECORDS = st.dictionaries(
    st.sampled_from(FIELDS), ANYTHING | TIMES | ADDRESSES | st.lists(ADDRESSES | SCALARS, max_size=5), max_size=10
)
BODIES = ANYTHING | RECORDS | st.lists(RECORDS, max_size=3) | st.fixed_dictionaries({"images": st.lists(RECORDS)})
STATUSES = st.sampled_from([200, 200, 200, 201, 202, 302, 400, 401, 402, 403, 404, 408, 422, 429, 451, 500, 502, 599])


@given(BODIES)
def test_models_take_anything(body: Any) -> None:
    """Models accept any body, and their values are valid."""
    job = Job.from_body(body, polled_id="polled")
    assert job.message_id
    assert job.percent is None or 0 <= job.percent <= 100
    assert all(url.lower().startswith(("http://", "https://")) for url in [*job.tiles, job.image_url or "http://"])
    assert all(label == label.strip() and label for label in job.buttons)
    assert "\n" not in (job.error or "")
    assert Job.model_validate_json(job.model_dump_json()) == job
    assert all(account.id for account in LinkedAccount.list_from(body) or [])
    Account.model_validate(body)
    for item in HistoryItem.page_from(body) or []:
        assert item.message_id


async def errors_of_all_calls(status: int, raw: bytes, headers: dict[str, str]) -> list[ImagineProError]:
    """The errors of all calls against a server with this answer."""
    async with running() as api_server, aiohttp.ClientSession() as session:
        api_server.script(reply(raw, status=status, headers=headers))
        client = ImagineProClient(
            session,
            key=SecretStr(KEY),
            base_url=api_server.url,
            rate_limiter=RateLimiter.unlimited(),
            retries=FAST_RETRIES,
        )
        calls = [client.imagine("x"), client.press("m", "U1"), client.cancel("m"), client.progress("m")]
        calls += [client.account(), client.history(), client.download(f"{api_server.url}/1.png", max_bytes=50)]
        calls += [
            client.check_prompt("x"),
            client.extend_prompt("x"),
            client.video_progress("m"),
            client.blend(["a"] * 2),
        ]
        calls += [client.linked_accounts(), client.linked_account("1"), client.toggle_linked_account("1", True)]
        calls += [client.message_trace("m"), client.command("info", "1")]
        results = await asyncio.gather(*calls, return_exceptions=True)
    foreign_errors = [
        error for error in results if isinstance(error, Exception) and not isinstance(error, ImagineProError)
    ]
    assert foreign_errors == []
    return [error for error in results if isinstance(error, ImagineProError)]


def encoded(body: Any) -> bytes:
    try:
        return orjson.dumps(body)
    except TypeError:  # integers and surrogates that JSON does not support
        return repr(body).encode("utf-8", "replace")


@settings(max_examples=60, deadline=None)
@given(STATUSES, BODIES.map(encoded) | st.binary(max_size=60), st.sampled_from(["0", "", "soon", "9e99", "7200"]))
def test_the_client_raises_only_its_own_errors(status: int, raw: bytes, retry_after: str) -> None:
    """Any status and body gives a model or an ImagineProError with a one-line text."""
    errors = asyncio.run(errors_of_all_calls(status, raw, {"Retry-After": retry_after}))
    assert all(error.text and "\n" not in error.text and KEY not in error.text for error in errors)


@settings(max_examples=40, deadline=None)
@given(TEXT, TEXT)
def test_any_prompt_and_id_can_be_sent(prompt: str, message_id: str) -> None:
    """Any prompt and id are sent, or refused with an ImagineProError."""

    async def send() -> None:
        async with running() as api_server, aiohttp.ClientSession() as session:
            api_server.script(reply({"messageId": "m"}))
            client = ImagineProClient(
                session, key=SecretStr(KEY), base_url=api_server.url, rate_limiter=RateLimiter.unlimited()
            )
            await client.imagine(prompt, ref=message_id)
            try:
                await client.progress(message_id)
            except ImagineProError:
                assert message_id.strip() in {"", ".", ".."}
            assert all(request.raw_path.startswith("/api/v1/") for request in api_server.received)
            assert all(request.raw_path.count("/") == 5 for request in api_server.requests_to("/fetch/"))

    asyncio.run(send())
