"""Recognises the flags in typed words, also with other dashes than two hyphens, and flags that came apart.

A flag is certain where two hyphens stand in front of a name. What is a flag or words, such as `-ar 16:9` or
`fox—tile`, is a doubt: the member is asked before anything is paid.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.services.prompt.flags.names import (
    ANY_DASH,
    Dashes,
    Evidence,
    Named,
    evidence_of,
    is_switch,
    is_valid,
    kind_of,
    read_name,
    takes_value,
)
from bot.services.prompt.flags.table import find_flag, nearest_flag
from bot.services.prompt.spelling.signs import DASHES, LONG_DASHES, MARKS, ascii_form
from bot.services.prompt.text import PromptError, clean_text, quoted

_RUN = rf"(?:[{ANY_DASH}][{MARKS}]*)+"
_DASHES_ALONE = re.compile(_RUN)
_ATTACHED = re.compile(rf"({_RUN})([^\W\d_].*)")
_JOINED = re.compile(rf"(.*[^{ANY_DASH}{MARKS}])({_RUN})([^{ANY_DASH}]+)")
_READ_AS_FLAG = re.compile(rf"(?:[{DASHES}][{MARKS}]*){{2,}}|[{LONG_DASHES}](?:[{MARKS}]*)(?=[^\W\d_]|$)")


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
    kept = (word if "://" in word else _READ_AS_FLAG.sub(between, word) for word in words.split())
    return clean_text(" ".join(kept))


def value_fits(name: str, value: str) -> bool:
    """Whether there is a flag with this name, and it takes this value."""
    spec = find_flag(name)
    return spec is not None and is_valid(spec, name, value)


def without_dashes(mark: FlagMark) -> str:
    """The words of a flag that is none, with a comma between it and a word that it sticks to."""
    name = re.sub(rf"^[{ANY_DASH}{MARKS}\s]+", "", mark.typed[len(mark.before) :])
    return f"{mark.before}, {name}" if mark.before else name


def _mark_at(tokens: Sequence[str], position: int) -> tuple[FlagMark | None, int]:
    """The flag that begins at this token, or None for words; and the number of tokens that belong to it."""
    token = tokens[position]
    if "://" in token:
        return None, 1
    if _DASHES_ALONE.fullmatch(token):
        return _torn(tokens, position)
    if match := _ATTACHED.fullmatch(token):
        return _attached(match[1], read_name(match[2]), tokens, position)
    if match := _JOINED.fullmatch(token):
        return _joined(match, tokens, position), 1
    return None, 1


def _attached(run: str, named: Named, tokens: Sequence[str], position: int) -> tuple[FlagMark | None, int]:
    following = tokens[position + 1 : position + 5]
    value, used, evidence = evidence_of(named, following)
    kind = kind_of(run)
    certain = FlagMark(named.name, value, tokens[position]), used + 1
    if kind is Dashes.DOUBLE:
        return certain
    if kind is Dashes.LONG and not (named.spec or nearest_flag(named.name, 0.8)):
        return None, 1
    # A single long dash is common in prose, so only a known or nearly known name makes it a flag.
    if kind is Dashes.LONG and not named.punctuated and (evidence or not is_switch(named)):
        return certain
    if kind is Dashes.LOOSE and len(run) > 1 and evidence is Evidence.NUMBER:
        return certain
    if evidence is None and kind is not Dashes.LONG:
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
    named = read_name(match[2] if match else tokens[end])
    if named.spec is None or (match and kind_of(match[1]) in {Dashes.DOUBLE, Dashes.LONG}):
        return None, dashes
    following = tokens[end + 1 : end + 5]
    value, used, evidence = evidence_of(named, following)
    kind = kind_of(run + (match[1] if match else ""))
    typed = " ".join(tokens[position : end + 1])
    if kind is Dashes.DOUBLE and evidence is Evidence.NUMBER:
        return FlagMark(named.name, value, typed), dashes + used + 1
    if evidence is Evidence.NUMBER or (evidence and kind is Dashes.DOUBLE):
        return _doubtful(named, typed, following[: max(used, 1)], value), dashes + 1
    return None, dashes


def _joined(match: re.Match[str], tokens: Sequence[str], position: int) -> FlagMark | None:
    """A flag that sticks to the word in front of it: `fox--ar 16:9`. Hyphens join words, so one is no flag."""
    named = read_name(match[3])
    if named.spec is None:
        return None
    kind, (_, _, evidence) = kind_of(match[2]), evidence_of(named, tokens[position + 1 : position + 5])
    is_ratio = named.spec.name == "ar" and evidence is Evidence.NUMBER
    doubtful = {
        Dashes.DOUBLE: True,
        Dashes.LONG: evidence is not None,
        Dashes.HYPHEN: is_ratio,
        Dashes.LOOSE: is_ratio or (len(match[2]) > 1 and evidence is Evidence.NUMBER),
    }
    if not doubtful[kind]:
        return None
    doubt = (
        f"In {quoted(tokens[position])}, put a space before `--{named.name.casefold()}` if it is a flag, "
        "or a comma in place of the dash if these are words."
    )
    return FlagMark(named.name, named.value, tokens[position], doubt, match[1])


def _doubtful(named: Named, typed: str, following: Sequence[str], value: str) -> FlagMark:
    """The doubt about a flag: it quotes what was typed and what is probably meant, with a value or its first word."""
    behind = "" if named.value or not takes_value(named) else " ".join(following)
    meant = " ".join(filter(None, (f"--{named.name.casefold()}", ascii_form(value or behind))))
    doubt = (
        f"{quoted(f'{typed} {behind}')} looks like the flag {quoted(meant)}. Write it like that if you mean the flag, "
        "or with a comma in place of the dash if these are words."
    )
    return FlagMark(named.name, named.value, typed, doubt)
