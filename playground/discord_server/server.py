"""The local Discord as a server on a socket of its own."""

import secrets
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Self

from aiohttp import web

from .base.clock import Clock
from .base.identify_limits import IdentifyLimits
from .base.rate_limits import Limits
from .core import Core
from .fault_api import FaultApi
from .interactions.registry import ANSWER_SECONDS
from .members.driver import Member
from .members.page_socket import Page
from .members.same_origin import own_page_only
from .observe.faults import Faults
from .observe.request_log import RequestLog
from .rest.api import api, other_version
from .state.seed import bot_token
from .state.world import World


class DiscordServer:
    """REST, gateway and chat page at one address; `async with` starts and stops it.

    Args:
        port: where to listen on 127.0.0.1; 0 takes a free port.
        token: the bot token it accepts; made up when left out.
        page: the folder of the chat page, if it is to be served.
        limits: the rate limits; `Limits.lifted()` has none.
        shards: how many shards /gateway/bot recommends.
        answer_seconds: seconds a bot has to answer an interaction; Discord gives 3.
        extra_routes: further routes at the same address.
        logins: how often shards may log in; as often as they like when left out.
    """

    def __init__(
        self,
        port: int = 0,
        *,
        token: str | None = None,
        page: Path | None = None,
        limits: Limits | None = None,
        shards: int = 1,
        answer_seconds: float = ANSWER_SECONDS,
        identify_limits: IdentifyLimits | None = None,
        extra_routes: Iterable[web.RouteDef] = (),
    ) -> None:
        self.port = port
        self.token = token or bot_token(secrets.token_urlsafe(24))
        self._page_folder = page
        self._limits = limits or Limits()
        self._shards = shards
        self._answer_seconds = answer_seconds
        self._identify_limits = identify_limits or IdentifyLimits()
        self._extra_routes = list(extra_routes)

    @property
    def url(self) -> str:
        """The address of the page."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def api_url(self) -> str:
        """The bot's DISCORD_API_URL."""
        return f"{self.url}/api/v10"

    @property
    def gateway_url(self) -> str:
        """The bot's DISCORD_GATEWAY_URL."""
        return f"ws://127.0.0.1:{self.port}/gateway"

    @property
    def world(self) -> World:
        """People, channels and messages."""
        return self.core.world

    @property
    def request_log(self) -> RequestLog:
        """Every REST request and answer, newest last."""
        return self.core.request_log

    @property
    def faults(self) -> Faults:
        """Trouble on demand."""
        return self.core.faults

    @property
    def clock(self) -> Clock:
        """The server's time, which `advance` pushes forward."""
        return self.core.clock

    def member(self, name: str) -> Member:
        """The member of that name: olivia (owner), adam (admin), mia or max."""
        return Member(self.core, self.core.world.user_id(name))

    async def __aenter__(self) -> Self:
        self.core = Core(self.token, self._limits, self._shards, self._answer_seconds, self._identify_limits)
        self._page = Page(self.core, self._page_folder, [route.path for route in self._extra_routes])
        app = web.Application(middlewares=[own_page_only], client_max_size=64 * 1024 * 1024)
        app.router.add_get("/gateway", self.core.gateway.serve)
        app.router.add_get("/gateway/", self.core.gateway.serve)
        app.add_subapp("/api/v10", api(self.core))
        app.router.add_route("*", "/api/{rest:.*}", other_version)
        app.router.add_routes([*self._page.routes(), *FaultApi(self.core).routes(), *self._extra_routes])
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=2.0, auto_decompress=False)
        await self._listen()
        self.port = self._runner.addresses[0][1]
        self.core.files.base_url = self.url
        self.core.gateway.url = self.gateway_url
        for channel in self.core.world.channels.values():
            channel.transcript = self.core.transcript
        return self

    async def _listen(self) -> None:
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, "127.0.0.1", self.port).start()
        except OSError:
            await self._runner.cleanup()
            raise

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.core.clock.stop()
        await self.core.gateway.stop()
        await self._page.stop()
        await self._runner.cleanup()
