"""Every test of the store runs on both kinds of database."""

from collections.abc import Callable

import pytest


@pytest.fixture
def database_url(new_database: Callable[[], str]) -> str:
    """The test's database."""
    return new_database()
