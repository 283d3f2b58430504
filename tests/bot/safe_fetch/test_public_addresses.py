"""Public and private addresses in every spelling."""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from bot.safe_fetch import NotPublic, is_public
from bot.safe_fetch.public_addresses import check_literal

PRIVATE = [
    IPv4Network(each)
    for each in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/3",
    )
]
PRIVATE_6 = [
    IPv6Network(each)
    for each in (
        "::/96",
        "::ffff:0:0/96",
        "64:ff9b:1::/48",
        "100::/64",
        "2001::/32",
        "2001:db8::/32",
        "3fff::/20",
        "fc00::/7",
        "fe80::/10",
        "fec0::/10",
        "ff00::/8",
    )
]


def addresses_in(networks: list[IPv4Network]) -> st.SearchStrategy[IPv4Address]:
    """A strategy for addresses of these networks."""
    return st.sampled_from(networks).flatmap(lambda network: st.ip_addresses(network=network)).map(IPv4Address)


@given(addresses_in(PRIVATE))
def test_private_ipv4_is_not_public(address: IPv4Address) -> None:
    """A private IPv4 address is not public, nor are its IPv6 forms."""
    number = int(address)
    assert not is_public(address)
    assert not is_public(IPv6Address(number))
    assert not is_public(IPv6Address((0xFFFF << 32) | number))
    assert not is_public(IPv6Address((0x0064FF9B << 96) | number))
    assert not is_public(IPv6Address((0x2002 << 112) | (number << 80) | 1))


@given(st.sampled_from(PRIVATE_6).flatmap(lambda network: st.ip_addresses(network=network)))
def test_private_ipv6_is_not_public(address: IPv6Address) -> None:
    """Private IPv6 ranges are not public: loopback, local, multicast, documentation, mapped and tunnels."""
    assert not is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        "1.1.1.1",
        "8.8.8.8",
        "162.159.128.233",
        "2606:4700::1111",
        "2a00:1450:4001::1",
        "64:ff9b::808:808",
        "2002:808:808::1",
    ],
)
def test_public_addresses_are_public(address: str) -> None:
    """Ordinary addresses are public, also as NAT64 and 6to4 addresses."""
    assert is_public(ip_address(address))


# Both sides of every border, which ipaddress draws in another place in some versions of Python.
BORDERS = {
    "1.0.0.0": True, "9.255.255.255": True, "11.0.0.0": True, "100.63.255.255": True, "100.128.0.0": True,
    "126.255.255.255": True, "128.0.0.0": True, "169.253.255.255": True, "169.255.0.0": True,
    "172.15.255.255": True, "172.32.0.0": True, "192.0.0.9": False, "192.0.0.10": False, "192.0.1.0": True,
    "192.88.98.255": True, "192.88.100.0": True, "198.17.255.255": True, "198.20.0.0": True,
    "223.255.255.255": True, "224.0.0.0": False, "255.255.255.255": False,
    "1fff:ffff::": False, "2000::": True, "2001:1::1": False, "2001:1ff:ffff::": False, "2001:200::": True,
    "2001:4:112::": False, "2001:20::": False, "2001:db7:ffff::": True, "2001:db9::": True,
    "2002:808:808::1": True, "2002:7f00:1::": False, "2002:a00:1::": False, "2002:c0a8:101::1": False,
    "2003::": True, "2620:4f:8000::1": True, "3ffe::": True, "3fff:1000::": True, "4000::": False, "5f00::": False,
    "64:ff9b::7f00:1": False, "64:ff9b::808:808": True, "64:ff9b:0:0:1::": False, "64:ff9b:1::808:808": False,
    "::ffff:8.8.8.8": False, "::ffff:0:8.8.8.8": False, "::8.8.8.8": False,
    "2001:0:4136:e378:8000:63bf:f7f7:f7f7": False,
}  # fmt: skip


@pytest.mark.parametrize(("address", "public"), BORDERS.items())
def test_the_answer_is_the_same_in_every_version_of_python(address: str, public: bool) -> None:
    """Also for IPv4 addresses inside IPv6 ones: 6to4, NAT64, Teredo, mapped, translated, compatible."""
    assert is_public(ip_address(address)) is public


def test_an_address_with_a_zone_is_not_public() -> None:
    """An address with a zone is on a local network and not public."""
    assert not is_public(IPv6Address("2606:4700::1111%eth0"))


def spellings(address: IPv4Address) -> list[str]:
    """All spellings that a system resolver accepts for the address."""
    a, b, c, d = address.packed
    number = int(address)
    return [
        str(address),
        f"{address}.",
        f"{number}",
        f"{number:#x}",
        f"0{number:o}",
        f"{a}.{(b << 16) | (c << 8) | d}",
        f"{a}.{b}.{(c << 8) | d}",
        f"{a:#x}.{b:#x}.{c:#x}.{d:#x}",
        f"0{a:o}.0{b:o}.0{c:o}.0{d:o}",
        f"0{a:o}.{b}.{c:#x}.{d}",
        str(address).replace(".", "。"),
        str(address).translate(str.maketrans("0123456789", "０１２３４５６７８９")),
        f"[::ffff:{address}]",
        f"[::{address}]",
        f"[64:ff9b::{address}]",
        f"[{IPv6Address((0x2002 << 112) | (number << 80)).exploded}]",
    ]


@given(addresses_in(PRIVATE), st.data())
def test_no_spelling_of_a_private_address_passes(address: IPv4Address, data: st.DataObject) -> None:
    """Every spelling of a private address is refused."""
    spelled = data.draw(st.sampled_from(spellings(address)))
    with pytest.raises(NotPublic):
        check_literal(URL(f"http://{spelled}/fox.png"), is_public)


@pytest.mark.parametrize(
    "host", ["1.1.1.1", "1.1.1.1.", "[2606:4700::1111]", "example.com", "1.1.1.1.example", "0xfox.com"]
)
def test_names_and_public_addresses_pass(host: str) -> None:
    """Names and public addresses pass, even names that begin like a number."""
    check_literal(URL(f"http://{host}/fox.png"), is_public)


@pytest.mark.parametrize(
    "host", ["134744072", "8.8.2056", "0x08.0x08.0x08.0x08", "010.8.8.8", "1.2.3.4.5", "999.1.1.1"]
)
def test_unusual_spellings_are_refused(host: str) -> None:
    """Unusual spellings of public addresses are refused, as parsers disagree about them."""
    with pytest.raises(NotPublic):
        check_literal(URL(f"http://{host}/fox.png"), is_public)
