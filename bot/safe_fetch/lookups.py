"""Looks up the names that members typed, apart from all other lookups of the bot, and a limited number at a time."""

import asyncio
from functools import partial
from socket import AddressFamily

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from bot.per_member import PerMember
from bot.safe_fetch.errors import TooManyAtOnce, TooSlow

MAX_LOOKUPS = 64
"""Lookups at the same time, of all members."""

_SECONDS = 5.0
_QUERY_SECONDS = 2.0
_TRIES = 2
_NO_SEARCH = 1 << 5
"""ARES_FLAG_NOSEARCH of c-ares, which pycares gives no type."""


def name_server_resolver(nameservers: list[str] | None = None) -> AbstractResolver:
    """A resolver that asks the name servers of the system, or these, without any thread.

    The system's own function would wait in one of a few threads, in which all hosts of the bot are looked up: a dozen
    names on a dead name server would keep Discord and the API unreachable. Search domains are not used, since a public
    name is complete. An unanswered query ends by itself.
    """
    return aiohttp.AsyncResolver(nameservers=nameservers, timeout=_QUERY_SECONDS, tries=_TRIES, flags=_NO_SEARCH)


class Lookups:
    """Lookups through one resolver: each waits `seconds` at most, with limits for all together and for each member.

    A query can't be taken back from a name server. So a lookup that is no longer waited for counts until it has ended.
    """

    def __init__(
        self, resolver: AbstractResolver, *, per_member: int, most: int = MAX_LOOKUPS, seconds: float = _SECONDS
    ) -> None:
        self._resolver = resolver
        self._members = PerMember(per_member, TooManyAtOnce)
        self._free = asyncio.Semaphore(most)
        self._seconds = seconds
        self._running: set[asyncio.Task[list[ResolveResult]]] = set()

    async def resolve(self, member: int, host: str, port: int, family: AddressFamily) -> list[ResolveResult]:
        """The addresses of the host. Raises `OSError` if there are none, `TooSlow` and `TooManyAtOnce`."""
        self._members.take(member)
        task = None
        try:
            async with asyncio.timeout(self._seconds):
                await self._free.acquire()
                task = asyncio.create_task(self._resolver.resolve(host, port, family))
                self._running.add(task)
                task.add_done_callback(partial(self._ended, member))
                return await asyncio.shield(task)
        except TimeoutError:
            raise TooSlow from None
        finally:
            if task is None:
                self._members.give_back(member)

    async def close(self) -> None:
        """Close the resolver, and end the lookups that still run."""
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
        await self._resolver.close()

    def _ended(self, member: int, task: "asyncio.Task[list[ResolveResult]]") -> None:
        self._running.discard(task)
        self._free.release()
        self._members.give_back(member)
        # If it is no longer waited for, its error counts as seen.
        if not task.cancelled():
            task.exception()


class MemberResolver(AbstractResolver):
    """The lookups of one member, as a resolver for aiohttp."""

    def __init__(self, lookups: Lookups, member: int) -> None:
        self._lookups = lookups
        self._member = member

    async def resolve(
        self, host: str, port: int = 0, family: AddressFamily = AddressFamily.AF_INET
    ) -> list[ResolveResult]:
        """The addresses of the host. Raises as `Lookups.resolve`."""
        return await self._lookups.resolve(self._member, host, port, family)

    async def close(self) -> None:
        """Do nothing: other downloads use the same resolver."""
