"""JSON as it crosses the sockets of the local Discord."""

from typing import Any

import orjson
from aiohttp import web

Json = dict[str, Any]


def dumps(value: Any) -> bytes:
    """The bytes of a JSON document."""
    return orjson.dumps(value)


def loads(text: str | bytes) -> Any:
    """The document in some JSON text; ValueError when it is none."""
    return orjson.loads(text)


def json_response(value: Any, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    """A document as an answer."""
    return json_answer(dumps(value), status, headers)


def json_answer(document: bytes, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    """An answer whose Content-Type is exactly what Discord sends: clients compare it, charset and all."""
    return web.Response(body=document, status=status, headers={**(headers or {}), "Content-Type": "application/json"})
