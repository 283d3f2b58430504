"""Reading what the editor sends: a mask and a prompt, as JSON."""

import binascii
from base64 import b64decode
from dataclasses import dataclass

from aiohttp import web

from bot.services.masks import MAX_MASK_BYTES
from bot.web.body import read_object
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
