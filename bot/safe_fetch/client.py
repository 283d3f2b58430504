"""Downloads of pictures from addresses that members typed, without access to private machines."""

from collections.abc import Collection
from contextlib import AsyncExitStack
from typing import Self

import aiohttp
from aiohttp.abc import AbstractResolver
from yarl import URL

from bot import http_download
from bot.http_download import DownloadError, download
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

_SECONDS = 10.0
_PICTURE_TYPES = ("image/", "application/octet-stream", "binary/octet-stream")
_USUAL_PORTS = frozenset({80, 443})
_FIRST_FREE_PORT = 1024
_HEADERS = {"Accept": "image/*", "User-Agent": "imaginepro-discord-bot (fetches pictures that members name)"}


class PublicFetch:
    """Downloads pictures from public addresses; a context manager that holds the connections.

    Addresses below one of the `trusted` ones (scheme, host, port and start of the path) may be private.
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
        # No DNS answer and no connection is reused: a name may mean another machine the next time.
        guarded = aiohttp.TCPConnector(resolver=resolver, use_dns_cache=False, force_close=True)
        self._public_session = await self._resources.enter_async_context(_session(guarded))
        self._trusted_session = await self._resources.enter_async_context(_session(aiohttp.TCPConnector()))
        self._resources.push_async_callback(resolver.close)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._resources.aclose()

    async def fetch(self, address: str, *, max_bytes: int) -> bytes:
        """The bytes at `address`, `max_bytes` at most. Raises `FetchError` with the sentence for the member.

        The server calls them a picture; the caller has to find out whether they are one.
        """
        try:
            found = await download(
                address,
                session_for=self._session_for,
                check=_check,
                headers=_HEADERS,
                max_bytes=max_bytes,
                seconds=self._seconds,
            )
        except DownloadError as error:
            raise _error_for(error, max_bytes) from None
        return found.data

    def _session_for(self, url: URL) -> aiohttp.ClientSession:
        if any(_is_below(url, each) for each in self._trusted):
            return self._trusted_session
        if url.scheme not in {"http", "https"} or not url.host or url.user or url.password:
            raise NotPublic
        port = url.port or 0
        if port not in _USUAL_PORTS and port < _FIRST_FREE_PORT:
            raise NotPublic
        check_literal(url, self._is_public)
        return self._public_session


def _is_below(url: URL, prefix: URL) -> bool:
    if not url.absolute or url.user is not None or url.origin() != prefix.origin():
        return False
    # A server may also read encoded dots and backslashes as steps upwards.
    steps = url.path.replace("\\", "/").split("/")
    return ".." not in steps and url.path.startswith(prefix.path)


def _session(connector: aiohttp.TCPConnector) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar(), trust_env=False)


def _check(response: aiohttp.ClientResponse) -> None:
    if response.status >= 500 or response.status == 429:
        raise Unreachable
    if response.status != 200:
        raise NotFound
    if not response.content_type.startswith(_PICTURE_TYPES):
        raise NotAnImage


def _error_for(error: DownloadError, max_bytes: int) -> FetchError:
    match error:
        case http_download.InvalidAddress():
            return NotPublic()
        case http_download.TimedOut():
            return TooSlow()
        case http_download.TooLarge():
            most = f"{max_bytes // 1024**2} MB"
            return TooBig(f"The picture at this address has more than {most}, which is the most. Use a smaller copy.")
        case http_download.TooManyRedirects():
            return RedirectLoop()
        case _:
            return Unreachable()
