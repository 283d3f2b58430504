"""The lists of choices, and suggestions while a member types; all from memory."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

from bot.services.prompt.options import Mode
from bot.services.prompt.spelling.signs import ascii_form
from bot.services.prompt.text import PromptError
from bot.services.prompt.values import read_aspect, read_model

T = TypeVar("T")
MAX_SUGGESTIONS = 25


@dataclass(frozen=True, slots=True)
class Choice(Generic[T]):
    """One entry of a list: the value that is sent and the label that is shown."""

    value: T
    label: str


ASPECT_RATIOS = (
    Choice("1:1", "1:1 · square"),
    Choice("16:9", "16:9 · wide screen"),
    Choice("9:16", "9:16 · phone, story"),
    Choice("3:2", "3:2 · photo, landscape"),
    Choice("2:3", "2:3 · photo, portrait"),
    Choice("4:3", "4:3 · classic screen"),
    Choice("3:4", "3:4 · classic portrait"),
    Choice("5:4", "5:4 · large print, landscape"),
    Choice("4:5", "4:5 · large print, portrait"),
    Choice("7:4", "7:4 · television"),
    Choice("4:7", "4:7 · tall poster"),
    Choice("21:9", "21:9 · cinema"),
    Choice("2:1", "2:1 · panorama"),
    Choice("1:2", "1:2 · bookmark"),
    Choice("3:1", "3:1 · banner"),
)
VERSIONS = (
    Choice("8.2", "Version 8.2"),
    Choice("8.1", "Version 8.1"),
    Choice("7", "Version 7"),
    Choice("6.1", "Version 6.1"),
    Choice("6", "Version 6"),
    Choice("niji 7", "Niji 7 · anime and illustration"),
    Choice("niji 6", "Niji 6 · anime and illustration"),
    Choice("5.2", "Version 5.2"),
    Choice("5.1", "Version 5.1"),
    Choice("5", "Version 5"),
    Choice("4", "Version 4"),
    Choice("niji 5", "Niji 5 · anime"),
    Choice("niji 4", "Niji 4 · anime"),
)
QUALITIES = (
    Choice("hd", "HD · more pixels, version 8.1 and newer"),
    Choice("sd", "SD · fewer pixels, version 8.1 and newer"),
    Choice("4", "4 · most detail, slowest, version 7"),
    Choice("2", "2 · more detail, version 7 and older"),
    Choice("1", "1 · normal, version 7 and older"),
    Choice("0.5", "0.5 · quick, version 6.1 and older"),
    Choice("0.25", "0.25 · quickest, least detail, version 6 and older"),
)
MODES = (
    Choice(Mode.FAST, "Fast"),
    Choice(Mode.RELAX, "Relax · slower and cheaper"),
    Choice(Mode.TURBO, "Turbo · quickest, version 7 and older"),
)


def suggest_aspects(typed: str) -> list[Choice[str]]:
    """At most 25 aspect ratios that match the text; a valid ratio that is not in the list is offered as well."""
    wanted = re.sub(r"\s*[x×*/;,\s]\s*", ":", ascii_form(typed.strip()))
    return _suggest(ASPECT_RATIOS, wanted, _as_aspect(wanted))


def suggest_versions(typed: str) -> list[Choice[str]]:
    """At most 25 versions that match the text; a version newer than the list is offered as well."""
    return _suggest(VERSIONS, ascii_form(typed.strip()), _as_version(typed))


def _suggest(known: Iterable[Choice[str]], typed: str, exact: Choice[str] | None) -> list[Choice[str]]:
    wanted = typed.casefold()
    matching = [choice for choice in known if wanted in choice.label.casefold() or wanted in choice.value]
    matching.sort(key=lambda choice: not choice.value.startswith(wanted))
    if exact is not None:
        same = next((choice for choice in matching if choice.value == exact.value), exact)
        matching = [same, *(choice for choice in matching if choice.value != exact.value)]
    return matching[:MAX_SUGGESTIONS]


def _as_aspect(typed: str) -> Choice[str] | None:
    try:
        aspect = read_aspect("ar", typed)
    except PromptError:
        return None
    return Choice(aspect, aspect)


def _as_version(typed: str) -> Choice[str] | None:
    try:
        name, number = read_model(typed)
    except PromptError:
        return None
    if name == "niji":
        return Choice(f"niji {number}", f"Niji {number}")
    return Choice(number, f"Version {number}")
