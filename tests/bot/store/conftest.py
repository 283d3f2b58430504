"""Runs every test of the store on SQLite and PostgreSQL."""

from collections.abc import Callable

import pytest


@pytest.fixture
def database_url(new_database: Callable[[], str]) -> str:
    """The URL of an empty database."""
    return new_database()
