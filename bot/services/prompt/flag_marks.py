"""Recognises the flags in typed words, also with other dashes than two hyphens, and flags that came apart.

A flag is certain where two hyphens stand in front of a name. What is a flag or words, such as `-ar 16:9` or
`fox—tile`, is a doubt: the member is asked before anything is paid.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from bot.services.prompt.flag_spec import FlagSpec
from bot.services.prompt.flags import find_flag, nearest_flag
from bot.services.prompt.spelling.addresses import is_address
from bot.services.prompt.spelling.signs import (
    CLOSING,
    COLONS,
    COMMAS,
    DASHES,
    HYPHENS,
    LONG_DASHES,
    LOOSE_DASHES,
    MARKS,
    STOPS,
    ascii_form,
    bare_value,
)
from bot.services.prompt.text import PromptError, clean_text, quoted

_LIKE_TWO_HYPHENS = HYPHENS + "\u2012\u2212"
_ANY_DASH = DASHES + LOOSE_DASHES
_RUN = rf"(?:[{_ANY_DASH}][{MARKS}]*)+"
_DASHES_ALONE = re.compile(_RUN)
_ATTACHED = re.compile(rf"({_RUN})([^\W\d_].*)")
_JOINED = re.compile(rf"(.*[^{_ANY_DASH}{MARKS}])({_RUN})([^{_ANY_DASH}]+)")
_NAME = re.compile(rf"([^=\uff1d{COLONS}]*)[=\uff1d{COLONS}]*(.*)")
_NAME_AND_NUMBER = re.compile(r"([^\W\d_]+)([\d.\uff0e].*)")
_RATIO = re.compile(r"[0-9]{1,4}:[0-9]{1,4}")
_NUMBER = re.compile(r"[0-9.]+(?:::[0-9.]+)?")
_READ_AS_FLAG = re.compile(rf"(?:[{DASHES}][{MARKS}]*){{2,}}|[{LONG_DASHES}](?:[{MARKS}]*)(?=[^\W\d_]|$)")


class _Dashes(Enum):
    DOUBLE = "two hyphens or more"
    LONG = "long dashes"
    HYPHEN = "one hyphen"
    LOOSE = "signs that are rarely dashes"


class _Evidence(Enum):
    """How well the text behind a name fits the flag."""

    NUMBER = "a valid number, ratio or URL"
    FITS = "valid for the flag, and possible in words"


@dataclass(frozen=True, slots=True)
class FlagMark:
    """A flag in typed text: its name and, where it was written in the same word, its value.

    `doubt` says why it may be words as well. `before` is a word that the flag sticks to.
    """

    name: str
    value: str = ""
    typed: str = ""
    doubt: str | None = None
    before: str = ""


@dataclass(frozen=True, slots=True)
class _Named:
    """What stands behind dashes: the name, the value in the same word, and whether punctuation follows the name."""

    name: str
    value: str
    punctuated: bool

    @property
    def spec(self) -> FlagSpec | None:
        return find_flag(self.name)


def marked(tokens: Sequence[str]) -> list[str | FlagMark]:
    """The words and URLs as they are, and the flags among them, certain and doubtful ones."""
    found: list[str | FlagMark] = []
    position = 0
    while position < len(tokens):
        mark, used = _mark_at(tokens, position)
        found += tokens[position : position + used] if mark is None else [mark]
        position += used
    return found


def read_marks(tokens: Sequence[str]) -> list[str | FlagMark]:
    """The words, URLs and certain flags. Raises PromptError for a doubtful one."""
    found = marked(tokens)
    for each in found:
        if isinstance(each, FlagMark) and each.doubt is not None:
            raise PromptError(each.doubt)
    return found


def with_hyphens(words: str, between: str = " - ") -> str:
    """The words, with `between` in place of each dash that Midjourney could read as a flag's. URLs stay."""
    kept = (word if is_address(word) else _READ_AS_FLAG.sub(between, word) for word in words.split())
    return clean_text(" ".join(kept))


def value_fits(name: str, value: str) -> bool:
    """Whether there is a flag with this name, and it takes this value."""
    spec = find_flag(name)
    return spec is not None and _is_valid(spec, name, value)


def without_dashes(mark: FlagMark) -> str:
    """The words of a flag that is none, with a comma between it and a word that it sticks to."""
    name = re.sub(rf"^[{_ANY_DASH}{MARKS}\s]+", "", mark.typed[len(mark.before) :])
    return f"{mark.before}, {name}" if mark.before else name


def _mark_at(tokens: Sequence[str], position: int) -> tuple[FlagMark | None, int]:
    """The flag that begins at this token, or None for words; and the number of tokens that belong to it."""
    token = tokens[position]
    if "://" in token:
        return None, 1
    if _DASHES_ALONE.fullmatch(token):
        return _torn(tokens, position)
    if match := _ATTACHED.fullmatch(token):
        return _attached(match[1], _named(match[2]), tokens, position)
    if match := _JOINED.fullmatch(token):
        return _joined(match, tokens, position), 1
    return None, 1


def _attached(run: str, named: _Named, tokens: Sequence[str], position: int) -> tuple[FlagMark | None, int]:
    following = tokens[position + 1 : position + 5]
    value, used, evidence = _evidence(named, following)
    kind = _kind(run)
    certain = FlagMark(named.name, value, tokens[position]), used + 1
    if kind is _Dashes.DOUBLE:
        return certain
    if kind is _Dashes.LONG and not (named.spec or nearest_flag(named.name, 0.8)):
        return None, 1
    # A single long dash is common in prose, so only a known or nearly known name makes it a flag.
    if kind is _Dashes.LONG and not named.punctuated and (evidence or not _is_switch(named)):
        return certain
    if kind is _Dashes.LOOSE and len(run) > 1 and evidence is _Evidence.NUMBER:
        return certain
    if evidence is None and kind is not _Dashes.LONG:
        return None, 1
    return _doubtful(named, tokens[position], following[: max(used, 1)], value), 1


def _torn(tokens: Sequence[str], position: int) -> tuple[FlagMark | None, int]:
    """A flag whose dashes stand apart: `- -ar 16:9`, `-- ar 16:9`."""
    end, run = position, ""
    while end < len(tokens) and _DASHES_ALONE.fullmatch(tokens[end]):
        run += tokens[end]
        end += 1
    dashes = end - position
    if end == len(tokens) or "://" in tokens[end]:
        return None, dashes
    match = _ATTACHED.fullmatch(tokens[end])
    named = _named(match[2] if match else tokens[end])
    if named.spec is None or (match and _kind(match[1]) in {_Dashes.DOUBLE, _Dashes.LONG}):
        return None, dashes
    following = tokens[end + 1 : end + 5]
    value, used, evidence = _evidence(named, following)
    kind = _kind(run + (match[1] if match else ""))
    typed = " ".join(tokens[position : end + 1])
    if kind is _Dashes.DOUBLE and evidence is _Evidence.NUMBER:
        return FlagMark(named.name, value, typed), dashes + used + 1
    if evidence is _Evidence.NUMBER or (evidence and kind is _Dashes.DOUBLE):
        return _doubtful(named, typed, following[: max(used, 1)], value), dashes + 1
    return None, dashes


def _joined(match: re.Match[str], tokens: Sequence[str], position: int) -> FlagMark | None:
    """A flag that sticks to the word in front of it: `fox--ar 16:9`. Hyphens join words, so one is no flag."""
    named = _named(match[3])
    if named.spec is None:
        return None
    kind, (_, _, evidence) = _kind(match[2]), _evidence(named, tokens[position + 1 : position + 5])
    is_ratio = named.spec.name == "ar" and evidence is _Evidence.NUMBER
    doubtful = {
        _Dashes.DOUBLE: True,
        _Dashes.LONG: evidence is not None,
        _Dashes.HYPHEN: is_ratio,
        _Dashes.LOOSE: is_ratio or (len(match[2]) > 1 and evidence is _Evidence.NUMBER),
    }
    if not doubtful[kind]:
        return None
    doubt = (
        f"In {quoted(tokens[position])}, put a space before `--{named.name.casefold()}` if it is a flag, "
        "or a comma in place of the dash if these are words."
    )
    return FlagMark(named.name, named.value, tokens[position], doubt, match[1])


def _doubtful(named: _Named, typed: str, following: Sequence[str], value: str) -> FlagMark:
    """The doubt about a flag: it quotes what was typed and what is probably meant, with a value or its first word."""
    behind = "" if named.value or not _takes_value(named) else " ".join(following)
    meant = " ".join(filter(None, (f"--{named.name.casefold()}", ascii_form(value or behind))))
    doubt = (
        f"{quoted(f'{typed} {behind}')} looks like the flag {quoted(meant)}. Write it like that if you mean the flag, "
        "or with a comma in place of the dash if these are words."
    )
    return FlagMark(named.name, named.value, typed, doubt)


def _takes_value(named: _Named) -> bool:
    return named.spec is not None and (named.spec.read is not None or named.spec.words)


def _is_switch(named: _Named) -> bool:
    return named.spec is not None and not named.spec.refusal and not _takes_value(named)


def _named(behind: str) -> _Named:
    """Name and value of `ar`, `ar=16:9`, `ar:16:9`, `ar16:9` or `ar,`, in any letters that stand for ASCII ones."""
    glued = _NAME_AND_NUMBER.fullmatch(behind)
    if glued and (spec := find_flag(ascii_form(glued[1]))) and _is_valid(spec, glued[1], glued[2]):
        return _Named(ascii_form(glued[1]), bare_value(glued[2]), punctuated=True)
    match = _NAME.fullmatch(behind)
    name, value = ascii_form(match[1] if match else behind), match[2] if match else ""
    short = name.rstrip(CLOSING + STOPS + COMMAS)
    if short != name and find_flag(short):
        return _Named(short, value, punctuated=True)
    return _Named(name, value, punctuated=False)


def _evidence(named: _Named, following: Sequence[str]) -> tuple[str, int, _Evidence | None]:
    """The value where it is known already, how many of the following tokens it takes, and how well the rest fits."""
    spec = named.spec
    if spec is None or spec.refusal:
        return named.value, 0, None
    first = named.value or next(iter(following), "")
    behind = next(iter(following if named.value else following[1:]), "")
    if spec.words:
        return named.value, 0, _Evidence.FITS if first and not _is_dashed(first) else None
    if spec.name == "ar" and (ratio := _ratio(named.value, following)):
        return *ratio, _Evidence.NUMBER
    if spec.read and first and _is_valid(spec, named.name, first):
        if is_address(first) or _NUMBER.fullmatch(bare_value(first)):
            return named.value, 0, _Evidence.NUMBER
        return named.value, 0, _Evidence.FITS if not behind or _is_dashed(behind) else None
    alone = not named.value and (not first or _is_dashed(first))
    return named.value, 0, _Evidence.FITS if alone and (spec.bare or not spec.read) else None


def _ratio(value: str, following: Sequence[str]) -> tuple[str, int] | None:
    """A ratio that may stand in up to three words, and the number of following tokens that it takes."""
    for used in range(min(3, len(following)) + 1):
        joined = bare_value(value + "".join(following[:used]))
        if _RATIO.fullmatch(joined) and not any("://" in token for token in following[:used]):
            return joined, used
    return None


def _is_valid(spec: FlagSpec, name: str, value: str) -> bool:
    if spec.read is None:
        return False
    try:
        spec.read(name, value if is_address(value) else bare_value(value))
    except PromptError:
        return False
    return True


def _is_dashed(token: str) -> bool:
    return token[0] in _ANY_DASH


def _kind(run: str) -> _Dashes:
    dashes = re.sub(f"[{MARKS}]", "", run)
    if sum(map(_LIKE_TWO_HYPHENS.__contains__, dashes)) > 1:
        return _Dashes.DOUBLE
    if all(map(LOOSE_DASHES.__contains__, dashes)):
        return _Dashes.LOOSE
    return _Dashes.HYPHEN if len(dashes) == 1 and dashes in HYPHENS else _Dashes.LONG
