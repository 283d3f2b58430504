"""The web application, and the server that serves it."""

import logging
from types import TracebackType
from typing import Self

from aiohttp import web

from bot.web.error_pages import error_middleware
from bot.web.mask_routes import MaskEditor, MaskRoutes
from bot.web.security import add_headers
from bot.web.webhook_routes import WebhookReceiver, WebhookRoutes


def site(mask_editor: MaskEditor, webhooks: WebhookReceiver, *, public_url: str | None = None) -> web.Application:
    """The web application: the mask editor's pages, the webhook, and a health check.

    Args:
        mask_editor: loads the pictures of links and starts jobs from masks.
        webhooks: receives the API's events.
        public_url: the site's URL for members, when it is behind a proxy.
    """
    application = web.Application(middlewares=[error_middleware])
    application.on_response_prepare.append(add_headers)
    application.router.add_get("/health", _health)
    application.router.add_routes(MaskRoutes(mask_editor, public_url).routes())
    application.router.add_routes(WebhookRoutes(webhooks).routes())
    return application


async def _health(_request: web.Request) -> web.Response:
    return web.Response(text="ok")


class PortTaken(OSError):
    """The bot can't listen at the host and port of the settings."""


class WebSite:
    """Serves an application on a port; `async with` starts and stops it.

    Args:
        application: see `site`.
        host: the host to listen at.
        port: the port, or 0 for any free one; once open, the real one.
    """

    def __init__(self, application: web.Application, host: str = "127.0.0.1", port: int = 0) -> None:
        self.host = host
        self.port = port
        self._application = application

    async def __aenter__(self) -> Self:
        # URLs contain tickets and signatures, so none is logged: no access log, and no quotes of requests that can't be
        # parsed.
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


def _drop_request_details(record: logging.LogRecord) -> bool:
    """Reduce a logged exception to its class name, since aiohttp's messages quote the request line."""
    if record.exc_info and record.exc_info[0] is not None:
        record.msg, record.exc_info = f"{record.msg} ({record.exc_info[0].__name__})", None
    return True


_protocol_log = logging.getLogger(f"{__name__}.protocol")
_protocol_log.addFilter(_drop_request_details)
