"""One line for each outage of the gateway, in place of the library's traceback for every attempt."""

import logging
from collections.abc import Generator
from contextlib import contextmanager

from bot.client.requests.retries import DiscordOutage

_LIBRARY = "discord.shard"
_ATTEMPTS = ("Failed to connect for shard_id", "Attempting a reconnect for shard ID")
"""How the library's lines begin that report an attempt."""


class ShardLog(logging.Filter):
    """Reports lost shards to `outage` and drops the library's lines about them."""

    def __init__(self, outage: DiscordOutage) -> None:
        super().__init__()
        self._outage = outage
        self._lost: set[object] = set()

    @contextmanager
    def in_use(self) -> Generator[None]:
        """Inside, the library's lines are filtered."""
        library = logging.getLogger(_LIBRARY)
        library.addFilter(self)
        try:
            yield
        finally:
            library.removeFilter(self)

    def connected(self, shard_id: int) -> None:
        """Note that this shard is connected; the outage ends with the last one."""
        self._lost.discard(shard_id)
        if not self._lost:
            self._outage.worked()

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the line is about something else than an attempt to connect."""
        error = record.exc_info[1] if record.exc_info else None
        if error is None or not str(record.msg).startswith(_ATTEMPTS):
            return True
        if isinstance(record.args, tuple) and record.args:
            self._lost.add(record.args[0])
        self._outage.failed(error)
        return False
