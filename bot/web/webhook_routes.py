"""The webhook: where the API sends the progress of jobs."""

from collections.abc import Mapping
from typing import Protocol

from aiohttp import web

from bot.web.error_pages import Refusal
from bot.web.rate_limit import RequestLimiter
from bot.web.request_body import read_json_object


class WebhookReceiver(Protocol):
    """What the webhook needs from the bot. Neither method raises or blocks."""

    def is_signed(self, job_id: str, signature: str) -> bool:
        """Whether the signature is the one of the job's webhook URL."""
        ...

    def take(self, job_id: str, event: Mapping[str, object]) -> None:
        """Queue the event for processing, or drop it. `event` is any JSON object."""
        ...


MAX_EVENT_BYTES = 64 * 1024


class WebhookRoutes:
    """Receives events; the sender learns nothing but that they arrived."""

    def __init__(self, receiver: WebhookReceiver, limiter: RequestLimiter | None = None) -> None:
        self._receiver = receiver
        self._limiter = limiter or RequestLimiter()

    def routes(self) -> list[web.RouteDef]:
        """One URL for each job."""
        return [web.post("/hooks/{job_id}/{signature}", self._receive)]

    async def _receive(self, request: web.Request) -> web.Response:
        job_id = request.match_info["job_id"]
        # First: forged events are neither read nor counted, so they can't use up the rate limit of real ones.
        if not self._receiver.is_signed(job_id, request.match_info["signature"]):
            raise web.HTTPNotFound
        if not await self._limiter.try_acquire(job_id):
            raise Refusal(429, "Too many events at once.")
        self._receiver.take(job_id, await _event(request))
        return web.Response(text="ok")


async def _event(request: web.Request) -> dict[str, object]:
    try:
        return await read_json_object(request, max_bytes=MAX_EVENT_BYTES, refusal="An event is a JSON object.")
    except web.HTTPRequestEntityTooLarge:
        raise Refusal(413, f"An event has at most {MAX_EVENT_BYTES // 1024} KiB.") from None
