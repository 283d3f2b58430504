"""Runs every test of the store on SQLite and PostgreSQL."""

import pytest


@pytest.fixture
def database_url(migrated_url: str) -> str:
    """The URL of an empty database."""
    return migrated_url
