"""The addresses at which the API reports how jobs stand."""

from collections.abc import Mapping
from typing import Protocol

from aiohttp import web

from bot.web.error_pages import Refusal
from bot.web.rate_limit import RequestLimiter
from bot.web.request_body import read_object


class WebhookDesk(Protocol):
    """Knows to which jobs the addresses belong, and what is to become of an event. Neither call raises or waits."""

    def is_signed(self, job_id: str, signature: str) -> bool:
        """Whether the bot has given out an address with these two parts."""
        ...

    def take(self, job_id: str, event: Mapping[str, object]) -> None:
        """Take the event up after this call has returned, or not at all. `event` is any JSON object."""
        ...


MAX_EVENT_BYTES = 64 * 1024


class WebhookRoutes:
    """Takes events in for one desk. Whoever sends them learns nothing but that they have come."""

    def __init__(self, desk: WebhookDesk, gate: RequestLimiter | None = None) -> None:
        self._desk = desk
        self._gate = gate or RequestLimiter()

    def routes(self) -> list[web.RouteDef]:
        """One address for each job."""
        return [web.post("/hooks/{job_id}/{signature}", self._take)]

    async def _take(self, request: web.Request) -> web.Response:
        job_id = request.match_info["job_id"]
        # First of all: what is forged is neither read nor counted, so it can't keep out what is not.
        if not self._desk.is_signed(job_id, request.match_info["signature"]):
            raise web.HTTPNotFound
        if not await self._gate.allows(job_id):
            raise Refusal(429, "Too many events at once.")
        self._desk.take(job_id, await _event(request))
        return web.Response(text="ok")


async def _event(request: web.Request) -> dict[str, object]:
    try:
        return await read_object(request, most=MAX_EVENT_BYTES, unclear="An event is a JSON object.")
    except web.HTTPRequestEntityTooLarge:
        raise Refusal(413, f"An event has at most {MAX_EVENT_BYTES // 1024} KiB.") from None
