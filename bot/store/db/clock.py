"""The database's own clock, which all processes of the bot share."""

from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


class now(FunctionElement[float]):
    """Seconds since 1970 to the millisecond: the current time, not that of the transaction's start."""

    type: sa.types.TypeEngine[float] = sa.Double()
    inherit_cache = True


@compiles(now, "sqlite")
def _sqlite(_element: now, _compiler: SQLCompiler, **_: Any) -> str:
    return "((julianday('now') - 2440587.5) * 86400.0)"


@compiles(now, "postgresql")
def _postgresql(_element: now, _compiler: SQLCompiler, **_: Any) -> str:
    return "(EXTRACT(EPOCH FROM clock_timestamp())::double precision)"


def seconds(name: str) -> sa.BindParameter[float]:
    """A parameter that is a number of seconds."""
    return sa.bindparam(name, type_=now.type)


_QUEUE_LOCK = 4_715_002


def lock_exclusively(connection: sa.Connection, table: sa.Table) -> None:
    """Wait for every other transaction that has called this, and keep the next ones out until this one ends.

    SQLite has one writer at a time: an update that changes nothing makes this transaction the writer.
    """
    if connection.dialect.name == "sqlite":
        connection.execute(_no_change(table))
    else:
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_QUEUE_LOCK})")


def lock_scope(connection: sa.Connection, scope: int) -> None:
    """Wait for every other transaction that has called this with the same id, until each has ended.

    SQLite has one writer at a time, and needs no lock where each transaction begins with a change.
    """
    if connection.dialect.name != "sqlite":
        connection.execute(_LOCK_SCOPE, {"scope": f"{_SCOPE_LOCK}:{scope}"})


_SCOPE_LOCK = 4_715_003
_LOCK_SCOPE = sa.select(
    sa.func.pg_advisory_xact_lock(sa.func.hashtextextended(sa.bindparam("scope", type_=sa.Text()), 0))
)


@cache
def _no_change(table: sa.Table) -> sa.Update:
    return sa.update(table).where(sa.false()).values({table.primary_key.columns[0]: ""})
