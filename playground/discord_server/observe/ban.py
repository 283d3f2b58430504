"""An address that Discord's network protection has blocked: every request gets a page, and none reaches the API."""

from dataclasses import dataclass

from aiohttp import web

ADDRESS = "203.0.113.7"
_PARAGRAPH = f"<p>Error 1015. You are being rate limited. Ray ID: 7f8. Your IP: {ADDRESS}</p>\n"
PAGE = (
    "<!DOCTYPE html>\n"
    "<html><head><title>Access denied | discord.com used Cloudflare to restrict access</title></head>\n"
    f"<body>\n{_PARAGRAPH * 60}</body></html>\n"
)


@dataclass
class Ban:
    """A ban that asks to wait so many seconds; `requests` is how many it has answered."""

    seconds: int
    requests: int = 0

    def answer(self) -> web.Response:
        """What the next request gets. Unlike Discord's own 429 it has no Via header and no JSON."""
        self.requests += 1
        headers = {"Retry-After": str(self.seconds), "Server": "cloudflare"}
        return web.Response(status=429, text=PAGE, content_type="text/html", headers=headers)
