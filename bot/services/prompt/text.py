"""Clean text: one line, no hidden characters, the letters that the member sees."""

import re
import unicodedata

from bot.errors import UserError

_QUOTED = 60


class PromptError(UserError):
    """The prompt can't be sent; the text says what to type instead. Nothing has been paid."""


def quoted(text: str) -> str:
    """The member's text for use in a sentence: shortened, and as inline code, so that it has no effect as markdown."""
    plain = clean_text(text).replace("`", "'")
    return f"`{plain[: _QUOTED - 1]}…`" if len(plain) > _QUOTED else f"`{plain or ' '}`"


_ZERO_WIDTH_NON_JOINER = "\u200c"
_JOINERS = {_ZERO_WIDTH_NON_JOINER, "\u200d"}
_SPACES = {"Cc", "Zl", "Zp", "Zs"}
_HIDDEN = {"Cf", "Cs"}
# Invisible, though Unicode does not class them as spaces or format characters: fillers, joiners, blanks.
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u3164\uffa0\u2800")
# The regional flags (England, Scotland, Wales) are a black flag followed by invisible letters.
_REGIONAL_FLAG = re.compile("(\U0001f3f4[\U000e0030-\U000e007a]{3,6}\U000e007f)")


def clean_text(text: str) -> str:
    """The text in one line and in NFC, without control, zero-width and direction-changing characters.

    Joiners are kept inside an emoji sequence and between letters of scripts that need them.
    """
    normal = unicodedata.normalize("NFC", text)
    parts = _REGIONAL_FLAG.split(normal)
    cleaned = "".join(part if i % 2 else _without_hidden(part) for i, part in enumerate(parts))
    return unicodedata.normalize("NFC", " ".join(cleaned.split()))


def has_words(text: str) -> bool:
    """Whether the text has a visible character: a letter, digit, punctuation mark or symbol."""
    return any(unicodedata.category(char)[0] in "LNPS" for char in text)


def _without_hidden(text: str) -> str:
    kept: list[str] = []
    base = ""
    for position, char in enumerate(text):
        category = unicodedata.category(char)
        if char in _JOINERS:
            if _joins(char, base, text[position + 1 : position + 2]):
                kept.append(char)
        elif category in _SPACES or char in _BLANK:
            kept.append(" ")
            base = ""
        elif category not in _HIDDEN and not _is_noncharacter(char):
            kept.append(char)
            base = base if category.startswith("M") else char
    return "".join(kept)


def _joins(joiner: str, before: str, after: str) -> bool:
    if not before or not after:
        return False
    if unicodedata.category(before) == unicodedata.category(after) == "Lo":
        return True
    pictures = _is_pictograph(before) and unicodedata.category(after) in {"So", "Sm"}
    return pictures and joiner != _ZERO_WIDTH_NON_JOINER


def _is_pictograph(char: str) -> bool:
    return unicodedata.category(char) == "So" or "\U0001f3fb" <= char <= "\U0001f3ff"


def _is_noncharacter(char: str) -> bool:
    return ord(char) & 0xFFFE == 0xFFFE or 0xFDD0 <= ord(char) <= 0xFDEF
