"""A real database of the test's own."""

from collections.abc import AsyncIterator, Callable
from itertools import count
from pathlib import Path

import pytest

from bot.store import Database, JobStore
from tests.support.migrated import migrated_database, migrated_file
from tests.support.postgres import PostgresServer


@pytest.fixture(params=["sqlite", "postgresql"])
def database_server(request: pytest.FixtureRequest) -> PostgresServer | None:
    """The server on which databases are made, None for files; a test that wants it runs on both kinds."""
    return None if request.param == "sqlite" else request.getfixturevalue("postgres")


@pytest.fixture
def new_database(database_server: PostgresServer | None, tmp_path: Path) -> Callable[[], str]:
    """Gives a database each time that nobody has used yet."""
    numbers = count(1)
    return database_server.new_database if database_server else lambda: f"sqlite:///{tmp_path / f'{next(numbers)}.db'}"


@pytest.fixture
def migrated_url(database_server: PostgresServer | None, tmp_path: Path) -> str:
    """A database as a first start leaves it."""
    return migrated_database(database_server) if database_server else migrated_file(tmp_path)


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    return migrated_file(tmp_path)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    async with Database(database_url) as opened:
        yield opened


@pytest.fixture
def store(database: Database) -> JobStore:
    return JobStore(database)
