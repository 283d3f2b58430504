"""Keeps the libraries' lines about an outage, hundreds of them, out of the log: the outage is logged once."""

import asyncio
import logging
from collections.abc import Generator
from contextlib import contextmanager
from functools import partial

from bot.store.db.errors import is_lost
from bot.store.db.outage import Outage

LOGGERS = ("dbos", "sqlalchemy.pool.impl.QueuePool", "sqlalchemy.pool.impl.AsyncAdaptedQueuePool")
"""The loggers that report each lost connection: the workflow engine's, and the two pools'."""

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
_NO_SPACE = ("database or disk is full", "disk i/o error", "no space left on device")
_REFUSAL = "FATAL:"
"""How a server begins a refusal. It is running, unless one of the first two signs follows."""


@contextmanager
def log_outage_once(outage: Outage) -> Generator[None]:
    """Inside, lines about lost connections and full disks make `outage` check the database and are dropped.

    All others pass.
    """
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
        """Whether the line is about something else than a lost connection. Called in any thread."""
        sign = _sign(record)
        if sign is None:
            return True
        try:
            self._loop.call_soon_threadsafe(partial(self._outage.suspect, sign, full=sign in _NO_SPACE))
        except RuntimeError:
            # The loop is closed, so this line is the only report.
            return True
        return False


def _sign(record: logging.LogRecord) -> str | None:
    """The sign of a lost connection in the line, None when there is none."""
    if record.exc_info and record.exc_info[1] is not None:
        # The engine's errors name the work that failed and are kept; a pool's concern one connection only.
        return "connection lost" if record.name != "dbos" and is_lost(record.exc_info[1]) else None
    text = record.getMessage()
    signs = (*_NO_SPACE, *(_SIGNS[:2] if _REFUSAL in text else _SIGNS))
    return next((sign for sign in signs if sign in text.casefold()), None)
