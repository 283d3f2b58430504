"""What libraries log of an outage: hundreds of lines, in place of which the outage is told once."""

import asyncio
import logging
from collections.abc import Generator
from contextlib import contextmanager

from bot.store.db.errors import is_lost
from bot.store.db.outage import Outage

LOGGERS = ("dbos", "sqlalchemy.pool.impl.QueuePool", "sqlalchemy.pool.impl.AsyncAdaptedQueuePool")
"""Those that complain of each lost connection: the workflow engine, and the two pools."""

_SIGNS = (
    "terminating connection",
    "the database system is",
    "server closed the connection",
    "connection refused",
    "connection reset",
    "connection is closed",
    "connection is lost",
    "connection timeout expired",
    "connection failed",
    "consuming input failed",
)
_REFUSAL = "FATAL:"
"""So a server begins that does not want somebody. It is there all the same, unless one of the first signs follows."""


@contextmanager
def log_outage_once(outage: Outage) -> Generator[None]:
    """Inside, such lines are kept from the log and make the outage look instead; every other line passes."""
    lines = _OutageLines(outage, asyncio.get_running_loop())
    for name in LOGGERS:
        logging.getLogger(name).addFilter(lines)
    try:
        yield
    finally:
        for name in LOGGERS:
            logging.getLogger(name).removeFilter(lines)


class _OutageLines(logging.Filter):
    def __init__(self, outage: Outage, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__()
        self._outage = outage
        self._loop = loop

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the line says something else than that a connection was lost. Called in any thread."""
        sign = _sign(record)
        if sign is None:
            return True
        try:
            self._loop.call_soon_threadsafe(self._outage.suspect, sign)
        except RuntimeError:
            # The loop is closed, so nobody else would tell it.
            return True
        return False


def _sign(record: logging.LogRecord) -> str | None:
    """What in the line says that a connection was lost, None when nothing does."""
    if record.exc_info and record.exc_info[1] is not None:
        # With an error comes what it did harm to, which is to be known; a pool harms nobody but a connection.
        return "connection lost" if record.name != "dbos" and is_lost(record.exc_info[1]) else None
    text = record.getMessage()
    signs = _SIGNS[:2] if _REFUSAL in text else _SIGNS
    return next((sign for sign in signs if sign in text.casefold()), None)
