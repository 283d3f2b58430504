"""Alternatives in braces: `a {red, blue} fox` stands for two prompts (docs.midjourney.com, Permutations).

Groups multiply and may stand inside each other and inside a flag's value. Full-width braces and the commas of all
scripts count as the ASCII ones. `\\{` and `\\}` stay as they are, because
Midjourney reads them as well; `\\,` inside a group becomes a comma.
"""

import re

from bot.services.prompt.spelling.signs import COMMAS
from bot.services.prompt.text import PromptError

COUNTED = 1_000_000
"""Variants are counted up to this number."""

_OPENING, _CLOSING = "{\ufe5b\uff5b", "}\ufe5c\uff5d"
_SIGNS = _OPENING + _CLOSING + COMMAS
_SEPARATOR = re.compile(rf"(\\[{re.escape(_SIGNS)}]|[{re.escape(_SIGNS)}])")
_UNCLOSED = "A `{` has no `}` after it. Close it, or write `\\{` for a brace that is part of the words."
_UNOPENED = "A `}` has no `{` before it. Remove it, or write `\\}` for a brace that is part of the words."


def has_alternatives(text: str) -> bool:
    """Whether the text contains alternatives. Raises PromptError for a brace without its counterpart."""
    return "{" in _parts(text)


def count_variants(text: str) -> int:
    """The number of variants, at most `COUNTED` + 1, without building them. Raises PromptError."""
    # For each open group: the variants of its complete alternatives, and of the current one.
    complete, current = [0], [1]
    for part in _parts(text):
        match part:
            case "{":
                complete.append(0)
                current.append(1)
            case "," if len(current) > 1:
                complete[-1] += current[-1]
                current[-1] = 1
            case "}":
                variants = complete.pop() + current.pop()
                current[-1] = min(current[-1] * variants, COUNTED + 1)
            case _:
                pass
    return current[0]


def variants_of(text: str) -> list[str]:
    """All variants of the text, the first group changing slowest. Raises PromptError.

    Call `count_variants` first: the number can be huge.
    """
    complete: list[list[str]] = [[]]
    current = [[""]]
    for part in _parts(text):
        match part:
            case "{":
                complete.append([])
                current.append([""])
            case "," if len(current) > 1:
                complete[-1] += _trimmed(current[-1])
                current[-1] = [""]
            case "}":
                variants = complete.pop() + _trimmed(current.pop())
                current[-1] = [before + variant for before in current[-1] for variant in variants]
            case _:
                is_comma = len(part) == 2 and part[0] == "\\" and part[1] in COMMAS
                literal = part[1] if is_comma and len(current) > 1 else part
                current[-1] = [before + literal for before in current[-1]]
    return current[0]


def _trimmed(alternatives: list[str]) -> list[str]:
    return [alternative.strip() for alternative in alternatives]


def _parts(text: str) -> list[str]:
    """The text split at braces, commas and their escapes; checks that the braces match.

    Full-width braces are given as ASCII ones, and so are all commas inside a group.
    """
    parts: list[str] = []
    depth = 0
    for part in filter(None, _SEPARATOR.split(text)):
        if part in _OPENING:
            depth += 1
            parts.append("{")
        elif part in _CLOSING:
            depth -= 1
            parts.append("}")
        else:
            parts.append("," if depth and part in COMMAS else part)
        if depth < 0:
            raise PromptError(_UNOPENED)
    if depth:
        raise PromptError(_UNCLOSED)
    return parts
