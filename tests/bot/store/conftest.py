"""Every test of the store runs on both kinds of database."""

import pytest


@pytest.fixture
def database_url(migrated_url: str) -> str:
    """The test's database."""
    return migrated_url
