"""Why a database can't be used: one line with the cause and what to do next, without a password."""

import sqlite3

import psycopg
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError

from bot.store.db.errors import reason

_SIGNS = "in a password write @ as %40, : as %3A, / as %2F, # as %23, ? as %3F and % as %25"

# libpq reports a refused connection as text without a code, so its words are all there is to go by.
_SERVER_ADVICE = (
    ("password authentication failed", f"Check user and password in DATABASE_URL; {_SIGNS}."),
    ("no password supplied", f"Put the user's password into DATABASE_URL; {_SIGNS}."),
    ("no pg_hba.conf entry", "Let the server accept this machine and user in its pg_hba.conf, or check DATABASE_URL."),
    ("too many c", "Raise the server's max_connections, or run fewer processes."),
    ("remaining connection slots", "Raise the server's max_connections, or run fewer processes."),
    ("invalid connection option", "Remove from DATABASE_URL, after its question mark, what only other drivers know."),
    ("permission denied", "Make the user in DATABASE_URL the owner of the database: ALTER DATABASE … OWNER TO …"),
    ("does not exist", "Create it on the server, or check DATABASE_URL."),
)
_SERVER_AWAY = "Check that the server runs, and host and port in DATABASE_URL."

_FILE_ADVICE = {
    sqlite3.SQLITE_NOTADB: "Check DATABASE_URL: the file belongs to something else.",
    sqlite3.SQLITE_CORRUPT: "Restore the file from a backup.",
    sqlite3.SQLITE_FULL: "Make room on its disk.",
    sqlite3.SQLITE_BUSY: "Another program keeps it locked: end that, or name another file in DATABASE_URL.",
    sqlite3.SQLITE_IOERR: "Check its disk; a network folder may be unable to lock files.",
    sqlite3.SQLITE_READONLY: "Let the bot's user write it and its folder.",
}
_CHECK = "Check DATABASE_URL and that its folder or server exists."


class UnusableDatabase(Exception):
    """The database can't be used; the text is one line with the cause and what to do next."""


def unusable(error: Exception, url: URL) -> UnusableDatabase:
    """The same error in one line for people."""
    if isinstance(error, UnusableDatabase):
        return error
    cause = error.orig if isinstance(error, DBAPIError) else error
    name = url.render_as_string(hide_password=True)
    why = _first_line(cause)
    return UnusableDatabase(f"{name}: {why.rstrip('.')}. {_advice(cause, why)}")


def is_away(error: Exception) -> bool:
    """Whether the server may only be starting: it could not be reached, or takes no connections yet."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    return isinstance(cause, psycopg.OperationalError) and _advice(cause, _first_line(cause)) == _SERVER_AWAY


def why_unusable(error: Exception, url: str) -> str:
    """The cause and what to do next, for any error of the database at this URL."""
    return str(unusable(error, make_url(url)))


def _advice(cause: BaseException | None, why: str) -> str:
    if isinstance(cause, sqlite3.Error):
        return _FILE_ADVICE.get(getattr(cause, "sqlite_errorcode", 0) & 0xFF, _CHECK)
    if isinstance(cause, psycopg.Error):
        words = why.casefold()
        found = next((advice for sign, advice in _SERVER_ADVICE if sign in words), None)
        return found or (_SERVER_AWAY if isinstance(cause, psycopg.OperationalError) else _CHECK)
    return _CHECK


def _first_line(cause: BaseException | None) -> str:
    lines = str(cause).splitlines() or [type(cause).__name__]
    if isinstance(cause, psycopg.OperationalError) and lines[0].startswith("Multiple connection attempts"):
        # A host name with several addresses: the last line is about one of them.
        return lines[-1].removeprefix("- ")
    if isinstance(cause, psycopg.ProgrammingError) and cause.sqlstate is None:
        # The driver's own, about options it does not know. It quotes their names only.
        return lines[0]
    return reason(cause) if isinstance(cause, psycopg.Error) else lines[0]
