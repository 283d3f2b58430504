"""Trouble on demand: what goes wrong on the real Discord, at a test's or a person's word."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from playground.discord_server.base.errors import DiscordError

from .ban import Ban

if TYPE_CHECKING:
    from playground.discord_server.base.rate_limits import RateLimits
    from playground.discord_server.gateway.gateway import Gateway
    from playground.discord_server.interactions.registry import Interactions

REFUSED_SECONDS = 60.0  # what a refusal with 429 asks to wait


@dataclass
class PlannedFault:
    """A fault that waits for its request."""

    route: str
    times: int
    error: DiscordError | None = None
    retry_after: float = 0.0
    everywhere: bool = False
    lost: int | None = None  # what the bot gets in place of the answer once the request was carried out; 0 is nothing

    def fits(self, method: str, template: str) -> bool:
        """Whether the request is the one: `PATCH /channels/…`, or only the template's end."""
        return f"{method} {template}".endswith(self.route)


class Faults:
    """The switches. Routes are templates as in the journal, with or without the method before them."""

    def __init__(self, gateway: "Gateway", interactions: "Interactions", limits: "RateLimits") -> None:
        self._gateway = gateway
        self._interactions = interactions
        self._limits = limits
        self._planned: list[PlannedFault] = []
        self.delay = 0.0  # seconds that every REST answer takes longer
        self.banned: Ban | None = None

    @property
    def planned(self) -> tuple[PlannedFault, ...]:
        """What waits for its request."""
        return tuple(self._planned)

    @property
    def gateway_held(self) -> bool:
        """Whether new gateway connections are refused."""
        return self._gateway.held

    async def drop_gateway(self, code: int = 4000, *, resumable: bool = True) -> None:
        """Close every gateway connection; missed events are replayed on RESUME unless not resumable."""
        await self._gateway.drop(code, resumable)

    def ask_to_reconnect(self) -> None:
        """Send op 7, as Discord does before it restarts a node."""
        self._gateway.ask_to_reconnect()

    def hold_gateway(self, held: bool = True) -> None:
        """Refuse new gateway connections with 503 until called with False or cleared."""
        self._gateway.held = held

    def hold_acks(self, held: bool = True) -> None:
        """Leave heartbeats unanswered, as on a dead connection, until called with False or cleared."""
        self._gateway.acks_held = held

    def expire_tokens(self) -> None:
        """Let every interaction token be too old, as after 15 minutes."""
        self._interactions.expire_all()

    def ban(self, seconds: int) -> Ban:
        """Answer every REST request with a page and 429, as for a blocked address, until cleared."""
        self.banned = Ban(seconds)
        return self.banned

    def refuse_next(
        self, route: str, status: int, code: int = 0, message: str = "Refused on purpose", times: int = 1
    ) -> None:
        """Answer the next requests on the route with an error."""
        error = DiscordError(status, code, message)
        if status == 429:
            error.more = {"retry_after": REFUSED_SECONDS, "global": False}
        self._planned.append(PlannedFault(route, times, error=error))

    def rate_limit_next(self, route: str, retry_after: float, times: int = 1, *, everywhere: bool = False) -> None:
        """Answer the next requests on the route with 429 (seconds to wait)."""
        self._planned.append(PlannedFault(route, times, retry_after=retry_after, everywhere=everywhere))

    def limit_everything(self, seconds: float) -> None:
        """Answer every request with the global 429 for this number of seconds, but those by an interaction's token."""
        self._limits.close(seconds)

    def lose_answer_next(self, route: str, status: int = 500, times: int = 1) -> None:
        """Carry out the next requests on the route, but answer with this error; with 0 break the connection."""
        self._planned.append(PlannedFault(route, times, lost=status))

    def clear(self) -> None:
        """Take back what was planned."""
        self._planned.clear()
        self._gateway.held = self._gateway.acks_held = False
        self.delay = 0.0
        self.banned = None
        self._limits.close(0.0)

    def claim(self, method: str, template: str) -> PlannedFault | None:
        """The fault planned for this request, if any; counts it."""
        for planned in self._planned:
            if planned.fits(method, template):
                planned.times -= 1
                if planned.times == 0:
                    self._planned.remove(planned)
                return planned
        return None
