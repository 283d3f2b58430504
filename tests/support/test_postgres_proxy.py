"""The cable to PostgreSQL can be cut, silently or not, and mended."""

import asyncio

import psycopg
import pytest

from tests.support.postgres import PostgresServer
from tests.support.postgres_proxy import PostgresProxy


async def ask(connection: "psycopg.AsyncConnection[tuple[int]]") -> int:
    """1, from the server."""
    row = await (await connection.execute("SELECT 1")).fetchone()
    assert row is not None
    return row[0]


async def test_a_cut_breaks_connections(postgres: PostgresServer) -> None:
    """Those that are open, and new ones, until the last cut is mended."""
    async with PostgresProxy(postgres.new_database()) as cable:
        async with await psycopg.AsyncConnection.connect(cable.url) as connection:
            assert await ask(connection) == 1
            mend, mend_other = cable.cut(), cable.cut()
            with pytest.raises(psycopg.OperationalError):
                await ask(connection)
        mend()
        with pytest.raises(psycopg.OperationalError):
            await psycopg.AsyncConnection.connect(cable.url)
        mend_other()
        async with await psycopg.AsyncConnection.connect(cable.url) as connection:
            assert await ask(connection) == 1


async def test_a_silent_cut_delays(postgres: PostgresServer) -> None:
    """Nothing breaks; the answer comes once the cable is mended."""
    async with (
        PostgresProxy(postgres.new_database()) as cable,
        await psycopg.AsyncConnection.connect(cable.url) as connection,
    ):
        mend = cable.cut(silent=True)
        answer = asyncio.create_task(ask(connection))
        done, _ = await asyncio.wait({answer}, timeout=0.1)
        assert not done
        mend()
        assert await answer == 1
