"""The signs of Unicode that stand for ASCII ones in flags, values and lists."""

import re
import unicodedata

from bot.services.prompt.text import clean_text

HYPHENS = (
    "-\u058a\u05be\u1400\u1806\u2010\u2011\u2043\u207b\u208b\u02d7\u2e17\u2e1a\u2e5d\u30a0\ufe63\uff0d"
    "\U00010d6e\U00010ead"
)
"""Hyphens; one of them alone joins words."""

LONG_DASHES = "\u2012\u2013\u2014\u2015\u2212\u2e3a\u2e3b\u2e40\ufe31\ufe32\ufe58"
"""Dashes. Phones and word processors replace two hyphens with one of these."""

LOOSE_DASHES = "\u2053\u2796\u301c\u3030\u30fc\uff70"
"""Signs that are typed for dashes on some keyboards, but have another use in words: Japanese long vowels, emoji."""

DASHES = HYPHENS + LONG_DASHES
COLONS = ":\u02d0\u02f8\u0589\u05c3\u1365\u1366\u1804\u2236\ua6f4\ua789\ufe13\ufe55\uff1a"
COMMAS = (
    ",\u055d\u060c\u07f8\u1363\u1802\u1808\u2e32\u2e34\u2e41\u2e49\u2e4c\u3001\ua4fe\ua60d\ua6f5"
    "\ufe10\ufe11\ufe50\ufe51\uff0c\uff64\U0001144d\U0001145a\U00016e97"
)
# Some of these are cut from the ends of values; `<` and `>` are not quotation marks but are used alike.
OPENING = (
    "\"'`<([\u00ab\u2018\u201a\u201b\u201c\u201e\u201f\u2039\u3008\u300a\u300c\u300e\u3010\u301d\uff02\uff07\uff08"
)
CLOSING = "\"'`>)]\u00bb\u2019\u201d\u203a\u3009\u300b\u300d\u300f\u3011\u301e\u301f\uff02\uff07\uff09"
STOPS = ".!?;\u2026\u3002\uff01\uff0e\uff1b\uff1f\uff61"

MARKS = "\u0300-\u036f\u20d0-\u20f0\ufe00-\ufe0f\U000e0100-\U000e01ef"
"""Combining marks and variation selectors, for use in a character class; emoji keyboards put one behind a hyphen."""

_TO_ASCII = str.maketrans(
    {sign: ascii_sign for signs, ascii_sign in ((DASHES, "-"), (COLONS, ":"), (COMMAS, ",")) for sign in signs}
    | {"\u2237": "::", "\u066b": ".", "\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"'}
)
_AROUND_COLON = re.compile(r"(?<=[0-9]) ?: ?(?=[0-9])")
_WEIGHT = re.compile(
    rf"(?:(?<![{COLONS}])[{COLONS}]{{2}}(?![{COLONS}])|\u2237)(?:([{DASHES}]?)(?=[.\uff0e]?\d)([\d.\uff0e]+))?"
)
_COMMA = re.compile(rf"\s*[{COMMAS.replace(',', '')}]\s*")
_QUOTES = frozenset(
    ('""', "''", "\u201c\u201d", "\u201e\u201c", "\u201e\u201d", "\u2018\u2019", "\u00ab\u00bb", "\u300c\u300d")
)
"""Quotation marks that go around something: the opening and the closing one."""


def ascii_form(text: str) -> str:
    """The name or value of a flag with ASCII letters, digits, dashes, colons and commas. Not for words."""
    plain = unicodedata.normalize("NFKC", text.translate(_TO_ASCII)).translate(_TO_ASCII)
    return "".join(_ascii_digit(char) for char in re.sub(f"(?<=-)[{MARKS}]+", "", plain))


def bare_value(text: str) -> str:
    """The ASCII form of one value, without quotation marks and brackets around it and punctuation behind it."""
    return ascii_form(clean_text(text)).strip().lstrip(OPENING).rstrip(CLOSING + STOPS + ",")


def option_value(text: str) -> str:
    """The value of an option that was typed on its own, in its ASCII form: `16 : 9` is 16:9."""
    return _AROUND_COLON.sub(":", bare_value(text))


def with_plain_weights(words: str) -> str:
    """The words, with the weights of their parts in ASCII: `cat::2`. Everything else stays as it was typed."""
    return _WEIGHT.sub(lambda match: f"::{'-' if match[1] else ''}{ascii_form(match[2] or '')}", words)


def plain_list(words: str) -> str:
    """A list with ASCII commas, without quotation marks around all of it."""
    text = _COMMA.sub(", ", words).strip()
    while (inner := _without_quotes(text)) != text:
        text = inner
    return text


def _without_quotes(text: str) -> str:
    inner = text[1:-1]
    quoted = f"{text[:1]}{text[-1:]}" in _QUOTES and not {text[0], text[-1]} & set(inner)
    return inner.strip() if quoted else text


def _ascii_digit(char: str) -> str:
    return str(unicodedata.decimal(char, char))
