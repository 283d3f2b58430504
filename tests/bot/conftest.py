"""A real database of the test's own."""

from collections.abc import AsyncIterator, Callable
from itertools import count
from pathlib import Path

import pytest

from bot.store import Database, JobStore
from tests.support.postgres import PostgresServer


@pytest.fixture(params=["sqlite", "postgresql"])
def new_database(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], str]:
    """Gives a database each time that nobody has used yet; a test that wants it runs on both kinds."""
    if request.param == "sqlite":
        numbers = count(1)
        return lambda: f"sqlite:///{tmp_path / f'{next(numbers)}.db'}"
    server: PostgresServer = request.getfixturevalue("postgres")
    return server.new_database


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'bot.db'}"


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    async with Database(database_url) as opened:
        yield opened


@pytest.fixture
def store(database: Database) -> JobStore:
    return JobStore(database)
