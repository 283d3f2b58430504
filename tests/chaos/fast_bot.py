"""`python -m bot` with shorter waits and a clock that tests can shift.

Shortened are the intervals of the rate limiter, the pauses between searches and after refusals, and the patience with a
database that is away. The shifted clock is
that of this process: `time.time`, `datetime.now` in the bot's modules, and SQLite's, which runs inside it. Discord, the
API and PostgreSQL keep their own clocks, as other machines would.
"""

import importlib
import mmap
import os
import pkgutil
import time
from datetime import datetime, timedelta, tzinfo
from functools import partial
from struct import unpack
from typing import Any

import bot
import cogs

CLOCK = "CHAOS_CLOCK"
"""The environment variable with the path of the file that holds the clock's offset in seconds."""

PATIENCE = 10.0
"""Seconds for which a transaction is repeated while the database is away; two minutes in production."""

_READS_PER_SECOND = 40.0
_SEARCH_PAUSES = (0.5, 1.0, 1.0, 2.0, 2.0, 3.0, 4.0)

_true_time, _true_now = time.time, datetime.now


class ClockOffset:
    """The clock's offset in seconds, read from a file that the test writes."""

    def __init__(self, path: str) -> None:
        with open(path, "rb") as file:
            self._bytes = mmap.mmap(file.fileno(), 8, access=mmap.ACCESS_READ)

    @property
    def seconds(self) -> float:
        return unpack("d", self._bytes[:])[0]


def main() -> int:
    """The bot's exit code."""
    modules = [module for package in (bot, cogs) for module in _imported(package)]
    _shorten_waits()
    _shift_clock(ClockOffset(os.environ[CLOCK]), modules)
    return importlib.import_module("bot.__main__").main()


def _imported(package: Any) -> list[Any]:
    found = pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
    return [importlib.import_module(each.name) for each in found if ".migrations" not in each.name]


def _shorten_waits() -> None:
    # Imported late, like the bot's other modules, so that importing this module stays cheap.
    from bot import __main__ as command_line  # noqa: PLC0415
    from bot import timings  # noqa: PLC0415

    shortened = timings.Timings(
        request_interval=0.05,
        api_reads_per_second=_READS_PER_SECOND,
        api_busy_pause=0.5,
        api_busy_reads_pause=0.2,
        reads_per_second=_READS_PER_SECOND,
        queue_full_pause=0.5,
        busy_pause=0.5,
        reconcile_pauses=_SEARCH_PAUSES,
        longest_retry_pause=5.0,
    )
    _set(command_line, "run", partial(command_line.run, timings=shortened))
    _shorten_patience()


def _shorten_patience() -> None:
    from bot.store import Database  # noqa: PLC0415

    defaults = Database.__init__.__kwdefaults__
    assert defaults is not None
    assert "retry_seconds" in defaults
    defaults["retry_seconds"] = PATIENCE


def _shift_clock(ahead: ClockOffset, modules: list[Any]) -> None:
    class EveryDatetime(type):
        def __instancecheck__(cls, instance: object) -> bool:
            return isinstance(instance, datetime)

    class JumpingDatetime(datetime, metaclass=EveryDatetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:
            return _true_now(tz) + timedelta(seconds=ahead.seconds)

    _set(time, "time", lambda: _true_time() + ahead.seconds)
    for module in modules:
        if getattr(module, "datetime", None) is datetime:
            _set(module, "datetime", JumpingDatetime)
    _shift_sqlite_clock(ahead)


def _shift_sqlite_clock(ahead: ClockOffset) -> None:
    from bot.store.db import transactions  # noqa: PLC0415

    prepare = transactions.prepare_sqlite

    def prepared(connection: Any, record: object) -> None:
        prepare(connection, record)
        connection.create_function("julianday", 1, lambda _: (_true_time() + ahead.seconds) / 86400.0 + 2440587.5)

    _set(transactions, "prepare_sqlite", prepared)


def _set(owner: Any, name: str, value: object) -> None:
    """Replace an attribute that must exist."""
    getattr(owner, name)
    setattr(owner, name, value)


if __name__ == "__main__":
    importlib.import_module("bot.__main__")._exit_process(main())
