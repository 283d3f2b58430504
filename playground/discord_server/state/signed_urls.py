"""Addresses of files, which Discord signs and which work for a day only."""

import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping

from playground.discord_server.base.clock import Clock

DAY = 24 * 3600
HOUR = 3600
# An address in a field of a document that Discord fills in, never one in a text that a user wrote.
FIELD = re.compile(rb'("(?:url|proxy_url|icon_url)":")(http://[^"?]+/attachments/[^"?]+)\?ex=[^"]*"')


class UrlSigner:
    """Signs the addresses of one server's files, and checks signatures."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._key = secrets.token_bytes(32)

    def signed(self, address: str) -> str:
        """The address as it works for about a day; within an hour it is always the same."""
        issued = int(self._clock.now()) // HOUR * HOUR
        expires, issue = f"{issued + DAY:x}", f"{issued:x}"
        return f"{address}?ex={expires}&is={issue}&hm={self._mark(path_of(address), expires, issue)}&"

    def holds(self, path: str, query: Mapping[str, str]) -> bool:
        """Whether a request's address was signed here, and less than a day ago."""
        expires, issue = query.get("ex", ""), query.get("is", "")
        if not hmac.compare_digest(query.get("hm", "").encode(), self._mark(path, expires, issue).encode()):
            return False
        return int(expires, 16) > self._clock.now()

    def fresh(self, document: bytes) -> bytes:
        """The JSON document with new signatures, which are valid for nearly a day."""
        return FIELD.sub(self._renewed, document) if b"/attachments/" in document else document

    def _renewed(self, found: re.Match[bytes]) -> bytes:
        return found[1] + self.signed(found[2].decode()).encode() + b'"'

    def _mark(self, path: str, expires: str, issue: str) -> str:
        return hmac.new(self._key, f"{path} {expires} {issue}".encode(), hashlib.sha256).hexdigest()


def unsigned(address: str) -> str:
    """The address without its signature; it identifies the file and never changes."""
    return address.partition("?")[0]


def path_of(address: str) -> str:
    """What comes behind `/attachments/`."""
    return unsigned(address).partition("/attachments/")[2]
