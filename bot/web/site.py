"""The web application, and the server that serves it."""

import asyncio
import logging
from types import TracebackType
from typing import Self

from aiohttp import web

from bot.timings import DEFAULT_TIMINGS, Timings
from bot.web.connections import Connections
from bot.web.error_pages import error_middleware
from bot.web.mask_routes import MaskEditor, MaskRoutes
from bot.web.security import add_headers
from bot.web.webhook_routes import WebhookReceiver, WebhookRoutes

_BACKLOG = 32
"""Connections that the system holds until they are accepted, which happens to all of them at once."""


def site(
    mask_editor: MaskEditor,
    webhooks: WebhookReceiver,
    *,
    public_url: str | None = None,
    timings: Timings = DEFAULT_TIMINGS,
) -> web.Application:
    """The web application: the mask editor's pages, the webhook, and a health check.

    Args:
        mask_editor: loads the pictures of links and starts jobs from masks.
        webhooks: receives the API's events.
        public_url: the site's URL for members, when it is behind a proxy.
        timings: how long bodies may take to arrive.
    """
    application = web.Application(middlewares=[error_middleware])
    application.on_response_prepare.append(add_headers)
    application.router.add_get("/health", _health)
    application.router.add_routes(MaskRoutes(mask_editor, public_url, seconds=timings.web_body).routes())
    application.router.add_routes(WebhookRoutes(webhooks, seconds=timings.web_body).routes())
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
        timings: how long connections and exchanges may take.
        max_connections: by default, see `connections.connection_limit`.
    """

    def __init__(
        self,
        application: web.Application,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        timings: Timings = DEFAULT_TIMINGS,
        max_connections: int | None = None,
    ) -> None:
        self.host = host
        self.port = port
        self._application = application
        self._connections = Connections(timings, max_connections)
        application.middlewares.insert(0, self._connections.middleware)

    async def __aenter__(self) -> Self:
        # URLs contain tickets and signatures, so none is logged: no access log, and no quotes of requests that can't be
        # parsed.
        self._runner = web.AppRunner(
            self._application,
            access_log=None,
            logger=_protocol_log,
            shutdown_timeout=5.0,
            keepalive_timeout=self._connections.timings.web_idle,
            lingering_time=self._connections.timings.web_linger,
        )
        await self._runner.setup()
        try:
            await _Site(self._runner, self._connections, self.host, self.port).start()
        except OSError as error:
            await self._runner.cleanup()
            raise PortTaken(f"{self.host}:{self.port}: {error.strerror}") from error
        self.port = self._runner.addresses[0][1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._runner.cleanup()


class _Site(web.BaseSite):
    """A listening socket whose connections are limited."""

    __slots__ = ("_address", "_connections")

    def __init__(self, runner: web.AppRunner, connections: Connections, host: str, port: int) -> None:
        super().__init__(runner)
        self._connections = connections
        self._address = host, port

    @property
    def name(self) -> str:
        """The address to listen at."""
        return "http://{}:{}".format(*self._address)

    async def start(self) -> None:
        """Listen. Raises OSError when the address is taken."""
        await super().start()
        new_handler = self._runner.server
        assert new_handler is not None  # noqa: S101  # the runner is set up
        host, port = self._address
        self._server = await asyncio.get_running_loop().create_server(
            lambda: self._connections.protocol(new_handler()), host, port, backlog=_BACKLOG
        )


def _drop_request_details(record: logging.LogRecord) -> bool:
    """Reduce a logged exception to its class name, since aiohttp's messages quote the request line."""
    if record.exc_info and record.exc_info[0] is not None:
        record.msg, record.exc_info = f"{record.msg} ({record.exc_info[0].__name__})", None
    return True


_protocol_log = logging.getLogger(f"{__name__}.protocol")
_protocol_log.addFilter(_drop_request_details)
