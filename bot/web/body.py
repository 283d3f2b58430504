"""What was sent with a request, up to a limit."""

from typing import cast

import orjson
from aiohttp import ClientPayloadError, web

from bot.web.problems import Refusal


async def read_object(request: web.Request, *, most: int, unclear: str) -> dict[str, object]:
    """The JSON object in a request of at most `most` bytes.

    Raises Refusal, with the sentence `unclear` when it is of another kind or no JSON, and HTTPRequestEntityTooLarge.
    """
    if request.content_type != "application/json":
        raise Refusal(415, unclear)
    try:
        parsed = orjson.loads(await _read(request, most))
    except orjson.JSONDecodeError:
        raise Refusal(400, unclear) from None
    if not isinstance(parsed, dict):
        raise Refusal(400, unclear)
    return cast("dict[str, object]", parsed)


async def _read(request: web.Request, most: int) -> bytes:
    if (request.content_length or 0) > most:
        raise web.HTTPRequestEntityTooLarge(most)
    try:
        return await request.clone(client_max_size=most).read()
    except (ClientPayloadError, web.RequestPayloadError, ConnectionError):
        raise Refusal(400, "The connection broke off while sending. Send it again.") from None
