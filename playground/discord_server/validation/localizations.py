"""Names and descriptions in the languages that Discord speaks."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from playground.discord_server.base.json import Json
from playground.discord_server.base.locales import LOCALES

from .problems import Path, Problems
from .rules import Rule


@dataclass(frozen=True)
class Localized:
    """A text for each of some languages."""

    rule: Rule

    def check(self, value: Any, path: Path, problems: Problems) -> None:
        if not isinstance(value, dict):
            problems.add(path, "DICT_TYPE_CONVERT", "Only dictionaries may be used in a DictType")
            return
        for locale, text in value.items():
            if locale not in LOCALES:
                listed = ", ".join(LOCALES)
                problems.add((*path, locale), "BASE_TYPE_CHOICES", f"Value must be one of {{{listed}}}.")
            else:
                self.rule.check(text, (*path, locale), problems)


def spellings(part: Json, field: str) -> Iterator[tuple[str, Path]]:
    """A text and its translations, each with its place in the part."""
    yield part.get(field) or "", (field,)
    for locale, text in (part.get(f"{field}_localizations") or {}).items():
        yield text, (f"{field}_localizations", locale)


def longest(part: Json, field: str) -> int:
    """The characters of the longest spelling, which is what counts."""
    return max(len(text) for text, _ in spellings(part, field))
