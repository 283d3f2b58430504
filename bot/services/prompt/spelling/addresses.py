"""Finds the URLs in typed text, without the punctuation around them.

linkify-it-py, the link finder of markdown-it, knows where a URL ends in ASCII text. It reads on through East Asian
punctuation and from one URL into the next, and keeps what a prompt means otherwise: those ends are found first.
"""

import re
import unicodedata
from collections.abc import Sequence
from itertools import takewhile
from typing import Protocol

from linkify_it import LinkifyIt  # pyright: ignore[reportMissingTypeStubs]

from bot.services.prompt.spelling.signs import (
    CLOSING,
    COLONS,
    COMMAS,
    DASHES,
    LONG_DASHES,
    LOOSE_DASHES,
    OPENING,
    STOPS,
    ascii_form,
)
from bot.services.prompt.text import PromptError, quoted

_SLASHES = "[/\uff0f]{2}"
_START = re.compile(rf"https?[{COLONS}]{_SLASHES}", re.IGNORECASE)
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")
_OUTSIDE_URL = re.compile(r"[\s<>{}\"'|\\^`]")
_FILE = r"\.(?:png|jpe?g|webp|gif|bmp|tiff?|avif|heic)"
_IMAGE = re.compile(_FILE, re.IGNORECASE)
_GLUED_TEXT = re.compile(rf"{_FILE}(?=[^\x00-\x7f]|--)", re.IGNORECASE)
_GLUED_WORD = re.compile(rf"[^?#]*?{_FILE}(?=[,;](?!\w+=)\S)", re.IGNORECASE)
_UNDERLINED = re.compile(rf"({_FILE})_+$", re.IGNORECASE)
_WEIGHT = re.compile(rf"(?:[{COLONS}]{{2}}|\u2237)[{DASHES}]?[\d.]*")
_INSIDE_URL = frozenset("/=?&#:%")
"""A URL behind one of these belongs to the URL that it stands in, as with proxies and archives."""

_LINK = re.compile(
    rf"!?\[([^\[\]]*)\]\(\s*<?(https?[{COLONS}]{_SLASHES}(?:[^\s<>()]|\([^\s<>()]*\))+)>?(?:\s+\"[^\"]*\")?\s*\)",
    re.IGNORECASE,
)
_BEFORE = OPENING + "*_~|"
_BEHIND = CLOSING + STOPS + COMMAS + COLONS + "*_~|"
# A label of a host has at most 63 characters. Without that limit a long run of dashes takes quadratic time.
_ALMOST = re.compile(
    rf"(?<![\w.])(?!https?[{COLONS}]{_SLASHES})(?:[a-z\uff41-\uff5a][a-z0-9\uff41-\uff5a+.-]{{1,11}}\[?[{COLONS}]\]?(?:{_SLASHES}|\\\\)\S*"
    rf"|https?(?:\s?[{COLONS}]\s?/|//)\s?\S+"
    rf"|(?:[a-z0-9-]{{1,63}}\.)+[a-z]{{2,}}(?:[{COLONS}]\d+)?/\S*{_FILE}(?!\w)\S*)",
    re.IGNORECASE,
)
_ANY_SCHEME = re.compile(rf"(?:[a-z0-9+.-]+\s?\[?[{COLONS}]\]?\s?[/\\\uff0f]+|https?//)\s?", re.IGNORECASE)
_FILE_NAME = re.compile(rf"\S*{_FILE}(?:\?\S*)?", re.IGNORECASE)


class _Link(Protocol):
    raw: str


class _LinkFinder(Protocol):
    """The part of linkify-it-py that is used; the library has no types."""

    def match_at_start(self, text: str) -> _Link | None:
        """The URL with which the text begins."""
        ...


_linkify: _LinkFinder = LinkifyIt()


def separated(text: str) -> list[str]:
    """The words and the URLs of clean text, each URL as a token of its own, beginning with `http://` or `https://`.

    Brackets, quotation marks, punctuation and markdown around a URL are removed. Raises PromptError where the end of a
    URL can't be known.
    """
    tokens = _tokens(text)
    for token in tokens:
        if is_address(token) and (match := _GLUED_WORD.match(token)):
            raise PromptError(
                f"In {quoted(token)} the URL and the next word stick together. "
                f"Put a space behind {quoted(match[0])}, or attach the picture instead."
            )
    return tokens


def is_address(token: str) -> bool:
    """Whether a token of `separated` is a URL."""
    return token.startswith(("http://", "https://"))


def refuse_almost_addresses(tokens: Sequence[str]) -> None:
    """Raise PromptError where words among `tokens` were meant as a URL, such as `hxxps://` or `h.com/a.png`."""
    words = " ".join("|" if is_address(token) else token for token in tokens)
    if match := _ALMOST.search(words):
        raise PromptError(
            f"{quoted(match[0])} is not a URL that can be used: one begins with `https://`. "
            f"If you mean {quoted(_meant(match[0]))}, put that at the very beginning; otherwise remove it."
        )
    for position, token in enumerate(tokens):
        if is_address(token) and not _IMAGE.search(token):
            _refuse_spaces(tokens[position : position + 4])


def _refuse_spaces(tokens: Sequence[str]) -> None:
    """Raise PromptError when the URL that comes first seems to end with a file name a few words later."""
    last = next((position for position, word in enumerate(tokens) if _FILE_NAME.fullmatch(word)), 0)
    if last:
        raise PromptError(
            f"{quoted(' '.join(tokens[: last + 1]))} looks like a URL with a space in it. "
            f"Write {quoted('%20'.join(tokens[: last + 1]))}, or attach the picture instead."
        )


def without_addresses(text: str) -> str:
    """Clean text with its URLs, and what looks like one, removed. Never raises."""
    words = " ".join(token for token in _tokens(text) if not is_address(token))
    while (shorter := _ALMOST.sub(" ", words)) != words:
        words = shorter
    return words


def _tokens(text: str) -> list[str]:
    text = _LINK.sub(_without_markdown, text)
    prose = [link.span() for link in _LINK.finditer(text)]
    tokens: list[str] = []
    position = 0
    for start in _START.finditer(text):
        if start.start() < position or any(first < start.start() < last for first, last in prose):
            continue
        address, end = _address_at(text, start)
        before = text[position : start.start()].rstrip(_BEFORE)
        if not (all(map(is_address, tokens)) and _is_punctuation(before)):
            tokens += before.split()
        tokens.append(address)
        position = end + sum(1 for _ in takewhile(_BEHIND.__contains__, text[end:]))
    return tokens + text[position:].split()


def _without_markdown(link: re.Match[str]) -> str:
    """The URL of a markdown link and its label as words, unless that only repeats the URL or names a file."""
    if _is_prose(link):
        glued = link.string[link.end() : link.end() + 1] in set(DASHES)
        return f"{link[0]} " if glued else link[0]
    label = link[1].strip()
    repeated = _START.match(label) or _FILE_NAME.fullmatch(label)
    return f" {link[2]} " if repeated else f" {link[2]} {label} "


def _is_prose(link: re.Match[str]) -> bool:
    """Whether a markdown link to a page stands among words, and belongs to them."""
    if not link[1].strip() or _IMAGE.search(link[2]) or set(link[1]) & set(DASHES + LOOSE_DASHES):
        return False
    before = link.string[: link.start()].split()
    return not all(_START.search(word) or _is_punctuation(word) for word in before)


def _address_at(text: str, start: re.Match[str]) -> tuple[str, int]:
    """The URL that begins here, and where it ends in the text."""
    scheme = ascii_form(start[0]).lower()
    rest = _OUTSIDE_URL.split(text[start.end() :], maxsplit=1)[0]
    body = _cut(rest)
    while (shorter := _trimmed(scheme, body)) != body:
        body = shorter
    end = start.end() + len(body)
    weight = _WEIGHT.match(text, end)
    if weight is None or body.endswith(":"):
        return scheme + body, end
    return f"{scheme}{body}{ascii_form(weight[0])}", weight.end()


def _cut(body: str) -> str:
    """The text behind the scheme up to the next URL."""
    for other in _START.finditer(body):
        if other.start() and body[other.start() - 1] not in _INSIDE_URL:
            return body[: other.start()]
    return body


def _trimmed(scheme: str, body: str) -> str:
    if glued := _GLUED_TEXT.search(body):
        body = body[: glued.end()]
    files = [match.end() for match in _IMAGE.finditer(body)]
    last_file = files[-1] if files else 0
    for foreign in _NOT_ASCII.finditer(body, last_file):
        # Paths may be written with letters of any language, and file names with their punctuation.
        if unicodedata.category(foreign[0])[0] in "PS":
            body = body[: foreign.start()]
            break
    body = _without_ends(body)
    link = _linkify.match_at_start(scheme + body)
    if link is not None:
        body = link.raw[len(scheme) :]
    return _without_ends(_UNDERLINED.sub(r"\1", body))


def _without_ends(body: str) -> str:
    """The text without punctuation and markdown at its end. Two colons are a weight and stay."""
    end = len(body)
    while end and (body[end - 1] in "*~.,;!?" or (body[end - 1] == ":" and body[end - 2 : end] != "::")):
        end -= 1
    return body[:end]


def _is_punctuation(text: str) -> bool:
    return all(char.isspace() or char in LONG_DASHES or unicodedata.category(char) in _SEPARATING for char in text)


_SEPARATING = frozenset({"Pc", "Pd", "Pe", "Pf", "Pi", "Po", "Ps", "Sm"})


def _meant(found: str) -> str:
    plain = ascii_form(found)
    scheme = _ANY_SCHEME.match(plain)
    return f"https://{plain[scheme.end() :] if scheme else plain}"
