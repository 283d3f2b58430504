"""Which IP addresses are public."""

from collections.abc import Callable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from socket import AddressFamily

from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from bot.safe_fetch.errors import NotPublic

Address = IPv4Address | IPv6Address
IsPublic = Callable[[Address], bool]

_USUAL_PORTS = frozenset({80, 443})
_FIRST_FREE_PORT = 1024

# The special-purpose registries of IANA, written out: what the ipaddress module calls global differs between the
# versions of Python.
_NOT_PUBLIC_4 = tuple(
    map(
        IPv4Network,
        (
            "0.0.0.0/8",  # this network
            "10.0.0.0/8",  # private
            "100.64.0.0/10",  # shared by a provider's customers
            "127.0.0.0/8",  # loopback
            "169.254.0.0/16",  # link-local, with the metadata services of clouds
            "172.16.0.0/12",  # private
            "192.0.0.0/24",  # protocol assignments
            "192.0.2.0/24",  # documentation
            "192.88.99.0/24",  # 6to4 relays
            "192.168.0.0/16",  # private
            "198.18.0.0/15",  # benchmarks
            "198.51.100.0/24",  # documentation
            "203.0.113.0/24",  # documentation
            "224.0.0.0/4",  # multicast
            "240.0.0.0/4",  # reserved, and broadcast
        ),
    )
)
_GLOBAL_UNICAST = IPv6Network("2000::/3")
_NOT_PUBLIC_6 = tuple(
    map(
        IPv6Network,
        (
            "2001::/23",  # protocol assignments: Teredo, benchmarks, ORCHID
            "2001:db8::/32",  # documentation
            "3fff::/20",  # documentation
        ),
    )
)
# IPv6 addresses that mean an IPv4 address: the network, and the bits after the IPv4 address.
_NAT64 = IPv6Network("64:ff9b::/96")
_SIX_TO_FOUR = IPv6Network("2002::/16")
_EMBEDDED = ((_NAT64, 0), (_SIX_TO_FOUR, 80))


def is_public(address: Address) -> bool:
    """Whether this address means the same machine everywhere on the internet.

    A NAT64 address, by which machines without IPv4 reach all IPv4 addresses, and a 6to4 address are as public as the
    IPv4 address in them. Addresses of Teredo and IPv4-mapped ones are not public: no host is named by them.
    """
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _NOT_PUBLIC_4)
    if address.scope_id is not None:
        return False
    for network, bits_after in _EMBEDDED:
        if address in network:
            return is_public(IPv4Address((int(address) >> bits_after) & 0xFFFFFFFF))
    return address in _GLOBAL_UNICAST and not any(address in network for network in _NOT_PUBLIC_6)


def check_url(url: URL, allowed: IsPublic) -> None:
    """Raise `NotPublic` for a URL with a login, a port of a system service, or a host that `check_literal` refuses."""
    if not url.host or url.user or url.password:
        raise NotPublic
    port = url.port or 0
    if port not in _USUAL_PORTS and port < _FIRST_FREE_PORT:
        raise NotPublic
    check_literal(url, allowed)


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
