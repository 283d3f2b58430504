"""Keeps web pages from elsewhere away from what the chat page may do."""

from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler

from .wire import json_response

FOREIGN = "Only the page of this server may do that."


@web.middleware
async def own_page_only(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse a request below /client/ that a browser makes for a page of another origin; programs name no origin."""
    origin = request.headers.get("Origin")
    if request.path.startswith("/client/") and origin is not None and not same(origin, request):
        return json_response({"message": FOREIGN}, 403)
    return await handler(request)


def same(origin: str, request: web.Request) -> bool:
    """Whether an origin is the one that the request itself goes to."""
    return urlsplit(origin).netloc.lower() == request.host.lower()
