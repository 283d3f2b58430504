"""What happened, a line for each event, with the time since the start."""

import re
import time
from collections.abc import Callable, Iterable

from playground.discord_server.channels import DM, Channel
from playground.script.replies import Reply
from playground.script.wording import is_private, shape, told

_TOKEN_IN_PATH = re.compile(r"(/(?:interactions|webhooks)/\d+/)[^/\s]+")
HIDDEN = "•••"


class Veil:
    """Takes secrets out of lines."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self.secrets = list(secrets)

    def __call__(self, line: str) -> str:
        """The line, with dots in the place of each secret."""
        for secret in self.secrets:
            line = line.replace(secret, HIDDEN)
        return _TOKEN_IN_PATH.sub(rf"\1{HIDDEN}", line)


class Transcript:
    """Writes lines; a reply that climbs is told when more than its numbers has changed."""

    def __init__(self, write: Callable[[str], None], veil: Veil) -> None:
        self._write = write
        self._veil = veil
        self._start = time.monotonic()
        self._shapes: dict[str, str] = {}

    @property
    def seconds(self) -> float:
        """Since the start."""
        return time.monotonic() - self._start

    def add(self, text: str) -> None:
        """Tell of an event."""
        self.end(f"{f'+{self.seconds:.1f} s':>9}  {text}")

    def end(self, text: str) -> None:
        """Write a line without the time."""
        self._write(self._veil(text))

    def hear(self, reply: Reply) -> None:
        """Tell of a reply that came, changed or went, unless nothing but numbers changed."""
        new = "gone" if reply.gone else shape(reply.message)
        if self._shapes.get(reply.stored.id) == new:
            return
        self._shapes[reply.stored.id] = new
        private = " (private)" if is_private(reply.message) else ""
        self.add(f"  {named(reply)}{private}: {'is gone' if reply.gone else told(reply.message)}")


def named(reply: Reply) -> str:
    """Which reply it is, as a script can say it."""
    return f"reply {reply.number} in {place_name(reply.channel)}"


def place_name(channel: Channel) -> str:
    """What a place is called."""
    if channel.type == DM and channel.recipient:
        return f"the dm of {channel.recipient['username']}"
    return f"#{channel.name}"
