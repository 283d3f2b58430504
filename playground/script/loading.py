"""A script from a file or from standard input."""

import sys
from pathlib import Path

from playground.script.reading import Script, Unreadable, read_script

STANDARD_INPUT = "-"


def load_script(name: str) -> Script:
    """The script of that file, or of standard input; raises `Unreadable`."""
    try:
        if name == STANDARD_INPUT:
            return read_script("standard input", sys.stdin.read(), Path.cwd())
        path = Path(name)
        return read_script(name, path.read_text(encoding="utf-8"), path.resolve().parent)
    except OSError as problem:
        raise Unreadable(f"{name} can't be read: {problem.strerror}") from None
    except UnicodeDecodeError:
        raise Unreadable(f"{name} is not a text file in UTF-8") from None
