"""What happened, a line for each event, with the time since the start."""

import re
import time
from collections.abc import Callable, Iterable

from playground.discord_server.state.channels import DM, Channel
from playground.script.message_text import is_private, parts, shape
from playground.script.replies import Reply

_TOKEN_IN_PATH = re.compile(r"(/(?:interactions|webhooks)/\d+/)[^/\s]+")
HIDDEN = "•••"


class Redactor:
    """Takes secrets out of lines."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self.secrets = list(secrets)

    def __call__(self, line: str) -> str:
        """The line, with dots in the place of each secret."""
        for secret in self.secrets:
            line = line.replace(secret, HIDDEN)
        return _TOKEN_IN_PATH.sub(rf"\1{HIDDEN}", line)


class Transcript:
    """Writes lines. Between two events each state of a reply is written once; its numbers make no difference."""

    def __init__(self, write: Callable[[str], None], redact: Redactor) -> None:
        self._write = write
        self._redact = redact
        self._start = time.monotonic()
        self._told: dict[str, list[str]] = {}  # by message: what was written last
        self._shapes: dict[str, set[str]] = {}  # by message: the states written since the last event

    @property
    def seconds(self) -> float:
        """Since the start."""
        return time.monotonic() - self._start

    def add(self, text: str) -> None:
        """Write an event."""
        self._shapes = {key: {shape(told)} for key, told in self._told.items()}
        self._line(text)

    def end(self, text: str) -> None:
        """Write a line without the time."""
        self._write(self._redact(text))

    def add_reply(self, reply: Reply) -> None:
        """Write a reply that came, changed or was deleted; of a change only what is new."""
        now, before = parts_of(reply), self._told.get(reply.stored.id, [])
        shapes = self._shapes.setdefault(reply.stored.id, set())
        if shape(now) in shapes:
            return
        shapes.add(shape(now))
        self._told[reply.stored.id] = now
        new = [part for part in now if part not in before] or now
        kept = "… " if before and len(new) < len(now) else ""
        private = " (private)" if is_private(reply.message) else ""
        self._line(f"  {named(reply)}{private}: {kept}{' / '.join(new)}")

    def _line(self, text: str) -> None:
        self.end(f"{f'+{self.seconds:.1f} s':>9}  {text}")


def parts_of(reply: Reply) -> list[str]:
    """The parts of a reply that a transcript shows."""
    return ["is gone"] if reply.gone else parts(reply.message)


def named(reply: Reply) -> str:
    """Which reply it is, as a script can say it."""
    return f"reply {reply.number} in {place_name(reply.channel)}"


def place_name(channel: Channel) -> str:
    """What a place is called."""
    if channel.type == DM and channel.recipient:
        return f"the dm of {channel.recipient['username']}"
    return f"#{channel.name}"
