"""Whether a request comes from the playground's own page."""

from aiohttp import web
from yarl import URL

LOOPBACK = ("127.0.0.1", "localhost", "::1")


def from_elsewhere(request: web.Request) -> bool:
    """True for a page of another address. A program sends no Origin and is welcome.

    A name that somebody lets point at this machine is another address too.
    """
    origin = request.headers.get("Origin")
    if origin is None:
        return False
    try:
        theirs, ours = URL(origin), URL(f"{request.scheme}://{request.host}")
    except ValueError:
        return True
    return theirs.host not in LOOPBACK or theirs.origin() != ours.origin()
