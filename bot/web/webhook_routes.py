"""The webhook: where the API sends the progress of jobs."""

from collections.abc import Mapping
from typing import Protocol

from aiohttp import web

from bot.timings import DEFAULT_TIMINGS
from bot.web.error_pages import Refusal
from bot.web.in_flight import InFlight
from bot.web.rate_limit import RequestLimiter
from bot.web.request_body import announced_bytes, read_json_object
from bot.web.security import expect_after


class WebhookReceiver(Protocol):
    """What the webhook needs from the bot. Neither method raises or blocks."""

    def is_signed(self, job_id: str, signature: str) -> bool:
        """Whether the signature is the one of the job's webhook URL."""
        ...

    def take(self, job_id: str, event: Mapping[str, object]) -> None:
        """Queue the event for processing, or drop it. `event` is any JSON object."""
        ...


MAX_EVENT_BYTES = 64 * 1024
MAX_EVENTS_IN_FLIGHT = 100


class WebhookRoutes:
    """Receives events; the sender learns nothing but that they arrived.

    A body has `seconds` to arrive.
    """

    def __init__(
        self,
        receiver: WebhookReceiver,
        limiter: RequestLimiter | None = None,
        *,
        seconds: float = DEFAULT_TIMINGS.web_body,
    ) -> None:
        self._receiver = receiver
        self._limiter = limiter or RequestLimiter()
        self._in_flight = InFlight(most_bytes=MAX_EVENTS_IN_FLIGHT * MAX_EVENT_BYTES)
        self._seconds = seconds

    def routes(self) -> list[web.RouteDef]:
        """One URL for each job."""
        path = "/hooks/{job_id}/{signature}"
        return [web.post(path, self._receive, expect_handler=expect_after(self._check))]

    def _check(self, request: web.Request) -> None:
        if not self._receiver.is_signed(request.match_info["job_id"], request.match_info["signature"]):
            raise web.HTTPNotFound

    async def _receive(self, request: web.Request) -> web.Response:
        # First: forged events are neither read nor counted, so they can't use up the limits of real ones.
        self._check(request)
        job_id = request.match_info["job_id"]
        if not await self._limiter.try_acquire(job_id):
            raise Refusal(429, "Too many events at once.")
        with self._in_flight.reserved(job_id, announced_bytes(request, MAX_EVENT_BYTES)):
            self._receiver.take(job_id, await self._event(request))
        return web.Response(text="ok")

    async def _event(self, request: web.Request) -> dict[str, object]:
        try:
            return await read_json_object(
                request, max_bytes=MAX_EVENT_BYTES, seconds=self._seconds, refusal="An event is a JSON object."
            )
        except web.HTTPRequestEntityTooLarge:
            raise Refusal(413, f"An event has at most {MAX_EVENT_BYTES // 1024} KiB.") from None
