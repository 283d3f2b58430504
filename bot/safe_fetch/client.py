"""Fetching a picture without being sent where strangers have no business."""

import asyncio
import logging
from collections.abc import Collection, Generator
from contextlib import AsyncExitStack, contextmanager
from typing import Self

import aiohttp
from aiohttp.abc import AbstractResolver
from yarl import URL

from bot.safe_fetch.errors import (
    FetchError,
    NotAnImage,
    NotFound,
    NotPublic,
    RedirectLoop,
    TooBig,
    TooSlow,
    Unreachable,
)
from bot.safe_fetch.public_addresses import IsPublic, PublicResolver, check_literal, is_public

log = logging.getLogger(__name__)

MAX_REDIRECTS = 5
_SECONDS = 10.0
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PICTURE_TYPES = ("image/", "application/octet-stream", "binary/octet-stream")
_USUAL_PORTS = frozenset({80, 443})
_FIRST_FREE_PORT = 1024
_HEADERS = {
    "Accept": "image/*",
    # A compressed answer could be small on the wire and huge in memory.
    "Accept-Encoding": "identity",
    "User-Agent": "imaginepro-discord-bot (fetches pictures that members name)",
}


class PublicFetch:
    """Fetches pictures from public addresses; a context manager that holds the connections.

    Addresses below one of the `trusted` ones (scheme, host, port and beginning of the path) may be anywhere.
    `is_public` and `resolver` say what counts as public and how names are looked up.
    """

    def __init__(
        self,
        *,
        trusted: Collection[str] = (),
        seconds: float = _SECONDS,
        is_public: IsPublic = is_public,
        resolver: AbstractResolver | None = None,
    ) -> None:
        self._trusted = tuple(URL(each) for each in trusted)
        self._seconds = seconds
        self._is_public = is_public
        self._resolver = resolver
        self._resources = AsyncExitStack()

    async def __aenter__(self) -> Self:
        resolver = PublicResolver(self._resolver or aiohttp.ThreadedResolver(), self._is_public)
        # Nothing is kept of strangers: neither what their names meant the last time nor connections to them.
        guarded = aiohttp.TCPConnector(resolver=resolver, use_dns_cache=False, force_close=True)
        self._web = await self._resources.enter_async_context(_session(guarded))
        self._home = await self._resources.enter_async_context(_session(aiohttp.TCPConnector()))
        self._resources.push_async_callback(resolver.close)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._resources.aclose()

    async def fetch(self, address: str, *, max_bytes: int) -> bytes:
        """What is served at `address`, `max_bytes` at most. Raises FetchError with the sentence for the member.

        The server calls it a picture; whether it is one is for the caller to find out.
        """
        with _network_errors():
            async with asyncio.timeout(self._seconds):
                target = URL(address)
                for _ in range(MAX_REDIRECTS + 1):
                    found = await self._step(target, max_bytes)
                    if isinstance(found, bytes):
                        return found
                    target = found
        raise RedirectLoop

    async def _step(self, target: URL, max_bytes: int) -> bytes | URL:
        """The picture, or where the server sends us instead: every address is checked before it is asked."""
        async with self._session_for(target).get(target, headers=_HEADERS, allow_redirects=False) as response:
            if response.status in _REDIRECTS:
                return target.join(URL(response.headers.get("Location", "")))
            if response.status >= 500 or response.status == 429:
                raise Unreachable
            if response.status != 200:
                raise NotFound
            if not response.content_type.startswith(_PICTURE_TYPES):
                raise NotAnImage
            return await _read(response, max_bytes)

    def _session_for(self, target: URL) -> aiohttp.ClientSession:
        if any(_is_below(target, each) for each in self._trusted):
            return self._home
        if target.scheme not in {"http", "https"} or not target.host or target.user or target.password:
            raise NotPublic
        port = target.port or 0
        if port not in _USUAL_PORTS and port < _FIRST_FREE_PORT:
            raise NotPublic
        check_literal(target, self._is_public)
        return self._web


def _is_below(target: URL, place: URL) -> bool:
    if not target.absolute or target.user is not None or target.origin() != place.origin():
        return False
    # Dots that were written in another way may still be read as steps upwards.
    steps = target.path.replace("\\", "/").split("/")
    return ".." not in steps and target.path.startswith(place.path)


def _session(connector: aiohttp.TCPConnector) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(total=None),
        auto_decompress=False,
        trust_env=False,
    )


@contextmanager
def _network_errors() -> Generator[None]:
    try:
        yield
    except FetchError:
        raise
    except TimeoutError:
        raise TooSlow from None
    except (aiohttp.InvalidURL, ValueError):
        raise NotPublic from None
    except (aiohttp.ClientError, OSError) as error:
        # Only its kind: the message of such an error repeats the address, and what was received.
        log.debug("a picture could not be fetched: %s", type(error).__name__)
        raise Unreachable from None


async def _read(response: aiohttp.ClientResponse, max_bytes: int) -> bytes:
    if (response.content_length or 0) > max_bytes:
        raise _too_big(max_bytes)
    try:
        await response.content.readexactly(max_bytes + 1)
    except asyncio.IncompleteReadError as whole:
        return whole.partial
    raise _too_big(max_bytes)


def _too_big(max_bytes: int) -> TooBig:
    return TooBig(
        f"The picture at this address has more than {max_bytes // 1024**2} MB, which is the most. Use a smaller copy."
    )
