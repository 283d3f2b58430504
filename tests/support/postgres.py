"""A PostgreSQL server of the caller's own, on loopback, gone with the caller."""

import asyncio
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from playground.process.ports import free_port

_OWNER = "bot"
_ATTEMPTS = 5
# Nothing here has to outlive a power cut; what was committed does outlive an immediate stop.
_HASTE = ("fsync=off", "full_page_writes=off")


def programs() -> Path | None:
    """The folder of the newest server's programs, or None when no PostgreSQL is installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    on_path = shutil.which("initdb")
    return found[-1].parent if found else Path(on_path).resolve().parent if on_path else None


@contextmanager
def running(found: Path) -> Iterator["PostgresServer"]:
    """A server run with these programs, on a port of its own."""
    folder = Path(tempfile.mkdtemp(prefix="postgres-"))
    installation = _Installation(found, folder)
    try:
        installation.run("initdb", "--username", _OWNER, "--auth", "trust", "--no-sync")
        server = PostgresServer(installation, _started(installation))
        try:
            yield server
        finally:
            server.stop("immediate")
    finally:
        shutil.rmtree(folder)


class PostgresServer:
    """A running server; everybody on this machine may connect to it."""

    def __init__(self, installation: "_Installation", port: int) -> None:
        self._installation = installation
        self._port = port
        self._numbers = count(1)

    def new_database(self, template: str = "template1") -> str:
        """The URL of a database that nobody has used yet, with what is in the database `template`."""
        name = f"test_{next(self._numbers)}"
        command = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template))
        with psycopg.connect(self._url("postgres"), autocommit=True) as connection:
            connection.execute(command)
        return self._url(name)

    def stop(self, mode: str = "fast") -> None:
        """Break every connection off and take no more; "immediate" is how a crash looks to everybody connected."""
        self._installation.run("pg_ctl", "stop", "--mode", mode)

    def start(self) -> None:
        """Run again, with everything that was committed."""
        self._installation.start(self._port)

    @asynccontextmanager
    async def away(self, mode: str = "fast") -> AsyncIterator[None]:
        """No server inside the block, and one again after it, however it ends."""
        await asyncio.to_thread(self.stop, mode)
        try:
            yield
        finally:
            await asyncio.to_thread(self.start)

    async def restart(self, mode: str = "fast") -> None:
        """Stop and start at once."""
        async with self.away(mode):
            pass

    def _url(self, database: str) -> str:
        return f"postgresql://{_OWNER}@127.0.0.1:{self._port}/{database}"


class _Installation:
    """Where the server's programs are and where it keeps its data."""

    def __init__(self, programs: Path, folder: Path) -> None:
        self._programs = programs
        self._folder = folder
        self._who = _somebody(folder)

    @property
    def log(self) -> str:
        return (self._folder / "log").read_text(encoding="utf-8")

    def start(self, port: int) -> None:
        options = [f"-h 127.0.0.1 -p {port} -k {self._folder}", *(f"-c {setting}" for setting in _HASTE)]
        self.run("pg_ctl", "start", "--log", self._folder / "log", "--options", " ".join(options))

    def run(self, name: str, *arguments: object) -> None:
        command = [str(self._programs / name), *map(str, arguments), "--pgdata", str(self._folder / "data")]
        # What is run are PostgreSQL's own programs, with arguments of our own.
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=self._folder, timeout=100, **self._who)


def _started(installation: _Installation) -> int:
    """The port on which the server listens; somebody else may be quicker to take one that was free."""
    for _ in range(_ATTEMPTS):
        port = free_port()
        with suppress(subprocess.CalledProcessError):
            installation.start(port)
            return port
    raise RuntimeError(installation.log)


def _somebody(folder: Path) -> dict[str, Any]:
    """Who runs the server, and owns its folder: root may not."""
    if os.geteuid() != 0:
        return {}
    names = {entry.pw_name: entry for entry in pwd.getpwall()}
    entry = names.get("postgres") or names["nobody"]
    os.chown(folder, entry.pw_uid, entry.pw_gid)
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
