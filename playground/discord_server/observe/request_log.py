"""The log of the bot's REST requests to the local Discord, and of its answers."""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from playground.discord_server.base.json import Json
from playground.discord_server.base.waiting import WAIT_SECONDS, Waiters

KEPT = 5000


@dataclass(frozen=True)
class LoggedRequest:
    """One request and its answer. `path` may hold an interaction's token, so the repr leaves it out."""

    method: str
    route: str  # the template, like /channels/{channel_id}/messages
    path: str = field(repr=False)
    status: int  # 0 when the connection was broken on purpose
    body: Any = field(repr=False)  # the JSON body; of a multipart request its payload_json
    files: tuple[Json, ...] = field(repr=False)  # name, filename, size, content_type
    response: Any = field(repr=False)
    time: float = field(repr=False)
    seconds: float = field(repr=False)  # from its coming to its answer

    def line(self) -> str:
        """The exchange in one line."""
        note = ""
        if self.status >= 400 and isinstance(self.response, dict):
            note = f" {self.response.get('message')} {self.response.get('errors', '')}".rstrip()
        return f"{self.method} {self.route} → {self.status}{note}"


class RequestLog:
    """Every request, newest last; the oldest are forgotten after some thousands."""

    def __init__(self) -> None:
        self._entries: deque[LoggedRequest] = deque(maxlen=KEPT)
        self.total = 0  # how many there ever were
        self._waiters: Waiters[LoggedRequest] = Waiters()
        self.listeners: list[Callable[[LoggedRequest], None]] = []

    def __iter__(self) -> Iterator[LoggedRequest]:
        return iter(list(self._entries))

    def __len__(self) -> int:
        return len(self._entries)

    def __getitem__(self, index: int) -> LoggedRequest:
        return self._entries[index]

    def add(self, entry: LoggedRequest) -> None:
        """Note an exchange."""
        self._entries.append(entry)
        self.total += 1
        self._waiters.tell(entry)
        for listener in self.listeners:
            listener(entry)

    def of(self, route: str, method: str | None = None) -> list[LoggedRequest]:
        """The exchanges on a route (the template's end is enough), oldest first."""
        return [each for each in self if each.route.endswith(route) and method in (None, each.method)]

    async def wait_for(self, predicate: Callable[[LoggedRequest], Any], timeout: float = WAIT_SECONDS) -> LoggedRequest:
        """The first exchange, past or to come, of which the predicate is true (seconds)."""
        return await self._waiters.wait_for(predicate, list(self), timeout, self.tail)

    def tail(self, count: int = 15) -> str:
        """The last exchanges, a line each."""
        return "\n".join(f"  {entry.line()}" for entry in list(self._entries)[-count:]) or "  (no requests)"
