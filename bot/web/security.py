"""Security headers of every answer, the same-origin check, and checks before a body is sent."""

from collections.abc import Awaitable, Callable

from aiohttp import HttpVersion11, web
from yarl import URL

from bot.errors import UserError
from bot.web.error_pages import Refusal, refused

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; "
        "form-action 'none'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


async def add_headers(_request: web.Request, response: web.StreamResponse) -> None:
    """Add the security headers to an answer, errors too; unless it says otherwise, browsers may not cache it."""
    response.headers.update(HEADERS)
    response.headers.setdefault("Cache-Control", "no-store")


def check_same_origin(request: web.Request, public_url: str | None) -> None:
    """Check that the site's own page sent the request. Raises Refusal when the browser names another site.

    Behind a proxy the request's host may differ from the one members see, hence `public_url`.
    """
    fetch_site = request.headers.get("Sec-Fetch-Site", "same-origin")
    origin = request.headers.get("Origin")
    own_hosts = {request.host, *([URL(public_url).authority] if public_url else [])}
    if fetch_site != "same-origin" or (origin is not None and _host(origin) not in own_hosts):
        raise Refusal(403, "This was sent from another site. Open the link from Discord and send it from there.")


def _host(origin: str) -> str | None:
    try:
        return URL(origin).authority
    except ValueError:
        return None


def expect_after(
    check: Callable[[web.Request], object],
) -> Callable[[web.Request], Awaitable[web.StreamResponse | None]]:
    """A handler of the header "Expect: 100-continue", which asks for the body only if `check` raises nothing.

    aiohttp's own one asks for every body, before any handler has seen the request.
    """

    async def handle(request: web.Request) -> web.StreamResponse | None:
        if request.version < HttpVersion11:
            return None
        if request.headers.get("Expect", "").lower() != "100-continue":
            raise web.HTTPExpectationFailed
        try:
            check(request)
        except (UserError, web.HTTPException) as error:
            return refused(request, error)
        await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        # What is counted from here on is the answer.
        request.writer.output_size = 0
        return None

    return handle
