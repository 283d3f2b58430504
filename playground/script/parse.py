"""A script: loaded and parsed completely before anything starts."""

import difflib
import sys
from dataclasses import dataclass
from pathlib import Path

from playground.script.errors import StepSyntaxError
from playground.script.step_patterns import Step
from playground.script.steps import STEP_PATTERNS

STANDARD_INPUT = "-"
_WORDS = sorted({"/" if pattern.word.startswith("/") else pattern.word for pattern in STEP_PATTERNS})


@dataclass(frozen=True)
class Line:
    """A step and where it is written."""

    number: int
    text: str
    step: Step


@dataclass(frozen=True)
class Script:
    """A scenario that makes sense. `name` is the file's, for messages; `folder` is where its files are."""

    name: str
    folder: Path
    lines: list[Line]


class InvalidScript(Exception):
    """A script with mistakes; the text has a line for each of them, with file and line number."""


def load_script(name: str) -> Script:
    """The script of that file, or of standard input; raises `InvalidScript`."""
    try:
        if name == STANDARD_INPUT:
            return read_script("standard input", sys.stdin.read(), Path.cwd())
        path = Path(name)
        return read_script(name, path.read_text(encoding="utf-8"), path.resolve().parent)
    except OSError as problem:
        raise InvalidScript(f"{name} can't be read: {problem.strerror}") from None
    except UnicodeDecodeError:
        raise InvalidScript(f"{name} is not a text file in UTF-8") from None


def read_script(name: str, text: str, folder: Path) -> Script:
    """The script, or `InvalidScript` with everything that is wrong with it."""
    lines, mistakes = [], []
    for number, written in enumerate(text.removeprefix("\ufeff").split("\n"), 1):
        line = written.strip()
        if not line or line.startswith("#"):
            continue
        try:
            lines.append(Line(number, line, read_step(line, folder)))
        except StepSyntaxError as mistake:
            mistakes.append(f"{name}:{number}: {mistake}")
    if not lines and not mistakes:
        mistakes.append(f"{name}: there is no step in it")
    if mistakes:
        raise InvalidScript("\n".join(mistakes))
    return Script(name, folder, lines)


def read_step(line: str, folder: Path) -> Step:
    """The step that a line means; raises `StepSyntaxError`."""
    word = "/" if line.startswith("/") else line.split(maxsplit=1)[0]
    alike = [
        pattern for pattern in STEP_PATTERNS if (pattern.word.startswith("/") and word == "/") or pattern.word == word
    ]
    if not alike:
        raise StepSyntaxError(f"“{word}” begins no step{_meant(word)}; expected one of: {', '.join(_WORDS)}")
    for pattern in alike:
        step = pattern.read(line, folder)
        if step is not None:
            return step
    raise StepSyntaxError(f"“{line}” was not understood; expected: {' · '.join(pattern.example for pattern in alike)}")


def _meant(word: str) -> str:
    close = difflib.get_close_matches(word.lower(), _WORDS, 1)
    return f" (“{close[0]}”?)" if close else ""
