"""What stands behind dashes: the name of a flag, its value, and how well the words behind it fit."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from bot.services.prompt.flags.spec import FlagSpec
from bot.services.prompt.flags.table import find_flag
from bot.services.prompt.spelling.addresses import is_address
from bot.services.prompt.spelling.signs import (
    CLOSING,
    COLONS,
    COMMAS,
    DASHES,
    HYPHENS,
    LOOSE_DASHES,
    MARKS,
    STOPS,
    ascii_form,
    bare_value,
)
from bot.services.prompt.text import PromptError

ANY_DASH = DASHES + LOOSE_DASHES
"""Every sign that may begin a flag."""

_LIKE_TWO_HYPHENS = HYPHENS + "\u2012\u2212"
_NAME = re.compile(rf"([^=\uff1d{COLONS}]*)[=\uff1d{COLONS}]*(.*)")
_NAME_AND_NUMBER = re.compile(r"([^\W\d_]+)([\d.\uff0e].*)")
_RATIO = re.compile(r"[0-9]{1,4}:[0-9]{1,4}")
_NUMBER = re.compile(r"[0-9.]+(?:::[0-9.]+)?")


class Dashes(Enum):
    """What a run of dashes is to a flag."""

    DOUBLE = "two hyphens or more"
    LONG = "long dashes"
    HYPHEN = "one hyphen"
    LOOSE = "signs that are rarely dashes"


class Evidence(Enum):
    """How well the text behind a name fits the flag."""

    NUMBER = "a valid number, ratio or URL"
    FITS = "valid for the flag, and possible in words"


@dataclass(frozen=True, slots=True)
class Named:
    """What stands behind dashes: the name, the value in the same word, and whether punctuation follows the name."""

    name: str
    value: str
    punctuated: bool

    @property
    def spec(self) -> FlagSpec | None:
        """The flag with this name, if there is one."""
        return find_flag(self.name)


def read_name(behind: str) -> Named:
    """Name and value of `ar`, `ar=16:9`, `ar:16:9`, `ar16:9` or `ar,`, in any letters that stand for ASCII ones."""
    glued = _NAME_AND_NUMBER.fullmatch(behind)
    if glued and (spec := find_flag(ascii_form(glued[1]))) and is_valid(spec, glued[1], glued[2]):
        return Named(ascii_form(glued[1]), bare_value(glued[2]), punctuated=True)
    match = _NAME.fullmatch(behind)
    name, value = ascii_form(match[1] if match else behind), match[2] if match else ""
    short = name.rstrip(CLOSING + STOPS + COMMAS)
    if short != name and find_flag(short):
        return Named(short, value, punctuated=True)
    return Named(name, value, punctuated=False)


def takes_value(named: Named) -> bool:
    """Whether the flag is known and has a value behind it."""
    return named.spec is not None and (named.spec.read is not None or named.spec.words)


def is_switch(named: Named) -> bool:
    """Whether the flag is known and never has a value."""
    return named.spec is not None and not named.spec.refusal and not takes_value(named)


def evidence_of(named: Named, following: Sequence[str]) -> tuple[str, int, Evidence | None]:
    """The value where it is known already, how many of the following tokens it takes, and how well the rest fits."""
    spec = named.spec
    if spec is None or spec.refusal:
        return named.value, 0, None
    first = named.value or next(iter(following), "")
    behind = next(iter(following if named.value else following[1:]), "")
    if spec.words:
        return named.value, 0, Evidence.FITS if first and not _is_dashed(first) else None
    if spec.name == "ar" and (ratio := _ratio(named.value, following)):
        return *ratio, Evidence.NUMBER
    if spec.read and first and is_valid(spec, named.name, first):
        if is_address(first) or _NUMBER.fullmatch(bare_value(first)):
            return named.value, 0, Evidence.NUMBER
        return named.value, 0, Evidence.FITS if not behind or _is_dashed(behind) else None
    alone = not named.value and (not first or _is_dashed(first))
    return named.value, 0, Evidence.FITS if alone and (spec.bare or not spec.read) else None


def _ratio(value: str, following: Sequence[str]) -> tuple[str, int] | None:
    """A ratio that may stand in up to three words, and the number of following tokens that it takes."""
    for used in range(min(3, len(following)) + 1):
        joined = bare_value(value + "".join(following[:used]))
        if _RATIO.fullmatch(joined) and not any("://" in token for token in following[:used]):
            return joined, used
    return None


def is_valid(spec: FlagSpec, name: str, value: str) -> bool:
    """Whether the flag takes this value, as typed."""
    if spec.read is None:
        return False
    try:
        spec.read(name, value if is_address(value) else bare_value(value))
    except PromptError:
        return False
    return True


def _is_dashed(token: str) -> bool:
    return token[0] in ANY_DASH


def kind_of(run: str) -> Dashes:
    """What these dashes are; combining marks and variation selectors among them do not count."""
    dashes = re.sub(f"[{MARKS}]", "", run)
    if sum(map(_LIKE_TWO_HYPHENS.__contains__, dashes)) > 1:
        return Dashes.DOUBLE
    if all(map(LOOSE_DASHES.__contains__, dashes)):
        return Dashes.LOOSE
    return Dashes.HYPHEN if len(dashes) == 1 and dashes in HYPHENS else Dashes.LONG
