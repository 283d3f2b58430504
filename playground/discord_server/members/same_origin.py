"""Keeps foreign web pages from using the routes of the chat page and of the panel."""

from aiohttp import web
from aiohttp.typedefs import Handler
from yarl import URL

from playground.discord_server.base.json import json_response

FOREIGN = "Only the page of this server may do that."
LOOPBACK = ("127.0.0.1", "localhost", "::1")
FOR_BOTS = ("/api/", "/gateway")


@web.middleware
async def own_page_only(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse what a browser asks for a page of another address; a bot's token is asked for anyway."""
    if not request.path.startswith(FOR_BOTS) and from_elsewhere(request):
        return json_response({"message": FOREIGN}, 403)
    return await handler(request)


def from_elsewhere(request: web.Request) -> bool:
    """True for a page of another address. A program sends no Origin and is welcome.

    A foreign host name that resolves to this machine (DNS rebinding) is another address too.
    """
    origin = request.headers.get("Origin")
    if origin is None:
        return False
    try:
        theirs, ours = URL(origin), URL(f"{request.scheme}://{request.host}")
    except ValueError:
        return True
    return theirs.host not in LOOPBACK or theirs.origin() != ours.origin()
