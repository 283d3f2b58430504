"""Reading what the editor sends: a mask and a prompt, as JSON."""

import binascii
from base64 import b64decode
from dataclasses import dataclass
from typing import Any

import orjson
from aiohttp import ClientPayloadError, web

from bot.services.masks import MAX_MASK_BYTES
from bot.web.problems import Refusal

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
    if request.content_type != "application/json":
        raise Refusal(415, _UNCLEAR)
    body = _parsed(await _body(request))
    mask, prompt = body.get("mask"), body.get("prompt")
    if not isinstance(mask, str) or not isinstance(prompt, str):
        raise Refusal(400, _UNCLEAR)
    return Change(_decoded(mask), prompt)


async def _body(request: web.Request) -> bytes:
    if (request.content_length or 0) > MAX_BODY_BYTES:
        raise web.HTTPRequestEntityTooLarge(MAX_BODY_BYTES)
    try:
        return await request.read()
    except (ClientPayloadError, web.RequestPayloadError, ConnectionError):
        raise Refusal(400, "The connection broke off while sending. Send it again.") from None


def _parsed(body: bytes) -> dict[str, Any]:
    try:
        parsed = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise Refusal(400, _UNCLEAR) from None
    return parsed if isinstance(parsed, dict) else {}


def _decoded(mask: str) -> bytes:
    try:
        data = b64decode(mask, validate=True)
    except (binascii.Error, ValueError):
        raise Refusal(400, _UNCLEAR) from None
    if len(data) > MAX_MASK_BYTES:
        raise web.HTTPRequestEntityTooLarge(MAX_BODY_BYTES)
    return data
