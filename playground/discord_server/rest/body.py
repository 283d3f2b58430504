"""Reading a request's body: JSON, or multipart with files beside it."""

import re
from typing import Any

from aiohttp import BodyPartReader, web

from playground.discord_server.base.errors import refusal
from playground.discord_server.base.json import loads
from playground.discord_server.state.files import Upload
from playground.discord_server.validation.problems import refuse

FILE_FIELD = re.compile(r"files\[(\d{1,3})\]|file(\d{0,3})")
MOST_BYTES = 100 * 1024 * 1024


async def read_body(request: web.Request) -> tuple[Any, dict[str, Upload]]:
    """The JSON body (None when there is none) and the files by number."""
    try:
        if request.content_type == "multipart/form-data":
            return await _multipart(request)
        data = await request.read()
    except web.HTTPRequestEntityTooLarge:
        raise refusal("too_large") from None
    if not data:
        return None, {}
    if request.content_type != "application/json":
        kinds = "{'application/json', 'multipart/form-data'}"
        refuse((), "CONTENT_TYPE_INVALID", f'Expected "Content-Type" header to be one of {kinds}.')
    return _json(data), {}


def _json(data: str | bytes) -> Any:
    try:
        return loads(data)
    except ValueError:
        raise refusal("invalid_json") from None


async def _multipart(request: web.Request) -> tuple[Any, dict[str, Upload]]:
    body: Any = {}
    uploads: dict[str, Upload] = {}
    size = 0
    try:
        async for part in await request.multipart():
            if not isinstance(part, BodyPartReader):
                continue
            data = bytes(await part.read())
            size += len(data)
            if size > MOST_BYTES:
                raise refusal("too_large")
            name = part.name or ""
            if name == "payload_json":
                body = _json(data)
            elif match := FILE_FIELD.fullmatch(name):
                kind = part.headers.get("Content-Type")
                number = match[1] or match[2] or "0"
                uploads[number] = Upload(part.filename or "unknown", data, _certain(kind))
    except (ValueError, AssertionError):
        refuse((), "CONTENT_TYPE_INVALID", "The multipart body could not be read.")
    return body, uploads


def _certain(kind: str | None) -> str | None:
    """The stated content type, unless it says nothing."""
    return None if kind in (None, "application/octet-stream") else kind
