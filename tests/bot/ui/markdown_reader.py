"""A small parser of Discord's markdown, independent of the code under test."""

import re
from dataclasses import dataclass

# Constructs with an effect, unless a backslash precedes them.
_ACTIVE = re.compile(
    r"""
      \*[^*] | \*\*          # emphasis, bold
    | _[^_]  | __            # emphasis, underline
    | ~~ | \|\| | `          # struck, spoiler, code
    | <(?:@[!&]?\d+|\#\d+|/[^>]*:\d+|a?:\w+:\d+|t:-?\d+(?::\w)?|id:\w+|https?://[^>]*|[\w.+-]+@[^>]+)>
    | \[[^\]]*\]\(           # masked link
    | [a-zA-Z][a-zA-Z\d+.-]*://\S
    | :[\w~+-]+:             # emoji code
    """,
    re.VERBOSE,
)
_ACTIVE_AT_START = re.compile(r"\#{1,3}[ ]|-\#[ ]|[-*+][ ]|>[ ]|>>>|\d+[.)][ ]")
# Discord's servers find mentions in the raw text and ignore backslashes.
_MENTION = re.compile(r"@everyone|@here|<@[!&]?\d+>")


@dataclass(frozen=True, slots=True)
class Reading:
    """The visible characters of a text, and its constructs with an effect."""

    shown: str
    active: tuple[str, ...]


def read(text: str) -> Reading:
    """Parse the text as Discord does."""
    shown: list[str] = []
    active = [found[0] for found in _MENTION.finditer(text)]
    position = 0
    while position < len(text):
        if re.match(r"\\[^0-9A-Za-z\s]", text[position:]):
            shown.append(text[position + 1])
            position += 2
            continue
        found = _ACTIVE.match(text, position) or (position == 0 and _ACTIVE_AT_START.match(text))
        if found:
            active.append(found[0])
        shown.append(text[position])
        position += 1
    return Reading("".join(shown), tuple(active))
