"""A gateway session: a shard's numbered events, kept for a RESUME."""

import secrets
from collections import deque
from dataclasses import dataclass, field

from playground.discord_server.base.json import Json

from .connection import CloseWith, Connection
from .events import KNOWN_INTENTS

KEPT_EVENTS = 2000


@dataclass
class Session:
    """What a shard has identified as."""

    id: str
    shard: tuple[int, int]
    intents: int
    connection: Connection | None = None
    seq: int = 0
    sent: deque[Json] = field(default_factory=lambda: deque(maxlen=KEPT_EVENTS), repr=False)

    def dispatch(self, event: str, payload: Json) -> None:
        """Number an event and send it; without a connection it waits for a RESUME."""
        self.seq += 1
        frame = {"op": 0, "t": event, "s": self.seq, "d": payload}
        self.sent.append(frame)
        self.send(frame)

    def send(self, frame: Json) -> None:
        """Send a frame if there is a connection."""
        if self.connection is not None:
            self.connection.send(frame)

    def can_replay(self, seq: int) -> bool:
        """Whether everything after that number is still kept."""
        first = self.sent[0]["s"] if self.sent else self.seq + 1
        return first - 1 <= seq <= self.seq

    def resume(self, connection: Connection, seq: int) -> None:
        """Go on over a new connection: the missed events, then RESUMED."""
        self.connection = connection
        for frame in self.sent:
            if frame["s"] > seq:
                connection.send(frame)
        self.dispatch("RESUMED", {"_trace": ["local"]})


def new_session(asked: Json, token: str) -> Session:
    """The session an IDENTIFY asks for; CloseWith when it asks wrongly."""
    if asked.get("token") != token:
        raise CloseWith(4004, "Authentication failed.")
    intents = asked.get("intents")
    if type(intents) is not int or intents & ~KNOWN_INTENTS:
        raise CloseWith(4013, "Invalid intent(s).")
    match asked.get("shard", [0, 1]):
        case [number, count] if type(number) is type(count) is int and 0 <= number < count:
            return Session(secrets.token_hex(16), (number, count), intents)
    raise CloseWith(4010, "Invalid shard.")
