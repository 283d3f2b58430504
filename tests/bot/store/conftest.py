"""Every test of the store runs on both kinds of database."""

from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest

from playground.postgres import PostgresServer


@pytest.fixture(params=["sqlite", "postgresql"])
def new_database(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], str]:
    """Gives a database each time that nobody has used yet."""
    if request.param == "sqlite":
        numbers = count(1)
        return lambda: f"sqlite:///{tmp_path / f'{next(numbers)}.db'}"
    server: PostgresServer = request.getfixturevalue("postgres")
    return server.new_database


@pytest.fixture
def database_url(new_database: Callable[[], str]) -> str:
    """The test's database."""
    return new_database()
