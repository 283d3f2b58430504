"""Databases as a bot's first start leaves them: at the newest revision, and empty.

A start finds nothing to migrate there; made once and copied, they spare each test the migrations of a whole history.
"""

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path

from dbos import DBOS
from sqlalchemy.engine import make_url

from bot.store import Database
from bot.store.db.migrate import upgrade
from tests.support.postgres import PostgresServer

_FILE = "bot.db"


def migrated_file(folder: Path) -> str:
    """The URL of a SQLite database in this folder, the workflow engine's file beside it."""
    for made in _files().iterdir():
        shutil.copyfile(made, folder / made.name)
    return f"sqlite:///{folder / _FILE}"


def migrated_database(server: PostgresServer) -> str:
    """The URL of a database on this server, the workflow engine's tables in it."""
    return server.new_database(_template(server))


@cache
def _files() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="migrated-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    _migrate(f"sqlite:///{folder / _FILE}")
    return folder


@cache
def _template(server: PostgresServer) -> str:
    url = server.new_database()
    _migrate(url)
    return make_url(url).database or ""


def _migrate(url: str) -> None:
    database = Database(url)
    upgrade(database._url)
    DBOS.migrate(database.workflow_url)
