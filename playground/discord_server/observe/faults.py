"""Trouble on demand: what goes wrong on the real Discord, at a test's or a person's word."""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from playground.discord_server.base.errors import DiscordError
from playground.discord_server.base.json import Json
from playground.discord_server.messages.admission import ContentFilter
from playground.discord_server.state.channels import Channel
from playground.discord_server.state.permission_bits import ATTACH_FILES

from .ban import Ban

if TYPE_CHECKING:
    from playground.discord_server.base.rate_limits import RateLimits
    from playground.discord_server.gateway.gateway import Gateway
    from playground.discord_server.interactions.registry import Interactions
    from playground.discord_server.messages.compose import Composer

REFUSED_SECONDS = 60.0  # what a refusal with 429 asks to wait


@dataclass
class PlannedFault:
    """A fault that waits for its request."""

    route: str
    times: int
    error: DiscordError | None = None
    retry_after: float = 0.0
    everywhere: bool = False
    lost: int | None = (
        None  # what the bot gets in place of the answer once the request has had its effect; 0 is nothing
    )

    def fits(self, method: str, template: str) -> bool:
        """Whether the request is the one: `PATCH /channels/…`, or only the template's end."""
        return f"{method} {template}".endswith(self.route)


class Faults:
    """The switches. Routes are templates as in the journal, with or without the method before them."""

    def __init__(
        self, gateway: "Gateway", interactions: "Interactions", limits: "RateLimits", composer: "Composer"
    ) -> None:
        self._gateway = gateway
        self._interactions = interactions
        self._limits = limits
        self._composer = composer
        self._planned: list[PlannedFault] = []
        self._without_files: list[tuple[Channel, Json]] = []
        self.delay = 0.0  # seconds that every REST answer takes longer
        self.banned: Ban | None = None
        self.uploads_fail_with: int | None = None  # the status of every request with files: 500, 504

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

    def fail_uploads(self, status: int = 500) -> None:
        """Answer every request with files with this status, and all others as usual, until cleared."""
        self.uploads_fail_with = status

    def forbid_files(self, channel: Channel) -> None:
        """Take Attach Files from everybody in the channel, until cleared."""
        channel.forbid(channel.guild_id or "", ATTACH_FILES)
        self._without_files.append((channel, channel.overwrites[-1]))

    def blank_pictures(self) -> None:
        """Leave pictures of other hosts blank where they are used the first time, until cleared."""
        self._composer.world.external_pictures.blank_at_first = True

    def block(self, reason: str, words: str | None = None, *, also_in_dms: bool = False) -> None:
        """Refuse the bot's messages with these words, or without words those with files, until cleared.

        Reasons are `blocked_by_automod`, `harmful_link` and `explicit_content`.
        """
        pattern = None if words is None else re.compile(words)
        self._composer.filters.append(ContentFilter(reason, pattern, also_in_dms))

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
        self._limits.close(0.0)
        self.banned = self.uploads_fail_with = None
        self._composer.filters.clear()
        for channel, overwrite in self._without_files:
            channel.overwrites = [each for each in channel.overwrites if each is not overwrite]
        self._without_files.clear()
        self._composer.world.external_pictures.blank_at_first = False

    def claim(self, method: str, template: str) -> PlannedFault | None:
        """The fault planned for this request, if any; counts it."""
        for planned in self._planned:
            if planned.fits(method, template):
                planned.times -= 1
                if planned.times == 0:
                    self._planned.remove(planned)
                return planned
        return None
