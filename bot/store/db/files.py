"""The files of a SQLite database: their folder is made, and whether this process may write them is checked first.

SQLite's own words, "unable to open database file", name neither the folder nor the user.
"""

import errno
import getpass
import os
from pathlib import Path

from bot.store.db.unusable import UnusableDatabase

_SIDE_FILES = ("", "-wal", "-shm")
_EFFECTIVE = os.access in os.supports_effective_ids


def workflow_file(path: Path) -> Path:
    """The workflow engine's file, beside the database."""
    return path.with_name(f"{path.stem}.workflows{path.suffix}")


def prepare_files(path: Path) -> None:
    """Make the folder of this database; raises `UnusableDatabase` if it or a file in it can't be written."""
    folder = path.absolute().parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UnusableDatabase(_folder_fault(folder, error)) from error
    if not os.access(folder, os.W_OK | os.X_OK, effective_ids=_EFFECTIVE):
        raise UnusableDatabase(_not_writable(folder, "folder"))
    for main in (path.absolute(), workflow_file(path.absolute())):
        for file in (main.with_name(main.name + ending) for ending in _SIDE_FILES):
            _check_file(file)


def _check_file(file: Path) -> None:
    if file.is_dir():
        raise UnusableDatabase(f"{file} is a folder. Name a file in DATABASE_URL, such as sqlite:///data/bot.db.")
    if file.exists() and not os.access(file, os.R_OK | os.W_OK, effective_ids=_EFFECTIVE):
        raise UnusableDatabase(_not_writable(file, "file"))


def _folder_fault(folder: Path, error: OSError) -> str:
    if isinstance(error, PermissionError) or error.errno == errno.EROFS:
        existing = next(each for each in folder.parents if each.exists())
        return f"the folder {folder} can't be made: {_not_writable(existing, 'folder')}"
    reason = (error.strerror or type(error).__name__).lower()
    return (
        f"the folder {folder} can't be made ({reason}). Check DATABASE_URL and that its folder exists or can be made."
    )


def _not_writable(path: Path, what: str) -> str:
    owner = _owner(path)
    belongs = f", as it belongs to {owner}" if owner and owner != _user() else ""
    give = f"give it to that user (chown {os.geteuid()} {path})" if hasattr(os, "geteuid") else "let that user write it"
    return (
        f"the {what} {path} can't be written by the user {_user()}{belongs}. "
        f"Either {give}, or name another place in DATABASE_URL."
    )


def _owner(path: Path) -> str | None:
    try:
        number = path.stat().st_uid
    except OSError:
        return None
    return _name(number) if hasattr(os, "geteuid") else None


def _user() -> str:
    if hasattr(os, "geteuid"):
        return _name(os.geteuid())
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return "of this process"


def _name(number: int) -> str:
    """The name of a user id; in a container many ids have none."""
    try:
        import pwd  # noqa: PLC0415  # not available on Windows

        return f"{pwd.getpwuid(number).pw_name} ({number})"
    except (ImportError, KeyError):
        return str(number)
