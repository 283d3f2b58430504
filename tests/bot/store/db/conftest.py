"""What is tested of the database itself begins with none."""

from collections.abc import Callable

import pytest


@pytest.fixture
def database_url(new_database: Callable[[], str]) -> str:
    """A database that nobody has opened yet."""
    return new_database()
