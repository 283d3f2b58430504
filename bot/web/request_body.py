"""Reads request bodies up to a size limit and within a time limit."""

import asyncio
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


async def read_mask_submission(request: web.Request, *, seconds: float) -> MaskSubmission:
    """The request's mask and prompt. Raises Refusal when the body is malformed, incomplete, too large or too slow."""
    body = await read_json_object(request, max_bytes=MAX_BODY_BYTES, seconds=seconds, refusal=_UNREADABLE)
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


def announced_bytes(request: web.Request, max_bytes: int) -> int:
    """How many bytes the body may have, by its Content-Length or else the limit."""
    return max_bytes if request.content_length is None else min(request.content_length, max_bytes)


async def read_json_object(request: web.Request, *, max_bytes: int, seconds: float, refusal: str) -> dict[str, object]:
    """The JSON object in a request of at most `max_bytes` bytes, if it arrives within `seconds`.

    Raises Refusal with the sentence `refusal` when it is not a JSON object, another one when it is not complete in
    time, and HTTPRequestEntityTooLarge.
    """
    if request.content_type != "application/json":
        raise Refusal(415, refusal)
    try:
        parsed = orjson.loads(await _read(request, max_bytes, seconds))
    except orjson.JSONDecodeError:
        raise Refusal(400, refusal) from None
    if not isinstance(parsed, dict):
        raise Refusal(400, refusal)
    return cast("dict[str, object]", parsed)


async def _read(request: web.Request, max_bytes: int, seconds: float) -> bytes:
    if (request.content_length or 0) > max_bytes:
        raise web.HTTPRequestEntityTooLarge(max_bytes)
    try:
        async with asyncio.timeout(seconds):
            return await request.clone(client_max_size=max_bytes).read()
    except TimeoutError:
        raise Refusal(408, "Sending took too long. Send it again.") from None
    except (ClientPayloadError, web.RequestPayloadError, ConnectionError):
        raise Refusal(400, "The connection broke off while sending. Send it again.") from None
