"""Which IP addresses are public."""

from collections.abc import Callable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from socket import AddressFamily

from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from bot.safe_fetch.errors import NotPublic

Address = IPv4Address | IPv6Address
IsPublic = Callable[[Address], bool]

_GLOBAL_UNICAST = IPv6Network("2000::/3")
_NAT64 = IPv6Network("64:ff9b::/96")
# The ipaddress module of some Python versions counts these as global.
_ODD = (IPv4Network("192.0.0.0/24"), IPv4Network("192.88.99.0/24"), IPv6Network("2001::/23"), IPv6Network("3fff::/20"))


def is_public(address: Address) -> bool:
    """Whether this address means the same machine everywhere on the internet."""
    if address.is_multicast or any(address.version == odd.version and address in odd for odd in _ODD):
        return False
    if isinstance(address, IPv4Address):
        return address.is_global
    if address.scope_id is not None:
        return False
    if address in _NAT64:
        # How machines without IPv4 reach all IPv4 addresses.
        return is_public(IPv4Address(int(address) & 0xFFFFFFFF))
    if address.sixtofour is not None and not is_public(address.sixtofour):
        return False
    return address in _GLOBAL_UNICAST and address.is_global


def check_literal(url: URL, allowed: IsPublic) -> None:
    """Raise `NotPublic` for a host that is an IP address which is not allowed, or one in an unusual spelling.

    The connector does not ask the resolver about these.
    """
    host = (url.host or "").rstrip(".")
    last = host.rpartition(".")[2]
    if ":" in host or last.isdigit() or last.startswith("0x"):
        _check(host, allowed)


class PublicResolver(AbstractResolver):
    """Resolves names, and refuses those with any address that is not allowed.

    The connector uses exactly what this returns, so an answer can't change between the check and the connection.
    """

    def __init__(self, resolver: AbstractResolver, allowed: IsPublic) -> None:
        self._resolver = resolver
        self._allowed = allowed

    async def resolve(
        self, host: str, port: int = 0, family: AddressFamily = AddressFamily.AF_INET
    ) -> list[ResolveResult]:
        """The addresses of the name, all of them checked. Raises `NotPublic`."""
        found = await self._resolver.resolve(host, port, family)
        for each in found:
            _check(each["host"], self._allowed)
        return found

    async def close(self) -> None:
        """Close the resolver behind this one."""
        await self._resolver.close()


def _check(spelled: str, allowed: IsPublic) -> None:
    try:
        address = ip_address(spelled)
    except ValueError:
        raise NotPublic from None
    if not allowed(address):
        raise NotPublic
