"""Databases that can't be used: each ends with one line that says why and what to do, and holds no password."""

import asyncio
import os
import socket
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa
from psycopg import sql
from sqlalchemy import make_url

from bot.store import Database, UnusableDatabase, why_unusable
from bot.store.db.files import prepare_files
from tests.support.postgres import PostgresServer, programs, running

OTHER_USER = 10001


async def complaint(url: str) -> str:
    """The line with which the database does not open."""
    with pytest.raises(UnusableDatabase) as caught:
        await Database(url).__aenter__()
    line = str(caught.value)
    assert "\n" not in line
    assert "hunter2" not in line
    return line


async def test_a_newer_database(new_database: Callable[[], str]) -> None:
    """A schema that this version does not know is left as it is."""
    url = new_database()
    async with Database(url) as database:
        await database.run(
            lambda connection: connection.execute(sa.text("UPDATE alembic_version SET version_num='9z'"))
        )
    line = await complaint(url)
    assert "newer version of the bot" in line
    assert "9z" in line
    assert "Start the newer version again" in line


@contextmanager
def as_another_user() -> Iterator[Path]:
    """A folder of root's, inside a process whose effective user is another one."""
    if os.geteuid() != 0:
        pytest.skip("only root can become another user")
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        folder.chmod(0o755)
        (folder / "own").mkdir()
        os.chown(folder / "own", OTHER_USER, OTHER_USER)
        os.seteuid(OTHER_USER)
        try:
            yield folder
        finally:
            os.seteuid(0)


@pytest.mark.parametrize(
    ("place", "beginning"),
    [
        ("bot.db", "the folder {folder} can't be written by the user 10001, as it belongs to root (0)"),
        ("new/data/bot.db", "the folder {folder}/new/data can't be made: the folder {folder} can't be written"),
    ],
)
def test_a_folder_that_belongs_to_root(place: str, beginning: str) -> None:
    """As a folder that was mounted into a container: named with its owner and the user that has no right to it."""
    with as_another_user() as folder, pytest.raises(UnusableDatabase) as caught:
        prepare_files(folder / place)
    assert str(caught.value).startswith(beginning.format(folder=folder))
    assert f"Either give it to that user (chown {OTHER_USER} {folder}), or name another place in DATABASE_URL." in str(
        caught.value
    )


@pytest.mark.parametrize("name", ["bot.db", "bot.db-wal", "bot.workflows.db", "bot.workflows.db-shm"])
def test_a_file_that_belongs_to_root(name: str) -> None:
    """One start as root leaves files that later starts can't write."""
    with as_another_user() as folder:
        os.seteuid(0)
        (folder / "own" / name).touch(0o644)
        os.seteuid(OTHER_USER)
        with pytest.raises(UnusableDatabase) as caught:
            prepare_files(folder / "own" / "bot.db")
    assert str(caught.value).startswith(f"the file {folder / 'own' / name} can't be written by the user 10001")


def test_a_folder_of_its_own_is_enough() -> None:
    """A folder below it is made; nothing else has to be writable."""
    with as_another_user() as folder:
        prepare_files(folder / "own" / "data" / "bot.db")
        assert (folder / "own" / "data").is_dir()


async def test_a_folder_in_place_of_the_file(tmp_path: Path) -> None:
    """It is named."""
    (tmp_path / "bot.db").mkdir()
    assert f"{tmp_path / 'bot.db'} is a folder. Name a file" in await complaint(f"sqlite:///{tmp_path / 'bot.db'}")


async def test_a_file_in_place_of_the_folder(tmp_path: Path) -> None:
    """The folder that can't be made is named."""
    (tmp_path / "file").touch()
    line = await complaint(f"sqlite:///{tmp_path / 'file' / 'bot.db'}")
    assert line.startswith(f"the folder {tmp_path / 'file'} can't be made (")
    assert "Check DATABASE_URL" in line


async def test_a_file_of_something_else(tmp_path: Path) -> None:
    """It is left as it is."""
    (tmp_path / "notes.db").write_text("no database at all" * 99)
    line = await complaint(f"sqlite:///{tmp_path / 'notes.db'}")
    assert "file is not a database. Check DATABASE_URL: the file belongs to something else." in line


async def test_an_old_sqlite(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Debian 11 has 3.34, without RETURNING."""
    monkeypatch.setattr("sqlite3.sqlite_version_info", (3, 34, 1))
    monkeypatch.setattr("sqlite3.sqlite_version", "3.34.1")
    line = await complaint(f"sqlite:///{tmp_path / 'bot.db'}")
    assert line.startswith("this Python uses SQLite 3.34.1, and the bot needs 3.35 or newer. Use a Python")


def encoded(server: PostgresServer, encoding: str) -> str:
    """The URL of a new database with this encoding."""
    url = make_url(server.new_database()).set(drivername="postgresql")
    plain = url.render_as_string(hide_password=False)
    name = f"encoded_{encoding.lower()}"
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))
        connection.execute(
            sql.SQL("CREATE DATABASE {} ENCODING {} LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0").format(
                sql.Identifier(name), sql.Literal(encoding)
            )
        )
    return url.set(database=name).render_as_string(hide_password=False)


@pytest.mark.parametrize("encoding", ["SQL_ASCII", "LATIN1"])
async def test_an_encoding_without_most_letters(postgres: PostgresServer, encoding: str) -> None:
    """The encoding is named, and the command that makes a good database."""
    line = await complaint(encoded(postgres, encoding))
    assert f"keeps text as {encoding}, and prompts need UTF8" in line
    assert "CREATE DATABASE bot ENCODING 'UTF8' TEMPLATE template0" in line


async def test_the_client_speaks_utf8_in_any_environment(
    postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PGCLIENTENCODING is for other programs."""
    monkeypatch.setenv("PGCLIENTENCODING", "LATIN1")
    async with Database(postgres.new_database()) as database:
        fox = "🦊 狐"
        assert await database.run(lambda connection: connection.scalar(sa.select(sa.literal(fox)))) == fox


async def test_a_server_without_this_database(postgres: PostgresServer) -> None:
    """What to create is named."""
    url = make_url(postgres.new_database()).set(database="nowhere").render_as_string()
    line = await complaint(url)
    assert 'database "nowhere" does not exist. Create it on the server' in line


async def test_options_of_other_drivers(postgres: PostgresServer) -> None:
    """As Prisma has them in its addresses."""
    line = await complaint(postgres.new_database() + "?pgbouncer=true")
    assert '"pgbouncer"' in line
    assert "Remove from DATABASE_URL" in line


async def test_a_server_that_is_away() -> None:
    """Host and port are named, and no password."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    line = await complaint(f"postgresql://bot:hunter2@127.0.0.1:{port}/bot")
    assert f"port {port} failed" in line
    assert "Check that the server runs" in line


async def test_a_server_that_starts_later(caplog: pytest.LogCaptureFixture) -> None:
    """A start waits for it, as after a restart of the machine; one line says so."""
    found = programs()
    if found is None:
        pytest.skip("no PostgreSQL found")
    with running(found) as server:
        url = server.new_database()
        async with server.away():
            opening = asyncio.create_task(Database(url, patience=60).__aenter__())
            while not caplog.messages:  # noqa: ASYNC110  # a log has no event
                await asyncio.sleep(0.01)
        database = await opening
        await database.check()
        await database.__aexit__(None, None, None)
    assert [line for line in caplog.messages if "the start waits for it" in line] == caplog.messages
    assert len(caplog.messages) == 1


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ('FATAL:  password authentication failed for user "bot"', "in a password write @ as %40"),
        ("FATAL:  sorry, too many clients already", "max_connections"),
        ("fe_sendauth: no password supplied", "Put the user's password"),
        ('FATAL:  no pg_hba.conf entry for host "10.0.0.1"', "pg_hba.conf"),
    ],
)
def test_what_a_server_says_when_it_refuses(text: str, advice: str) -> None:
    """libpq gives words and no code."""
    error = psycopg.OperationalError(f'connection failed: connection to server at "10.0.0.2", port 5432 failed: {text}')
    line = why_unusable(error, "postgresql://bot:hunter2@10.0.0.2/bot")
    assert text in line
    assert advice in line
    assert "hunter2" not in line
