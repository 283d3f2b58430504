"""The simulated API on a real socket."""

from __future__ import annotations

import json
import socket
import time
from functools import partial
from typing import TYPE_CHECKING, Any, Self

from aiohttp import web

from .account_service import SERVICE, AccountService
from .api import cdn, control, storage
from .api.call import Call
from .api.endpoints import add_routes, read_body
from .api.keyring import KEYRING, Keyring
from .faults import FaultBoard
from .jobs.fault import RequestKind
from .jobs.prompt import Prompt
from .jobs.rate_limits import Limits
from .jobs.refusals.models import Model
from .jobs.response_bodies import error
from .request_log import LoggedRequest

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

    from .jobs.credits import Account
    from .jobs.job import JobsById
    from .jobs.rate_limits import RemainingRequests
    from .request_log import WebhookDelivery

_LARGEST_BODY = 24 * 1024 * 1024


class Simulator:
    """The ImaginePro API, alive between entering and leaving the context.

    Behind each of `more_keys` is a further account like that of `key`, which is the one meant where none is named.
    `speed` multiplies the pace of jobs, `limits` keeps, changes or (False) lifts the documented request limits, `side`
    is the side in pixels of a square result. `model` paints prompts that choose none, the newest by default.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        host: str = "127.0.0.1",
        key: str = "sk-playground",
        more_keys: Sequence[str] = (),
        speed: float = 1.0,
        limits: bool | Limits = True,
        concurrency: int = 3,
        queue_size: int = 10,
        credits: int = 1600,  # noqa: A002 - the API's own word
        side: int = 1280,
        webhook: str | None = None,
        model: Model | None = None,
        public_url: str | None = None,
    ) -> None:
        self._host, self._port, self._public_url = host, port, public_url
        opened = partial(
            AccountService,
            speed=speed,
            limits=(Limits() if limits else None) if isinstance(limits, bool) else limits,
            concurrency=concurrency,
            queue_size=queue_size,
            credits=credits,
            side=side,
            webhook=webhook,
            model=model,
        )
        self._keyring = Keyring({each: opened(key=each) for each in (key, *more_keys)})
        self._service = self._keyring.first
        self._app = web.Application(middlewares=[_recorded, _reachable], client_max_size=_LARGEST_BODY)
        self._app[KEYRING], self._app[SERVICE] = self._keyring, self._service
        add_routes(self._app)
        self._app.add_routes(control.routes)
        self._app.add_routes(cdn.routes)
        self._app.add_routes(storage.routes)

    async def __aenter__(self) -> Self:
        listener = socket.create_server((self._host, self._port), backlog=128)
        self._port = listener.getsockname()[1]
        # A request that a fault keeps waiting must not keep the end waiting too.
        self._runner = web.AppRunner(self._app, shutdown_timeout=0.1)
        await self._runner.setup()
        for service in self._keyring.all:
            await service.open(self._public_url or self.url)
        await web.SockSite(self._runner, listener).start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        for service in self._keyring.all:
            await service.close()
        await self._runner.cleanup()

    @property
    def url(self) -> str:
        """Where it listens, without a closing slash."""
        return f"http://{self._host}:{self._port}"

    def at(self, key: str) -> AccountService:
        """The account behind this key, with its `jobs`, `account`, `faults` and `queue`; raises `KeyError`."""
        return self._keyring.at(key)

    def rotate_key(self, key: str, new: str) -> None:
        """Give the account behind this key a new one; the old key is refused from then. Raises `KeyError`."""
        self._keyring.rotate(key, new)

    @property
    def faults(self) -> FaultBoard:
        """Chooses faults."""
        return self._service.faults

    @property
    def speed(self) -> float:
        """The pace of jobs; 1 is real. A step that is under way keeps its own."""
        return self._service.queue.speed

    @speed.setter
    def speed(self, pace: float) -> None:
        for service in self._keyring.all:
            service.queue.speed = pace

    def hold(self, percent: int | None) -> None:
        """Let jobs climb to this percentage and no further; None lets them all go on."""
        for service in self._keyring.all:
            service.queue.hold(percent)

    @property
    def jobs(self) -> JobsById:
        """All jobs by id."""
        return self._service.jobs

    @property
    def request_log(self) -> list[LoggedRequest]:
        """Every request with any key, newest last; the control endpoints are left out."""
        return self._service.request_log

    @property
    def deliveries(self) -> list[WebhookDelivery]:
        """Every webhook sent, newest last."""
        return self._service.deliveries

    @property
    def account(self) -> Account:
        """The account, to read and to fill or empty."""
        return self._service.account

    @property
    def remaining_requests(self) -> RemainingRequests | None:
        """What the request limits would let pass now; None without limits."""
        return self._service.limits.remaining(self._service.key)

    @property
    def credits(self) -> int:
        """What the account may still spend."""
        return self._service.account.balance


@web.middleware
async def _recorded(request: web.Request, handler: Any) -> web.StreamResponse:
    """Write every request and its status into the journal, and word unknown paths as the API would."""
    if request.path.startswith("/control/"):
        return await handler(request)
    body = None
    if request.body_exists and not request.path.startswith("/storage/"):
        try:
            body = await read_body(request)
        except ValueError:
            body = await request.text()
    by = "Sec-Fetch-Mode" in request.headers
    entry = LoggedRequest(request.method, request.path, dict(request.query), body, time.time(), browser=by)
    request.app[SERVICE].request_log.append(entry)
    try:
        reply = await handler(request)
    except web.HTTPException as problem:
        if not request.path.startswith("/api/"):
            entry.status = problem.status
            raise
        reply = error(problem.status, f"Cannot {request.method} {request.path}")
    finally:
        entry.ended = time.time()
    if request.transport is not None and not request.transport.is_closing():
        entry.status, entry.answer = reply.status, _json(reply)
    return reply


def _json(reply: web.StreamResponse) -> Any:
    if not isinstance(reply, web.Response) or reply.content_type != "application/json" or not reply.text:
        return None
    return json.loads(reply.text)


@web.middleware
async def _reachable(request: web.Request, handler: Any) -> web.StreamResponse:
    """During an outage the API answers nothing. Pictures come from another house and stay reachable."""
    service = request.app[KEYRING].asked(request) or request.app[SERVICE]
    outage = service.faults.outage
    if outage is None or outage.fault.outage is None or not request.path.startswith("/api/"):
        return await handler(request)
    call = Call(service, request, RequestKind.ACCOUNT, {}, Prompt(""))
    return await outage.fault.outage(call, partial(handler, request), outage.seconds)
