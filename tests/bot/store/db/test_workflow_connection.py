"""The workflow engine's SQLite file on every pair of Python and SQLite that the bot is started with."""

import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from bot.store import UnusableDatabase
from bot.store.db.workflow_connection import WorkflowConnection, check_workflow_file


def test_the_clock_has_milliseconds_on_every_sqlite(tmp_path: Path) -> None:
    """Also before 3.42, whose own function answers NULL; as a default of a column, too."""
    with closing(sqlite3.connect(tmp_path / "x.db", factory=WorkflowConnection)) as connection:
        connection.execute("CREATE TABLE t (id INTEGER, made INTEGER NOT NULL DEFAULT (unixepoch('subsec') * 1000))")
        before = time.time()
        connection.execute("INSERT INTO t (id) VALUES (1)")
        [(made,)] = connection.execute("SELECT made FROM t")
        [(whole,)] = connection.execute("SELECT unixepoch('now')")
    assert before - 0.01 <= made / 1000 <= time.time() + 0.01
    assert isinstance(whole, int)
    assert abs(whole - before) < 60


def test_a_file_that_the_engine_can_write(tmp_path: Path) -> None:
    """The check leaves nothing in it."""
    file = tmp_path / "x.workflows.db"
    check_workflow_file(file)
    assert file.read_bytes() == b""


def test_a_sqlite_without_that_clock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If the function has no answer, the check says so and what to do."""
    monkeypatch.setattr("bot.store.db.workflow_connection._unixepoch", lambda _: None)
    monkeypatch.setattr("bot.store.db.workflow_connection._SUBSEC_SINCE", (99,))
    with pytest.raises(UnusableDatabase, match="name a PostgreSQL server in DATABASE_URL"):
        check_workflow_file(tmp_path / "x.workflows.db")
