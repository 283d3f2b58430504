"""The bot's web site: what it serves, and the socket it is served on."""

import logging
from types import TracebackType
from typing import Self

from aiohttp import web

from bot.web.error_pages import problems_as_sentences
from bot.web.mask_routes import MaskDesk, MaskRoutes
from bot.web.security import add_headers
from bot.web.webhook_routes import WebhookDesk, WebhookRoutes


def site(masks: MaskDesk, hooks: WebhookDesk, *, public_url: str | None = None) -> web.Application:
    """Everything the bot serves: pages to browsers, and an address for events to the API.

    Args:
        masks: knows what the links to the mask editor stand for.
        hooks: takes up what the API says of jobs by itself.
        public_url: where members reach the site, when a proxy stands before it.
    """
    application = web.Application(middlewares=[problems_as_sentences])
    application.on_response_prepare.append(add_headers)
    application.router.add_get("/health", _health)
    application.router.add_routes(MaskRoutes(masks, public_url).routes())
    application.router.add_routes(WebhookRoutes(hooks).routes())
    return application


async def _health(_request: web.Request) -> web.Response:
    return web.Response(text="ok")


class PortTaken(OSError):
    """The bot can't listen where it was told to."""


class WebSite:
    """A site on a socket of its own; `async with` opens and closes it.

    Args:
        application: what it serves, see `site`.
        host: the address to listen at.
        port: the port, 0 for a free one; the real one once open.
    """

    def __init__(self, application: web.Application, host: str = "127.0.0.1", port: int = 0) -> None:
        self.host = host
        self.port = port
        self._application = application

    async def __aenter__(self) -> Self:
        # Addresses hold tickets and signatures, so none is logged: no access log, and no words of a request that can't
        # be parsed.
        self._runner = web.AppRunner(self._application, access_log=None, logger=_protocol_log, shutdown_timeout=5.0)
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, self.host, self.port).start()
        except OSError as error:
            await self._runner.cleanup()
            raise PortTaken(f"{self.host}:{self.port}: {error.strerror}") from error
        self.port = self._runner.addresses[0][1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._runner.cleanup()


def _without_details(record: logging.LogRecord) -> bool:
    """Keep only the kind of an error: aiohttp's own errors quote the request line."""
    if record.exc_info and record.exc_info[0] is not None:
        record.msg, record.exc_info = f"{record.msg} ({record.exc_info[0].__name__})", None
    return True


_protocol_log = logging.getLogger(f"{__name__}.protocol")
_protocol_log.addFilter(_without_details)
