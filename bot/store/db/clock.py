"""The database's own clock: the one that all processes of the bot share."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


class now(FunctionElement[float]):
    """Seconds since 1970, exact to the millisecond, at this moment rather than at the transaction's beginning."""

    type: sa.types.TypeEngine[float] = sa.Double()
    inherit_cache = True


@compiles(now, "sqlite")
def _sqlite(_element: now, _compiler: SQLCompiler, **_: Any) -> str:
    return "((julianday('now') - 2440587.5) * 86400.0)"


@compiles(now, "postgresql")
def _postgresql(_element: now, _compiler: SQLCompiler, **_: Any) -> str:
    return "(EXTRACT(EPOCH FROM clock_timestamp())::double precision)"


_LINE_LOCK = 4_715_002


async def lock_exclusively(connection: AsyncConnection, table: sa.Table) -> None:
    """Go on once no other transaction that has called this is under way; it lasts until this one's end.

    SQLite knows one writer at a time: an update that changes nothing makes this transaction the one.
    """
    if connection.dialect.name == "sqlite":
        await connection.execute(sa.update(table).where(sa.false()).values({table.primary_key.columns[0]: ""}))
    else:
        await connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LINE_LOCK})")
