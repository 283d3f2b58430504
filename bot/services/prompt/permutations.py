"""Alternatives in braces: `a {red, blue} fox` stands for two prompts (docs.midjourney.com, Permutations).

Groups multiply and may stand inside each other and inside a flag's value. `\\{` and `\\}` stay as they are, because
Midjourney reads them as well; `\\,` inside a group becomes a comma.
"""

import re

from bot.services.prompt.text import PromptError

COUNTED = 1_000_000
"""Above so many variants nobody wants to know how many exactly."""

_SIGN = re.compile(r"(\\[{},]|[{},])")
_NEVER_CLOSED = "A `{` has no `}` after it. Close it, or write `\\{` for a brace that is part of the words."
_NEVER_OPENED = "A `}` has no `{` before it. Remove it, or write `\\}` for a brace that is part of the words."


def has_alternatives(text: str) -> bool:
    """Whether the text stands for several. Raises PromptError when a brace has no counterpart."""
    return "{" in _parts(text)


def count_variants(text: str) -> int:
    """How many texts this one stands for, at most `COUNTED` + 1; nothing is written out. Raises PromptError."""
    # For each group that is open: variants of the alternatives that have ended, and of the one being read.
    ended, running = [0], [1]
    for part in _parts(text):
        match part:
            case "{":
                ended.append(0)
                running.append(1)
            case "," if len(running) > 1:
                ended[-1] += running[-1]
                running[-1] = 1
            case "}":
                variants = ended.pop() + running.pop()
                running[-1] = min(running[-1] * variants, COUNTED + 1)
            case _:
                pass
    return running[0]


def variants_of(text: str) -> list[str]:
    """Every text that this one stands for, the first group changing slowest. Raises PromptError.

    Ask `count_variants` first: they multiply.
    """
    ended: list[list[str]] = [[]]
    running = [[""]]
    for part in _parts(text):
        match part:
            case "{":
                ended.append([])
                running.append([""])
            case "," if len(running) > 1:
                ended[-1] += _trimmed(running[-1])
                running[-1] = [""]
            case "}":
                variants = ended.pop() + _trimmed(running.pop())
                running[-1] = [before + variant for before in running[-1] for variant in variants]
            case _:
                literal = "," if part == "\\," and len(running) > 1 else part
                running[-1] = [before + literal for before in running[-1]]
    return running[0]


def _trimmed(alternatives: list[str]) -> list[str]:
    return [alternative.strip() for alternative in alternatives]


def _parts(text: str) -> list[str]:
    """The text cut at its braces, commas and escaped signs."""
    parts = [part for part in _SIGN.split(text) if part]
    depth = 0
    for part in parts:
        depth += (part == "{") - (part == "}")
        if depth < 0:
            raise PromptError(_NEVER_OPENED)
    if depth:
        raise PromptError(_NEVER_CLOSED)
    return parts
