"""What a request tells of the proxies it came through, and whom of them to believe."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from ipaddress import IPv6Address, ip_address
from typing import Final

from app.core.config import ConfigError
from app.sources.addresses import Address, Network, parse_networks

# Headers that proxies, load balancers, tunnels and CDNs add, as the WSGI environment spells them: the beginnings and
# the ends of their names. A list of exact names would miss the next one.
_BEGINNINGS: Final = tuple(
    f"HTTP_{name}"
    for name in (
        *("FORWARDED", "VIA", "MAX_FORWARDS", "CDN_LOOP", "SURROGATE_", "FRONT_END_HTTPS", "PROXY_", "WL_PROXY_"),
        *("X_FORWARDED", "X_ORIGINAL_", "X_ORIGINATING_", "X_REAL", "X_REMOTE_", "X_CLIENT", "X_CLUSTER_", "X_PROXY"),
        *("X_VIA", "X_HOST", "X_SCHEME", "X_URL_SCHEME", "X_REQUEST_START", "X_VARNISH", "X_ENVOY_", "X_BLUECOAT_"),
        *("X_AMZN_", "X_AMZ_CF_", "CLOUDFRONT_", "CF_", "FASTLY_", "AKAMAI_", "X_AKAMAI_", "X_AZURE_", "X_ARR_"),
        *("X_APPENGINE_", "X_CLOUD_TRACE_", "X_VERCEL_", "X_NF_", "FLY_", "CDN_", "ALI_", "TAILSCALE_", "NGROK_"),
    )
)
_ENDS: Final = ("CLIENT_IP", "CLIENTIP", "REAL_IP", "CONNECTING_IP", "FORWARDED_FOR")


def parse(texts: Iterable[str]) -> tuple[Network, ...]:
    """Return the networks of the trusted proxies; raise ConfigError."""
    try:
        return parse_networks(texts)
    except ValueError as exc:
        raise ConfigError(f"MONOLAMBDA_TRUSTED_PROXIES: {exc}") from exc


def is_forwarded(names: Iterable[str], protocol: str) -> bool:
    """Return whether a request came through a proxy, by the names in its environment and its version of HTTP.

    HTTP/1.0 is what some speak to the server behind them, nginx before 1.29.7 among them; browsers and curl do not.
    """
    named = any(name.startswith(_BEGINNINGS) or (name[:5] == "HTTP_" and name.endswith(_ENDS)) for name in names)
    return named or protocol == "HTTP/1.0"


def client_address(peer: str, forwarded_for: str, proxies: Sequence[Network]) -> str:
    """Return the address of the client: of those that X-Forwarded-For adds to ``peer``, the last that is no proxy.

    An address outside ``proxies`` may have made up everything to its left, so the search stops there. Empty when a
    trusted proxy sent no usable address.
    """
    hops = [hop.strip() for hop in forwarded_for.split(",")] if forwarded_for else []
    address = peer
    while within(address, proxies):
        address = hops.pop() if hops else ""
    return address if _parsed(address) else ""


def within(address: str, networks: Sequence[Network]) -> bool:
    """Return whether the address is in one of the networks; what is no address is in none."""
    found = _parsed(address)
    return found is not None and any(found in network for network in networks)


def _parsed(text: str) -> Address | None:
    """Return the address, as IPv4 where a socket for both kinds shows it as IPv6; None for what is no address."""
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return address.ipv4_mapped or address if isinstance(address, IPv6Address) else address
