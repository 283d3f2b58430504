"""The upload of input pictures: a signed address, the file itself, and where it can be read. Not documented.

The storage asks for no key: the token that came with the address is enough.
"""

from __future__ import annotations

import json
import re
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import quote

from aiohttp import web

from playground.imaginepro.jobs.fault import Proceed, RequestKind
from playground.imaginepro.jobs.prompt import Prompt
from playground.imaginepro.jobs.response_bodies import error

from .call import Call
from .keyring import KEYRING

if TYPE_CHECKING:
    from playground.imaginepro.account_service import AccountService
    from playground.imaginepro.jobs.uploaded_files import UploadedFile

_MOST_BYTES = 10 * 1024 * 1024
_NAME = re.compile(r"[^/\\\x00-\x1f]{1,200}")

routes = web.RouteTableDef()


async def signed_address(call: Call) -> web.Response:
    """Where a file of this name may be sent, once."""
    name = call.body.get("filename")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        return error(400, "filename is required")
    place = call.service.uploads.reserve(name)
    address = f"{call.service.url}/storage/v1/object/upload/sign/image/{quote(place.path)}?token={place.token}"
    return web.json_response({"path": place.path, "token": place.token, "signedUrl": address})


@routes.put("/storage/v1/object/upload/sign/image/{path}")
async def store(request: web.Request) -> web.StreamResponse:
    """Take the file."""
    service, place = _place(request)
    call = Call(service, request, RequestKind.STORE, {}, Prompt(""))
    proceed: Proceed = partial(_stored, request, place)
    for chosen in reversed(service.faults.for_request(RequestKind.STORE)):
        if chosen.fault.answer is not None:
            proceed = partial(chosen.fault.answer, call, proceed, chosen.seconds)
    return await proceed()


async def _stored(request: web.Request, place: UploadedFile) -> web.Response:
    if request.query.get("token") != place.token or place.data is not None:
        return _refused(400, "InvalidJWT")
    data = await request.read()
    if not request.content_type.startswith("image/"):
        return _refused(415, "invalid_mime_type")
    if not 0 < len(data) <= _MOST_BYTES:
        return _refused(413, "Payload too large")
    place.data, place.content_type = data, request.content_type
    return web.json_response({"Key": f"image/{place.path}"})


@routes.get("/storage/v1/object/public/image/{path}")
async def read(request: web.Request) -> web.Response:
    """The file; no key is needed."""
    _, place = _place(request)
    if place.data is None:
        raise web.HTTPNotFound
    return web.Response(body=place.data, content_type=place.content_type)


def _place(request: web.Request) -> tuple[AccountService, UploadedFile]:
    path = request.match_info["path"]
    for service in request.app[KEYRING].all:
        if path in service.uploads:
            return service, service.uploads[path]
    raise web.HTTPNotFound


def _refused(status: int, reason: str) -> web.Response:
    """The storage words its errors in its own way."""
    body = {"statusCode": str(status), "error": reason, "message": reason}
    return web.Response(status=status, text=json.dumps(body), content_type="application/json")
