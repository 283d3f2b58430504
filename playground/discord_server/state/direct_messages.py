"""Whom the bot may write to: members it shares a server with, and not too many new ones in a row.

Bots report that 25 to 40 newly opened channels let Discord quarantine them. From then on they can write only to those
they have written to before, until Discord's staff lifts it.
"""

from playground.discord_server.base.clock import Clock
from playground.discord_server.base.errors import refusal

from .channels import Channel

MOST = 30
SECONDS = 600.0


class DirectMessages:
    """The channels that the bot has opened; `quarantined` lasts until it is set to False."""

    def __init__(self, clock: Clock) -> None:
        self.quarantined = False
        self.most = MOST
        self.opened: dict[str, float] = {}
        self._clock = clock

    def open(self, channel: Channel, user_id: str) -> None:
        """Note that the bot opens the channel with a user; refused where that is one too many."""
        if user_id in self.opened or channel.messages:
            return
        now = self._clock.now()
        if sum(now - each < SECONDS for each in self.opened.values()) >= self.most:
            self.quarantined = True
        if self.quarantined:
            raise refusal("dms_too_fast")
        self.opened[user_id] = now
