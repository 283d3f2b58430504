"""What an error of the database means: whether it is temporary, and what may be logged."""

import errno
import sqlite3

import psycopg
from psycopg import errors
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import DBAPIError, TimeoutError  # noqa: A004  # that of the pool

_CLASHES = (errors.SerializationFailure, errors.DeadlockDetected)
_BREAKS = (
    errors.AdminShutdown,
    errors.CrashShutdown,
    errors.CannotConnectNow,
    errors.TooManyConnections,
)
_CONNECTION_EXCEPTION = "08"
_LOCKED = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
# A full disk shows as an I/O error where a file beside the database could not grow.
_NO_SPACE = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR}


class DatabaseClosed(RuntimeError):
    """The database is not open: the process stops, and what it leaves is taken up by the next start."""

    def __init__(self) -> None:
        super().__init__("the database is not open")


def is_passing(error: Exception) -> bool:
    """Whether the same transaction may well succeed a little later."""
    if is_outage(error) or isinstance(error, TimeoutError):
        return True
    cause = error.orig if isinstance(error, DBAPIError) else None
    return _sqlite_code(cause) in _LOCKED or isinstance(cause, _CLASHES)


def is_outage(error: BaseException) -> bool:
    """Whether the database was away or its disk full, of which `Outage` logs the start and the end."""
    return is_lost(error) or is_full(error)


def is_full(error: BaseException) -> bool:
    """Whether there was no space left on the database's disk."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    return _sqlite_code(cause) in _NO_SPACE or isinstance(cause, errors.DiskFull)


def _sqlite_code(cause: BaseException | None) -> int | None:
    """The kind of SQLite's error, None for any other."""
    # The lower byte is the kind of the error, the rest its variant. Errors that Python raises itself have none.
    code = getattr(cause, "sqlite_errorcode", None) if isinstance(cause, sqlite3.Error) else None
    return code & 0xFF if isinstance(code, int) else None


def is_lost(error: BaseException) -> bool:
    """Whether a connection was lost or could not be made."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(cause, errors.IdleInTransactionSessionTimeout):
        # The driver does not count it among its operational errors.
        return True
    if not isinstance(cause, psycopg.OperationalError):
        return False
    # An error from the server has a code; a connection that was lost, or never made, has none.
    return cause.sqlstate is None or cause.sqlstate.startswith(_CONNECTION_EXCEPTION) or isinstance(cause, _BREAKS)


def reason(error: BaseException) -> str:
    """The error in a line that quotes no row, no parameter and no password."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(cause, psycopg.Error) and cause.diag.message_primary:
        return cause.diag.message_primary
    if isinstance(cause, sqlite3.Error) and is_full(cause):
        return str(cause)
    if isinstance(cause, OSError) and cause.errno in (errno.ENOSPC, errno.EDQUOT):
        return cause.strerror or "no space"
    # The driver's first line is about the connection. Further lines may be the server's, with details.
    lines = str(cause).splitlines() if isinstance(cause, psycopg.OperationalError) else []
    return lines[0] if lines else type(cause).__name__


def without_details(context: ExceptionContext) -> BaseException | None:
    """The error without PostgreSQL's details, which quote the whole row that was refused."""
    error = context.original_exception
    if not isinstance(error, psycopg.Error):
        return None
    error.args = (reason(error),)
    return DBAPIError.instance(
        context.statement,
        None,
        error,
        psycopg.Error,
        hide_parameters=True,
        connection_invalidated=context.is_disconnect,
    )
