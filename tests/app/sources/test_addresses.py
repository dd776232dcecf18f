from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.errors import SourceBlocked
from app.sources.addresses import NOT_PUBLIC_V4, NOT_PUBLIC_V6, is_allowed, is_public
from app.sources.guard import check_address

PUBLIC = [
    "1.1.1.1",
    "9.255.255.255",
    "100.63.255.255",
    "100.128.0.0",
    "172.15.255.255",
    "172.32.0.0",
    "192.0.1.0",
    "223.255.255.255",
    "2606:4700::1111",
    "2a00:1450::1",
    "64:ff9b::101:101",
]


BLOCKED = [
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "100.64.0.1",
    "100.100.100.200",
    "127.0.0.1",
    "127.255.255.254",
    "168.63.129.16",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.192",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.0.1",
    "198.18.0.1",
    "198.19.255.255",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:1.1.1.1",
    "::ffff:0:127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::169.254.169.254",
    "64:ff9b:1::1.1.1.1",
    "100::1",
    "2001::1",
    "2001:0:7f00:1::",
    "2001:2::1",
    "2001:10::1",
    "2001:20::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "2002:101:101::1",
    "3ffe::1",
    "3fff::1",
    "4000::1",
    "5f00::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "ff0e::1",
    "",
    "localhost",
    "127.1",
    "2130706433",
]


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_allowed(address: str) -> None:
    check_address(address, ())


@pytest.mark.parametrize("address", BLOCKED)
def test_other_addresses_are_blocked_and_not_named_in_the_error(address: str) -> None:
    with pytest.raises(SourceBlocked) as caught:
        check_address(address, ())
    assert not address or address not in caught.value.detail


@pytest.mark.parametrize("network", [*NOT_PUBLIC_V4, *NOT_PUBLIC_V6])
def test_blocked_ranges_include_their_first_and_last_address(network: str) -> None:
    first, last = ip_network(network)[0], ip_network(network)[-1]
    assert not is_allowed(str(first))
    assert not is_allowed(str(last))


def test_networks_allow_their_own_addresses_only() -> None:
    networks = ("192.168.0.0/16", "10.0.0.0/8", "fd00::/8")
    check_address("10.1.2.3", networks)
    check_address("fd00::1", list(networks))
    for address in ("127.0.0.1", "172.16.0.1", "::1"):
        with pytest.raises(SourceBlocked):
            check_address(address, networks)


@pytest.mark.parametrize("address", ["::ffff:127.0.0.1", "2002:7f00:1::1", "64:ff9b:1::127.0.0.1"])
def test_an_address_and_the_one_it_embeds_must_both_be_allowed(address: str) -> None:
    wrappers = ("::ffff:0:0/96", "2002::/16", "64:ff9b:1::/48")
    assert not allowed_with(address, *wrappers)
    assert not allowed_with(address, "127.0.0.0/8")
    assert allowed_with(address, "127.0.0.0/8", *wrappers)


def allowed_with(address: str, *networks: str) -> bool:
    try:
        check_address(address, networks)
    except SourceBlocked:
        return False
    return True


@given(st.integers(0, 2**32 - 1).map(IPv4Address) | st.integers(0, 2**128 - 1).map(IPv6Address))
def test_an_address_that_python_calls_private_is_not_public(address: IPv4Address | IPv6Address) -> None:
    assert address.is_global or not is_public(address)


@given(st.sampled_from([IPv4Network(text) for text in NOT_PUBLIC_V4]), st.integers(0, 2**32 - 1))
def test_nat64_addresses_of_blocked_ipv4_addresses_are_blocked(network: IPv4Network, number: int) -> None:
    inner = int(network[number % network.num_addresses])
    assert not is_allowed(str(IPv6Address((0x64FF9B << 96) | inner)))
