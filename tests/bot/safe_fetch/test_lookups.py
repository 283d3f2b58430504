"""Lookups of strangers' names: apart from all others, limited, and checked before anything is sent."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import suppress
from socket import AddressFamily
from typing import Any

import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.test_utils import TestServer

from bot.safe_fetch import FetchError, NotPublic, PublicFetch, TooManyAtOnce, TooSlow, Unreachable
from bot.safe_fetch.lookups import Lookups, name_server_resolver
from bot.safe_fetch.public_addresses import Address
from tests.support.name_server import NameServer

PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(500)
MIA, MAX = 1, 2
MAX_BYTES = 1000


def is_loopback(address: Address) -> bool:
    """Treat 127.0.0.1 as public and every other address as private."""
    return str(address) == "127.0.0.1"


class HeldResolver(AbstractResolver):
    """A resolver whose answers wait until they are let go."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.go = asyncio.Event()
        self.closed = False

    async def resolve(self, host: str, port: int = 0, family: AddressFamily = socket.AF_INET) -> list[ResolveResult]:
        """127.0.0.1, once it is let go."""
        self.asked.append(host)
        await self.go.wait()
        return [ResolveResult(hostname=host, host="127.0.0.1", port=port, family=socket.AF_INET, proto=0, flags=0)]

    async def close(self) -> None:
        """Note that it was closed."""
        self.closed = True


@pytest.fixture
async def pictures() -> AsyncIterator[TestServer]:
    """A server with a picture at every path."""

    async def answer(_: web.Request) -> web.Response:
        return web.Response(body=PICTURE, content_type="image/png")

    app = web.Application()
    app.router.add_get("/{path:.*}", answer)
    server = TestServer(app)
    async with server:
        yield server


async def settle() -> None:
    """Let every task that can go on do so."""
    for _ in range(20):
        await asyncio.sleep(0)


async def test_a_dead_name_server_keeps_no_other_lookup_waiting() -> None:
    """Names of several members wait for it at the same time; the system's lookups go on beside them."""
    async with NameServer(silent=True) as dead, PublicFetch(resolver=name_server_resolver([dead.address])) as fetch:
        downloads = [
            asyncio.create_task(
                fetch.fetch(f"http://x{number}.attacker.example/a.png", member=number // 5, max_bytes=MAX_BYTES)
            )
            for number in range(40)
        ]
        # More than any pool of threads has: they do not wait for each other either.
        await dead.asked_for(40)
        await asyncio.get_running_loop().getaddrinfo("localhost", 443)
        assert [download.done() for download in downloads].count(True) == 0
        for download in downloads:
            download.cancel()
        await asyncio.gather(*downloads, return_exceptions=True)


async def test_a_lookup_that_takes_too_long_is_explained() -> None:
    """The wait ends, with a sentence."""
    lookups = Lookups(HeldResolver(), per_member=1, seconds=0.05)
    with pytest.raises(TooSlow):
        await lookups.resolve(MIA, "fox.example", 80, socket.AF_INET)
    await lookups.close()


async def test_names_are_looked_up_at_the_name_server(pictures: TestServer) -> None:
    """A name's picture is fetched; one that does not exist is unreachable; search domains are not tried."""
    async with (
        NameServer(fox_example=[["127.0.0.1"]]) as names,
        PublicFetch(is_public=is_loopback, resolver=name_server_resolver([names.address])) as fetch,
    ):
        address = f"http://fox.example:{pictures.port}/a.png"
        assert await fetch.fetch(address, member=MIA, max_bytes=MAX_BYTES) == PICTURE
        for name in ("none.example", "intern"):
            with pytest.raises(Unreachable):
                await fetch.fetch(f"http://{name}/a.png", member=MIA, max_bytes=MAX_BYTES)
    assert names.asked == {"fox.example", "none.example", "intern"}


@pytest.mark.parametrize("private", ["10.0.0.1", "169.254.169.254"])
async def test_a_name_with_a_private_address_is_refused(pictures: TestServer, private: str) -> None:
    """Also if it has a public one too, and if the private one is only given the second time."""
    resolved: dict[str, Any] = {"both_example": [["127.0.0.1", private]], "later_example": [["127.0.0.1"], [private]]}
    async with (
        NameServer(**resolved) as names,
        PublicFetch(is_public=is_loopback, resolver=name_server_resolver([names.address])) as fetch,
    ):
        with pytest.raises(NotPublic):
            await fetch.fetch(f"http://both.example:{pictures.port}/a.png", member=MIA, max_bytes=MAX_BYTES)
        later = f"http://later.example:{pictures.port}/a.png"
        assert await fetch.fetch(later, member=MIA, max_bytes=MAX_BYTES) == PICTURE
        with pytest.raises(NotPublic):
            await fetch.fetch(later, member=MIA, max_bytes=MAX_BYTES)


@pytest.mark.parametrize("name", ["a..b", "%00", "-", "x" * 64, f"{'a.' * 130}example", "xn--a", "a b"])
async def test_a_name_that_no_name_server_knows_is_explained(name: str) -> None:
    """Names against the rules of DNS end with a sentence."""
    async with (
        NameServer() as names,
        PublicFetch(resolver=name_server_resolver([names.address])) as fetch,
    ):
        with pytest.raises(FetchError):
            await fetch.fetch(f"http://{name}/a.png", member=MIA, max_bytes=MAX_BYTES)


async def test_a_member_has_a_limit_and_others_have_their_own(pictures: TestServer) -> None:
    """Above it a download is refused with a sentence; when one has ended, the next may begin."""
    resolver = HeldResolver()
    async with PublicFetch(is_public=is_loopback, resolver=resolver, per_member=2) as fetch:
        address = f"http://fox.example:{pictures.port}/a.png"

        def started(member: int) -> "asyncio.Task[bytes]":
            return asyncio.create_task(fetch.fetch(address, member=member, max_bytes=MAX_BYTES))

        mias = [started(MIA), started(MIA)]
        await settle()
        with pytest.raises(TooManyAtOnce) as caught:
            await fetch.fetch(address, member=MIA, max_bytes=MAX_BYTES)
        assert "Try again" in caught.value.text
        others = started(MAX)
        resolver.go.set()
        assert await asyncio.gather(*mias, others) == [PICTURE] * 3
        assert await fetch.fetch(address, member=MIA, max_bytes=MAX_BYTES) == PICTURE
    assert resolver.closed


async def test_an_abandoned_lookup_counts_until_it_has_ended() -> None:
    """A query can't be taken back, so a member can't begin ever more of them by giving up."""
    resolver = HeldResolver()
    lookups = Lookups(resolver, per_member=1, most=2)
    abandoned = asyncio.create_task(lookups.resolve(MIA, "one.example", 80, socket.AF_INET))
    await settle()
    abandoned.cancel()
    with suppress(asyncio.CancelledError):
        await abandoned
    with pytest.raises(TooManyAtOnce):
        await lookups.resolve(MIA, "two.example", 80, socket.AF_INET)
    resolver.go.set()
    await settle()
    assert await lookups.resolve(MIA, "three.example", 80, socket.AF_INET)
    await lookups.close()
    assert resolver.asked == ["one.example", "three.example"]


async def test_lookups_of_all_members_have_a_limit() -> None:
    """What is above it waits; what is given up while it waits is not asked for."""
    resolver = HeldResolver()
    lookups = Lookups(resolver, per_member=9, most=2)
    names = ("one", "two", "given-up", "three")
    tasks = {name: asyncio.create_task(lookups.resolve(MIA, name, 80, socket.AF_INET)) for name in names}
    await settle()
    assert resolver.asked == ["one", "two"]
    tasks["given-up"].cancel()
    resolver.go.set()
    await asyncio.gather(*tasks.values(), return_exceptions=True)
    assert resolver.asked == ["one", "two", "three"]
    await lookups.close()


async def test_closing_ends_what_still_runs() -> None:
    """Nothing is left behind."""
    resolver = HeldResolver()
    lookups = Lookups(resolver, per_member=1)
    waiting = asyncio.create_task(lookups.resolve(MIA, "fox.example", 80, socket.AF_INET))
    await settle()
    await lookups.close()
    assert resolver.closed
    assert (await asyncio.gather(waiting, return_exceptions=True))[0].__class__ is asyncio.CancelledError
