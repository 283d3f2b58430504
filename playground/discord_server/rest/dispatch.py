"""From an HTTP request to an answer: faults, authorisation, limits, body, handler, journal."""

import asyncio
import logging
import math
import time
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from playground.discord_server.base.errors import DiscordError, refusal
from playground.discord_server.base.json import Json, dumps, json_answer
from playground.discord_server.base.rate_limits import Verdict
from playground.discord_server.core import Core
from playground.discord_server.observe.ban import Ban
from playground.discord_server.observe.faults import PlannedFault
from playground.discord_server.observe.request_log import LoggedRequest
from playground.discord_server.state.files import Upload

from .body import read_body
from .routing import Call, Reply, Route

log = logging.getLogger(__name__)


class Exchange:
    """One request on its way."""

    def __init__(self, core: Core, route: Route, request: web.Request) -> None:
        self.core = core
        self.route = route
        self.request = request
        self.place = {key: value for key, value in request.match_info.items() if key != "version"}
        self.body: Any = None
        self.uploads: dict[str, Upload] = {}
        self.headers: dict[str, str] = {}
        self.lost: int | None = None  # as in PlannedFault

    async def run(self) -> web.Response:
        """The answer, noted in the journal."""
        began = time.monotonic()
        if self.core.faults.delay:
            await asyncio.sleep(self.core.faults.delay)
        if self.core.faults.banned is not None:
            return self.core.faults.banned.answer()
        if (shut_out := self.core.limits.shut_out_for()) > 0:
            return Ban(math.ceil(shut_out)).answer()
        reply = await self._answer()
        if self.lost is not None:
            reply = Reply(refusal("internal").body() if self.lost else None, self.lost)
        self.core.limits.count_refusal(reply.status, self.headers)
        self.core.request_log.add(self._entry(reply, time.monotonic() - began))
        if self.lost == 0 and self.request.transport is not None:
            self.request.transport.close()
        if reply.body is None:
            return web.Response(status=reply.status or 204, headers=self.headers)
        return json_answer(self.core.url_signer.fresh(dumps(reply.body)), reply.status, self.headers)

    async def _answer(self) -> Reply:
        try:
            self.body, self.uploads = await read_body(self.request)
            return await self._handled()
        except DiscordError as error:
            return Reply(error.body(), error.status)
        except Exception:
            log.exception("%s %s failed", self.route.method, self.route.template)
            error = refusal("internal")
            return Reply(error.body(), error.status)

    async def _handled(self) -> Reply:
        planned = self.core.faults.claim(self.route.method, self.route.template)
        if planned is not None and planned.lost is None:
            return self._faulty(planned)
        if self.uploads and self.core.faults.uploads_fail_with is not None:
            raise DiscordError(self.core.faults.uploads_fail_with, 0, "Refused on purpose")
        if self.route.bot_only and self.request.headers.get("Authorization") != f"Bot {self.core.token}":
            raise refusal("unauthorized")
        verdict = self.core.limits.take(self.route.method, self.route.template, self.place)
        self.headers = verdict.headers
        if verdict.retry_after is not None:
            return self._limited(verdict)
        call = Call(self.core, self.place, self.request.query, self.body, self.uploads)
        result = await self.route.handler(call)
        self.lost = None if planned is None else planned.lost
        if isinstance(result, Reply):
            return result
        return Reply(result, 204 if result is None else 200)

    def _faulty(self, planned: PlannedFault) -> Reply:
        if planned.error is not None:
            raise planned.error
        return self._limited(Verdict({}, planned.retry_after, planned.everywhere))

    def _limited(self, verdict: Verdict) -> Reply:
        body, self.headers = verdict.refusal()
        return Reply(body, 429)

    def _entry(self, reply: Reply, seconds: float) -> LoggedRequest:
        files: tuple[Json, ...] = tuple(
            {"number": number, "filename": each.filename, "size": len(each.data), "content_type": each.content_type}
            for number, each in self.uploads.items()
        )
        return LoggedRequest(
            self.route.method,
            self.route.template,
            self.request.path,
            reply.status,
            self.body,
            files,
            reply.body,
            self.core.clock.now(),
            seconds,
        )


def handler_for(core: Core, route: Route) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """The aiohttp handler of a route."""

    async def handle(request: web.Request) -> web.StreamResponse:
        return await Exchange(core, route, request).run()

    return handle
