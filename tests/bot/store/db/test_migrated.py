"""The copies that most tests open in place of a new database are what a first start makes of one."""

import asyncio
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from dbos import DBOS
from sqlalchemy.engine import make_url

from bot.store import Database


def schema(url: str) -> dict[str, list[str]]:
    """Every table with its columns, the workflow engine's among them."""
    found: dict[str, list[str]] = {}
    for each in (url, Database(url).workflow_url):
        address = make_url(each)
        driver = "sqlite" if address.get_backend_name() == "sqlite" else "postgresql+psycopg"
        engine = sa.create_engine(address.set(drivername=driver), poolclass=sa.NullPool)
        inspector = sa.inspect(engine)
        for name in set(inspector.get_schema_names()) - {"information_schema"}:
            for (_, table), columns in inspector.get_multi_columns(schema=name).items():
                found[f"{name}.{table}"] = [f"{column['name']} {column['type']}" for column in columns]
    return found


async def test_a_copy_is_what_a_first_start_makes(migrated_url: str, new_database: Callable[[], str]) -> None:
    """Table by table and column by column."""
    started = new_database()
    async with Database(started):
        await asyncio.to_thread(DBOS.migrate, Database(started).workflow_url)
    assert schema(migrated_url) == (found := schema(started))
    assert {table.partition(".")[2] for table in found} >= {"jobs", "places", "workflow_status"}


async def test_a_start_finds_nothing_to_migrate(migrated_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that opening it takes a fraction of the time."""
    monkeypatch.setattr("alembic.operations.Operations.create_table", None)
    async with Database(migrated_url) as database:
        await database.check()
