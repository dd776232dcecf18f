"""Which IP addresses belong to the public internet.

Not left to ``ipaddress.is_global``, which changes between releases of Python: 3.11 calls multicast,
site-local and 6to4 addresses global. The ranges are those of the IANA special-purpose registries,
https://www.iana.org/assignments/iana-ipv4-special-registry and
https://www.iana.org/assignments/iana-ipv6-special-registry.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

NOT_PUBLIC_V4 = {
    "0.0.0.0/8": "this network, RFC 791; Linux connects 0.0.0.0 to itself",
    "10.0.0.0/8": "private, RFC 1918",
    "100.64.0.0/10": "carrier-grade NAT, RFC 6598",
    "127.0.0.0/8": "loopback, RFC 1122",
    "168.63.129.16/32": "Azure's platform address: in a public range, but reached from its own machines only",
    "169.254.0.0/16": "link-local, RFC 3927; cloud metadata lives at 169.254.169.254",
    "172.16.0.0/12": "private, RFC 1918",
    "192.0.0.0/24": "IETF protocol assignments, RFC 6890; Oracle's metadata lives at 192.0.0.192",
    "192.0.2.0/24": "documentation, RFC 5737",
    "192.88.99.0/24": "6to4 relay, deprecated, RFC 7526",
    "192.168.0.0/16": "private, RFC 1918",
    "198.18.0.0/15": "benchmarking, RFC 2544",
    "198.51.100.0/24": "documentation, RFC 5737",
    "203.0.113.0/24": "documentation, RFC 5737",
    "224.0.0.0/4": "multicast, RFC 5771",
    "240.0.0.0/4": "reserved, RFC 1112; broadcast, RFC 919",
}

# IANA has allocated nothing but 2000::/3 of IPv6 (RFC 4291), so here the public ranges are listed. That
# leaves out ::/96, ::1, ULA fc00::/7, link-local fe80::/10, site-local fec0::/10, multicast ff00::/8,
# discard 100::/64, SRv6 5f00::/16 and ::ffff:0:0/96 without naming them.
PUBLIC_V6 = {
    "2000::/3": "global unicast, RFC 4291",
    "64:ff9b::/96": "NAT64, RFC 6052, as AWS's DNS64 answers; the embedded IPv4 address is checked as well",
}
NOT_PUBLIC_V6 = {
    "2001::/23": "IETF protocol assignments, RFC 2928: Teredo 2001::/32, benchmarking 2001:2::/48, ORCHID",
    "2001:db8::/32": "documentation, RFC 3849",
    "2002::/16": "6to4, RFC 3056, deprecated by RFC 7526",
    "3ffe::/16": "6bone, returned, RFC 3701",
    "3fff::/20": "documentation, RFC 9637",
}

_NOT_PUBLIC_V4 = tuple(IPv4Network(text) for text in NOT_PUBLIC_V4)
_NOT_PUBLIC_V6 = tuple(IPv6Network(text) for text in NOT_PUBLIC_V6)
_PUBLIC_V6 = tuple(IPv6Network(text) for text in PUBLIC_V6)
_NAT64 = (IPv6Network("64:ff9b::/96"), IPv6Network("64:ff9b:1::/48"))  # RFC 6052, RFC 8215


def parse_networks(texts: Iterable[str]) -> tuple[Network, ...]:
    """Return the networks for CIDR ``texts``; raise ValueError for a bad one."""
    return tuple(ip_network(text, strict=False) for text in texts)


def is_allowed(text: str, networks: Iterable[Network] = ()) -> bool:
    """Return whether a source may live at the address: public, or within one of ``networks``.

    An address that embeds an IPv4 address must pass twice, as itself and as the embedded address,
    because somewhere on the way it is turned into that. What is not an address is not allowed.
    """
    try:
        address = ip_address(text.partition("%")[0])  # a scope id names an interface, not an address
    except ValueError:
        return False
    allowed = tuple(networks)
    return all(is_public(form) or any(form in network for network in allowed) for form in _with_embedded(address))


def is_public(address: Address) -> bool:
    """Return whether the address itself is on the public internet, whatever address it embeds."""
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _NOT_PUBLIC_V4)
    public = any(address in network for network in _PUBLIC_V6)
    return public and not any(address in network for network in _NOT_PUBLIC_V6)


def _with_embedded(address: Address) -> Iterator[Address]:
    """Yield the address, then every IPv4 address embedded in it."""
    yield address
    if isinstance(address, IPv4Address):
        return
    embedded = (address.ipv4_mapped, address.sixtofour, *(address.teredo or ()))
    yield from (inner for inner in embedded if inner is not None)
    if any(address in network for network in _NAT64):
        yield IPv4Address(int(address) & 0xFFFF_FFFF)
