"""Alternatives in braces: `a {red, blue} fox` stands for two prompts (docs.midjourney.com, Permutations).

Groups multiply and may stand inside each other and inside a flag's value. `\\{` and `\\}` stay as they are, because
Midjourney reads them as well; `\\,` inside a group becomes a comma.
"""

import re

from bot.services.prompt.text import PromptError

COUNTED = 1_000_000
"""Variants are counted up to this number."""

_SEPARATOR = re.compile(r"(\\[{},]|[{},])")
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
                literal = "," if part == "\\," and len(current) > 1 else part
                current[-1] = [before + literal for before in current[-1]]
    return current[0]


def _trimmed(alternatives: list[str]) -> list[str]:
    return [alternative.strip() for alternative in alternatives]


def _parts(text: str) -> list[str]:
    """The text split at braces, commas and their escapes; checks that the braces match."""
    parts = [part for part in _SEPARATOR.split(text) if part]
    depth = 0
    for part in parts:
        depth += (part == "{") - (part == "}")
        if depth < 0:
            raise PromptError(_UNOPENED)
    if depth:
        raise PromptError(_UNCLOSED)
    return parts
