"""Removes secrets from texts, in every spelling in which a log line or an answer may hold them."""

import re
from collections.abc import Iterable

MIN_SECRET = 6
"""Characters. Anything shorter also occurs in ordinary words, and is only removed where a credential stands."""

HIDDEN = "[hidden]"

PASSWORD_PARAMETERS = ("password", "sslpassword")
"""Parameters in the query of a database's URL that hold passwords, as libpq names them."""

_SHORT_ESCAPES = {"\b": "b", "\f": "f", "\n": "n", "\r": "r", "\t": "t"}
_HTML_NAMES = {"&": "amp", "<": "lt", ">": "gt", '"': "quot", "'": "apos"}
# A text that was escaped several times has several backslashes. The limit keeps the search linear.
_BACKSLASHES = r"\\{1,8}"


class Redactor:
    """Replaces secrets in texts by `replacement`.

    A secret is found as it stands, with the escapes of JSON, `repr` and HTML, and percent-encoded, also where several
    of these were applied one after the other.
    """

    def __init__(self, secrets: Iterable[str], replacement: str = HIDDEN) -> None:
        # The longest first: it may contain another one.
        patterns = [_pattern(secret) for secret in sorted(set(filter(None, secrets)), key=len, reverse=True)]
        self._pattern = re.compile("|".join(patterns)) if patterns else None
        self._replacement = replacement

    def __call__(self, text: str) -> str:
        """The text without the secrets."""
        return text if self._pattern is None else self._pattern.sub(lambda _: self._replacement, text)

    def finds_any(self, text: str) -> bool:
        """Whether the text holds one of the secrets."""
        return self._pattern is not None and self._pattern.search(text) is not None


def _pattern(secret: str) -> str:
    spelled = "".join(map(_spellings, secret))
    if len(secret) >= MIN_SECRET:
        return spelled
    return rf"(?<=:){spelled}(?=@)|(?i:(?<=password=)){spelled}(?![^\s&'\"])"


def _spellings(character: str) -> str:
    """A pattern for all spellings of one character; letters and digits of ASCII have only one."""
    if character.isascii() and character.isalnum():
        return character
    code = f"{ord(character):x}"
    percent = "".join(f"%(?:25)*{byte:02x}" for byte in character.encode("utf-8", "surrogatepass"))
    found = [
        _BACKSLASHES if character == "\\" else rf"\\{{0,8}}{re.escape(character)}",
        f"(?i:{percent})",
        f"{_BACKSLASHES}(?i:u{_utf16(character)}|x0*{code}|u0*{code})",
        f"(?i:&#0*{ord(character)};|&#x0*{code};)",
    ]
    if character == " ":
        found.append(r"\+")
    if character in _SHORT_ESCAPES:
        found.append(f"{_BACKSLASHES}{_SHORT_ESCAPES[character]}")
    if character in _HTML_NAMES:
        found.append(f"&{_HTML_NAMES[character]};")
    return f"(?:{'|'.join(found)})"


def _utf16(character: str) -> str:
    """The code units of a character in JSON's notation, after the first `\\u`."""
    raw = character.encode("utf-16-be", "surrogatepass").hex()
    return rf"{_BACKSLASHES}u".join(raw[start : start + 4] for start in range(0, len(raw), 4))
