"""Downloads of pictures from addresses that members typed, without access to private machines."""

from collections.abc import Awaitable, Callable, Collection
from contextlib import AsyncExitStack
from typing import Self

import aiohttp
from aiohttp.abc import AbstractResolver
from yarl import URL

from bot import http_download
from bot.http_download import DownloadError, ProxyFor, download, no_proxy
from bot.http_session import connector
from bot.per_member import PerMember
from bot.safe_fetch.errors import (
    FetchError,
    NotAnImage,
    NotFound,
    NotPublic,
    RedirectLoop,
    TooBig,
    TooManyAtOnce,
    TooSlow,
    Unreachable,
)
from bot.safe_fetch.lookups import Lookups, MemberResolver, name_server_resolver
from bot.safe_fetch.public_addresses import IsPublic, PublicResolver, check_url, is_public
from bot.safe_fetch.sessions import guarded_connector, plain_session

PER_MEMBER = 10
"""Downloads that a member may have at the same time: those of two commands with five images each."""

_SECONDS = 10.0
_PICTURE_TYPES = ("image/", "application/octet-stream", "binary/octet-stream")
_DISCORD_HOSTS = frozenset({"cdn.discordapp.com", "media.discordapp.net"})
_HEADERS = {"Accept": "image/*", "User-Agent": "imaginepro-discord-bot (fetches pictures that members name)"}


IsResult = Callable[[str], Awaitable[bool]]
"""Whether a URL is that of an image which the API made."""


class PublicFetch:
    """Downloads pictures from public addresses; a context manager that holds the connections.

    Addresses below one of the `trusted` ones (scheme, host, port and start of the path) may be private. So may those at
    `api_url` for which `is_result` is true; every other path there is only what a member typed. `proxy_for` applies to
    these and to Discord's files. All other hosts are reached directly: behind a proxy it would not be known which
    address a name leads to. `per_member` is how many downloads a member may have at the same time. `is_public` and
    `resolver` say what counts as public and how names are looked up.
    """

    def __init__(
        self,
        *,
        trusted: Collection[str] = (),
        api_url: str | None = None,
        is_result: IsResult | None = None,
        proxy_for: ProxyFor = no_proxy,
        per_member: int = PER_MEMBER,
        seconds: float = _SECONDS,
        is_public: IsPublic = is_public,
        resolver: AbstractResolver | None = None,
    ) -> None:
        self._trusted = tuple(URL(each) for each in trusted)
        self._api_url = URL(api_url) if api_url is not None else None
        self._is_result = is_result
        self._proxy_for = proxy_for
        self._members = PerMember(per_member, TooManyAtOnce)
        self._per_member = per_member
        self._seconds = seconds
        self._is_public = is_public
        self._resolver = resolver
        self._resources = AsyncExitStack()

    async def __aenter__(self) -> Self:
        self._lookups = Lookups(self._resolver or name_server_resolver(), per_member=self._per_member)
        self._resources.push_async_callback(self._lookups.close)
        self._trusted_session = await self._resources.enter_async_context(plain_session(connector()))
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._resources.aclose()

    async def fetch(self, address: str, *, member: int, max_bytes: int) -> bytes:
        """The bytes at `address`, `max_bytes` at most. Raises `FetchError` with the sentence for the member.

        The server calls them a picture; the caller has to find out whether they are one. `member` is who typed the
        address.
        """
        with self._members.taken(member):
            result = await self._result(address)
            resolver = PublicResolver(MemberResolver(self._lookups, member), self._is_public)
            async with plain_session(guarded_connector(resolver)) as session:
                try:
                    found = await download(
                        address,
                        session_for=lambda url: self._session_for(url, session, result),
                        check=_check,
                        headers=_HEADERS,
                        max_bytes=max_bytes,
                        seconds=self._seconds,
                        proxy_for=lambda url: self._proxy_for(url) if self._is_trusted(url, result) else None,
                    )
                except DownloadError as error:
                    raise _error_for(error, max_bytes) from None
        return found.data

    async def _result(self, address: str) -> URL | None:
        """The address, if it is at the API and that of an image which the API made."""
        if self._api_url is None or self._is_result is None:
            return None
        try:
            url = URL(address)
        except ValueError:
            return None
        if not _is_below(url, self._api_url.origin()) or not await self._is_result(address):
            return None
        return url

    def _is_trusted(self, url: URL, result: URL | None) -> bool:
        if url == result or any(_is_below(url, each) for each in self._trusted):
            return True
        is_discord = url.scheme == "https" and url.host in _DISCORD_HOSTS and url.port == 443 and url.user is None
        return is_discord and self._proxy_for(url) is not None

    def _session_for(self, url: URL, guarded: aiohttp.ClientSession, result: URL | None) -> aiohttp.ClientSession:
        if self._is_trusted(url, result):
            return self._trusted_session
        if url.scheme not in {"http", "https"}:
            raise NotPublic
        check_url(url, self._is_public)
        return guarded


def _is_below(url: URL, prefix: URL) -> bool:
    if not url.absolute or url.user is not None or url.origin() != prefix.origin():
        return False
    # A server may also read encoded dots and backslashes as steps upwards.
    steps = url.path.replace("\\", "/").split("/")
    return ".." not in steps and url.path.startswith(prefix.path)


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
