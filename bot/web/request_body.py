"""What was sent with a request, up to a limit."""

import binascii
from base64 import b64decode
from dataclasses import dataclass
from typing import cast

import orjson
from aiohttp import ClientPayloadError, web

from bot.services.images.masks import MAX_MASK_BYTES
from bot.web.error_pages import Refusal

# Base64 takes four characters for three bytes; the rest is room for the prompt.
MAX_BODY_BYTES = MAX_MASK_BYTES * 4 // 3 + 64 * 1024
_UNCLEAR = "What the page sent can't be read. Reload the page and send it again."


@dataclass(frozen=True, slots=True)
class Change:
    """What should become of a picture. The mask's bytes are not checked yet."""

    mask: bytes
    prompt: str


async def read_change(request: web.Request) -> Change:
    """The request's mask and prompt. Raises Refusal when it is of another kind, broken off or too large."""
    body = await read_object(request, most=MAX_BODY_BYTES, unclear=_UNCLEAR)
    mask, prompt = body.get("mask"), body.get("prompt")
    if not isinstance(mask, str) or not isinstance(prompt, str):
        raise Refusal(400, _UNCLEAR)
    return Change(_decoded(mask), prompt)


def _decoded(mask: str) -> bytes:
    try:
        data = b64decode(mask, validate=True)
    except (binascii.Error, ValueError):
        raise Refusal(400, _UNCLEAR) from None
    if len(data) > MAX_MASK_BYTES:
        raise web.HTTPRequestEntityTooLarge(MAX_BODY_BYTES)
    return data


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
