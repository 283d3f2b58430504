"""SQLite connections for the workflow engine, on any version of SQLite that the bot runs with."""

import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Any

from bot.store.db.unusable import UnusableDatabase

_SUBSEC_SINCE = (3, 42)
_PATIENCE_SECONDS = 30.0


class WorkflowConnection(sqlite3.Connection):
    """A connection that knows `unixepoch('subsec')` also where SQLite is older than 3.42.

    From Python 3.12 on the engine uses that function without a look at SQLite's version: Debian 12 has 3.40, which
    answers NULL. A file keeps the function as a default of its columns, so that an older Python needs it as well.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        if sqlite3.sqlite_version_info < _SUBSEC_SINCE:
            self.create_function("unixepoch", 1, _unixepoch)


def _unixepoch(modifier: object) -> float | int | None:
    """Seconds since 1970: whole ones for `now`, with milliseconds for `subsec`, else NULL."""
    if modifier in ("subsec", "subsecond"):
        return round(time.time(), 3)
    return int(time.time()) if modifier == "now" else None


def check_workflow_file(file: Path) -> None:
    """Nothing when the engine could write this file now; raises `UnusableDatabase` and `sqlite3.Error`. Blocks."""
    with closing(sqlite3.connect(file, timeout=_PATIENCE_SECONDS, factory=WorkflowConnection)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        [(now,)] = connection.execute("SELECT unixepoch('subsec')")
        connection.rollback()
    if now is None:
        raise UnusableDatabase(
            f"SQLite {sqlite3.sqlite_version} lacks what the workflow engine needs. Use a Python of a newer system, or "
            "name a PostgreSQL server in DATABASE_URL."
        )
