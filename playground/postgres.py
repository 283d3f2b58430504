"""A PostgreSQL server of the caller's own, on loopback, gone with the caller."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from playground.launch import free_port

_OWNER = "bot"
_ATTEMPTS = 5
# Nothing here has to outlive a power cut.
_HASTE = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


def programs() -> Path | None:
    """The folder of the newest server's programs, or None when no PostgreSQL is installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    on_path = shutil.which("initdb")
    return found[-1].parent if found else Path(on_path).resolve().parent if on_path else None


class PostgresServer:
    """A running server; everybody on this machine may connect to it."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._numbers = count(1)

    def new_database(self) -> str:
        """The URL of a database that nobody has used yet."""
        name = f"test_{next(self._numbers)}"
        with psycopg.connect(self._url("postgres"), autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return self._url(name)

    def _url(self, database: str) -> str:
        return f"postgresql://{_OWNER}@127.0.0.1:{self._port}/{database}"


@contextmanager
def running(found: Path) -> Iterator[PostgresServer]:
    """A server run with these programs, on a port of its own."""
    folder = Path(tempfile.mkdtemp(prefix="postgres-"))
    call = partial(_call, found, folder, _somebody(folder))
    try:
        call("initdb", "--username", _OWNER, "--auth", "trust", "--no-sync")
        port = _started(call, folder)
        try:
            yield PostgresServer(port)
        finally:
            call("pg_ctl", "stop", "--mode", "immediate")
    finally:
        shutil.rmtree(folder)


def _started(call: Callable[..., None], folder: Path) -> int:
    """The port on which the server listens; somebody else may be quicker to take one that was free."""
    for _ in range(_ATTEMPTS):
        port = free_port()
        options = [f"-h 127.0.0.1 -p {port} -k {folder}", *(f"-c {setting}" for setting in _HASTE)]
        with suppress(subprocess.CalledProcessError):
            call("pg_ctl", "start", "--log", folder / "log", "--options", " ".join(options))
            return port
    raise RuntimeError((folder / "log").read_text(encoding="utf-8"))


def _call(programs: Path, folder: Path, who: dict[str, Any], name: str, *arguments: object) -> None:
    command = [str(programs / name), *map(str, arguments), "--pgdata", str(folder / "data")]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=folder, timeout=100, **who)  # noqa: S603


def _somebody(folder: Path) -> dict[str, Any]:
    """Who runs the server, and owns its folder: root may not."""
    if os.geteuid() != 0:
        return {}
    names = {entry.pw_name: entry for entry in pwd.getpwall()}
    entry = names.get("postgres") or names["nobody"]
    os.chown(folder, entry.pw_uid, entry.pw_gid)
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
