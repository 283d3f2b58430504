"""Text for Discord: escaped, shortened between whole characters, and numbers as people write them."""

import math
import re
from datetime import datetime
from functools import lru_cache

import regex

from bot.services.prompt.text import clean_text, has_words

ELLIPSIS = "…"
MAX_ALT_TEXT = 1024
_MAX_NAME = 80
"""Characters of an escaped display name."""

# Discord shows any character after a backslash as it stands. Only markup is escaped.
_ALWAYS = re.compile(r"[\\*_~|`<\[\]]")
_SHORTCODE = re.compile(r":(?=[\w~+-]+:)")
_LINK = re.compile(r":(?=//)")
_LINE_START = re.compile(r"^(?:(?P<sign>[#>+-])|(?P<number>\d+)(?=[.)]))")
# A backslash does not stop Discord's servers from reading a mention, an invisible character after the @ does.
_MENTION = re.compile(r"@(?=everyone|here|[!&]?\d)", re.IGNORECASE)
# A grapheme with the backslash before it. A few letters (Prepend) form one grapheme with what follows, also with a
# backslash, which must not lose the character it escapes.
_GRAPHEME = regex.compile(r"\\?\X(?:(?<=\p{Grapheme_Cluster_Break=Prepend}\\)\X)*")
_RIGHT_TO_LEFT = regex.compile(r"[\p{Bidi_Class=R}\p{Bidi_Class=AL}]")
_CACHED = 1024
"""Texts that are cached: each edit of a reply shows the same prompt again, and looks at every character of it."""


@lru_cache(maxsize=_CACHED)
def escape(text: str) -> str:
    """The text in one line, shown by Discord letter for letter: no markdown, mention, link or emoji code."""
    line = _ALWAYS.sub(r"\\\g<0>", clean_text(text))
    line = _LINK.sub(r"\:", line)
    line = _SHORTCODE.sub(r"\:", line)
    line = _MENTION.sub("@\u200b", line)
    return _LINE_START.sub(lambda found: found["number"] + "\\" if found["number"] else "\\" + found[0], line)


def shorten(text: str, limit: int) -> str:
    """The text in at most `limit` characters, cut between graphemes and marked with an ellipsis.

    An escaped character, an emoji with its parts and a letter with its accents are kept whole or left out.
    """
    if len(text) <= limit:
        return text
    kept, size = [], 0
    for grapheme in _GRAPHEME.finditer(text):
        size += len(grapheme[0])
        if size > limit - len(ELLIPSIS):
            break
        kept.append(grapheme[0])
    return ("".join(kept).rstrip() + ELLIPSIS)[: max(limit, 0)]


@lru_cache(maxsize=_CACHED)
def alt_text(prompt: str, what: str = "Picture") -> str:
    """A description of what was made from this prompt, for people who can't see it: at most 1024 characters."""
    plain = clean_text(prompt)
    return shorten(f"{what} made from the prompt: {plain}" if plain else what, MAX_ALT_TEXT)


def asked_by(user_id: int, user_name: str) -> str:
    """The member who asked: their display name in words, then their mention.

    A mention alone shows as a number to readers whose app has not loaded that member yet. A name without a visible
    character is left out.
    """
    mention = f"<@{user_id}>"
    name = shorten(escape(user_name), _MAX_NAME)
    if not has_words(name):
        return mention
    return f"{_isolated(name) if _RIGHT_TO_LEFT.search(name) else name} {mention}"


def _isolated(text: str) -> str:
    """The text between marks that keep its direction from changing the order of what follows it in the line."""
    return f"\u2068{text}\u2069"


def progress_bar(percent: float, width: int = 12) -> str:
    """A bar of `width` characters, filled for `percent` of a hundred; full only at 100."""
    filled = int(min(max(percent, 0), 100) * width / 100)
    return "▰" * filled + "▱" * (width - filled)


def price(credits: int | None) -> str:  # noqa: A002  # the API's own word
    """What something costs in credits; None stands for a price that is not published."""
    if credits is None:
        return "may cost credits"
    return "1 credit" if credits == 1 else f"{credits} credits"


def duration(seconds: float) -> str:
    """A span of time as people say it: 48 s, 2 min 5 s, 1 h 3 min."""
    whole = max(int(seconds), 0)
    minutes, rest = divmod(whole, 60)
    if not minutes:
        return f"{rest} s"
    hours, minutes_left = divmod(minutes, 60)
    larger, smaller = (f"{hours} h", f"{minutes_left} min") if hours else (f"{minutes} min", f"{rest} s")
    return larger if smaller.startswith("0 ") else f"{larger} {smaller}"


def about(seconds: float) -> str:
    """An estimated span of time, so coarse that it seldom changes: about 40 s, about 2 min, about 3 h."""
    if seconds <= 50:
        return f"about {max(math.ceil(seconds / 10), 1) * 10} s"
    minutes = max(round(seconds / 60), 1)
    if minutes > 10:
        minutes = round(minutes / 5) * 5
    return f"about {minutes} min" if minutes < 60 else f"about {max(round(seconds / 3600), 1)} h"


def age(then: datetime, now: datetime) -> str:
    """How long ago something was, where Discord can't render a timestamp: just now, 5 min ago, 3 h ago, 12 d ago."""
    minutes = int((now - then).total_seconds()) // 60
    if minutes < 1:
        return "just now"
    if minutes < 60:
        return f"{minutes} min ago"
    hours = minutes // 60
    return f"{hours} h ago" if hours < 48 else f"{hours // 24} d ago"
