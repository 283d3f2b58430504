"""Reads request bodies up to a size limit."""

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
_UNREADABLE = "What the page sent can't be read. Reload the page and send it again."


@dataclass(frozen=True, slots=True)
class MaskSubmission:
    """What the editor sends: the mask, whose bytes are not checked yet, and the prompt."""

    mask: bytes
    prompt: str


async def read_mask_submission(request: web.Request) -> MaskSubmission:
    """The request's mask and prompt. Raises Refusal when the body is malformed, incomplete or too large."""
    body = await read_json_object(request, max_bytes=MAX_BODY_BYTES, refusal=_UNREADABLE)
    mask, prompt = body.get("mask"), body.get("prompt")
    if not isinstance(mask, str) or not isinstance(prompt, str):
        raise Refusal(400, _UNREADABLE)
    return MaskSubmission(_decoded(mask), prompt)


def _decoded(mask: str) -> bytes:
    try:
        data = b64decode(mask, validate=True)
    except (binascii.Error, ValueError):
        raise Refusal(400, _UNREADABLE) from None
    if len(data) > MAX_MASK_BYTES:
        raise web.HTTPRequestEntityTooLarge(MAX_BODY_BYTES)
    return data


async def read_json_object(request: web.Request, *, max_bytes: int, refusal: str) -> dict[str, object]:
    """The JSON object in a request of at most `max_bytes` bytes.

    Raises Refusal with the sentence `refusal` when it is not a JSON object, and HTTPRequestEntityTooLarge.
    """
    if request.content_type != "application/json":
        raise Refusal(415, refusal)
    try:
        parsed = orjson.loads(await _read(request, max_bytes))
    except orjson.JSONDecodeError:
        raise Refusal(400, refusal) from None
    if not isinstance(parsed, dict):
        raise Refusal(400, refusal)
    return cast("dict[str, object]", parsed)


async def _read(request: web.Request, max_bytes: int) -> bytes:
    if (request.content_length or 0) > max_bytes:
        raise web.HTTPRequestEntityTooLarge(max_bytes)
    try:
        return await request.clone(client_max_size=max_bytes).read()
    except (ClientPayloadError, web.RequestPayloadError, ConnectionError):
        raise Refusal(400, "The connection broke off while sending. Send it again.") from None
