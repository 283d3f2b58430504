"""Sessions for requests to hosts that must be public."""

from contextlib import AsyncExitStack
from typing import Self

import aiohttp
from aiohttp.abc import AbstractResolver
from yarl import URL

from bot.safe_fetch.errors import NotPublic
from bot.safe_fetch.lookups import name_server_resolver
from bot.safe_fetch.public_addresses import IsPublic, PublicResolver, check_url, is_public


def guarded_connector(resolver: AbstractResolver) -> aiohttp.TCPConnector:
    """A connector that uses neither a DNS answer nor a connection twice: a name may mean another machine by then."""
    return aiohttp.TCPConnector(resolver=resolver, use_dns_cache=False, force_close=True)


def plain_session(connector: aiohttp.TCPConnector) -> aiohttp.ClientSession:
    """A session that keeps no cookies and takes no proxy from the environment."""
    return aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar(), trust_env=False)


class PublicSessions:
    """Connections to public https hosts, always direct ones; a context manager that holds them.

    For URLs that no member has typed, such as those of results, so without limits for each member. `is_public` and
    `resolver` say what counts as public and how names are looked up.
    """

    def __init__(self, *, is_public: IsPublic = is_public, resolver: AbstractResolver | None = None) -> None:
        self._is_public = is_public
        self._resolver = resolver
        self._resources = AsyncExitStack()

    async def __aenter__(self) -> Self:
        resolver = PublicResolver(self._resolver or name_server_resolver(), self._is_public)
        self._resources.push_async_callback(resolver.close)
        self._session = await self._resources.enter_async_context(plain_session(guarded_connector(resolver)))
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._resources.aclose()

    def session_for(self, url: URL) -> aiohttp.ClientSession:
        """The session for this URL. Raises `NotPublic`, itself or in the middle of the request."""
        if url.scheme != "https":
            raise NotPublic
        check_url(url, self._is_public)
        return self._session
