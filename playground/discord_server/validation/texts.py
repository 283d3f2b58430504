"""Rules for texts of a certain form: addresses, moments, permissions, names of the sender's own."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .problems import Path, Problems
from .rules import Text


@dataclass(frozen=True)
class Permissions:
    """A set of permissions, as text or number."""

    def check(self, value: Any, path: Path, problems: Problems) -> None:
        if isinstance(value, bool) or not re.fullmatch(r"\d{1,17}", str(value)) or int(value) >= 1 << 54:
            problems.add(path, "NUMBER_TYPE_COERCE", f'Value "{value}" is not int.')


@dataclass(frozen=True)
class Url:
    """An address of some length that begins with one of a few schemes."""

    most: int
    schemes: tuple[str, ...] = ("http", "https")

    def check(self, value: Any, path: Path, problems: Problems) -> None:
        before = len(problems)
        Text(1, self.most).check(value, path, problems)
        if len(problems) > before:
            return
        scheme, _, rest = value.partition("://")
        if not rest.strip("/") or not has_port(rest):
            problems.add(path, "URL_TYPE_INVALID_URL", "Not a well formed URL.")
        elif scheme.lower() not in self.schemes:
            problems.add(path, *unknown_scheme(scheme, self.schemes))


def has_port(rest: str) -> bool:
    """Whether the part of an address after its scheme names no port, or one that exists."""
    _, colon, port = rest.partition("/")[0].rpartition("@")[2].rpartition(":")
    return not colon or "]" in port or (port.isdecimal() and 0 < int(port) < 65536)


def unknown_scheme(scheme: str, schemes: Sequence[str]) -> tuple[str, str]:
    """The complaint of an address that begins in another way than it may."""
    listed = ", ".join(f"'{each}'" for each in schemes)
    return "URL_TYPE_INVALID_SCHEME", f'Scheme "{scheme}" is not supported. Scheme must be one of ({listed}).'


@dataclass(frozen=True)
class Timestamp:
    """A timestamp in ISO 8601."""

    def check(self, value: Any, path: Path, problems: Problems) -> None:
        try:
            datetime.fromisoformat(value)
        except (TypeError, ValueError):
            message = f'Could not parse "{value}". Should be ISO8601.'
            problems.add(path, "DATE_TIME_TYPE_PARSE", message)


@dataclass(frozen=True)
class Nonce:
    """A name of the sender's own: a number, or a short text."""

    def check(self, value: Any, path: Path, problems: Problems) -> None:
        if not isinstance(value, int) or isinstance(value, bool):
            Text(0, 25).check(value, path, problems)
