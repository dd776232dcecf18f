"""Whether a browser sent a request for a page of another site, as its headers tell."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Final
from urllib.parse import urlsplit

_AUTHORITY: Final = re.compile(r"(?P<host>.*?)(?P<port>:[0-9]+)?")
# the ports that an origin leaves out
_OWN_PORTS: Final = {"http": ":80", "https": ":443"}


def origin_of(url: str) -> str:
    """Return the origin of a URL as browsers send it (RFC 6454, 6.2), empty for no URL; raise ValueError."""
    parts = urlsplit(url.lower())
    authority = _AUTHORITY.fullmatch(parts.netloc)
    if not authority or not authority["host"]:
        return ""
    port = authority["port"] or ""
    host = authority["host"].encode("idna").decode()
    return f"{parts.scheme}://{host}{'' if port == _OWN_PORTS.get(parts.scheme) else port}"


def may_write(origin: str, fetch_site: str, host: str, listed: Collection[str], public: str = "") -> bool:
    """Return whether a page may write: it is our own, its origin is ``listed``, or there is none, as with curl.

    Our own pages are at ``host``, and at the origin ``public`` of a proxy that sends a host of its own.
    """
    if origin and origin in listed:
        return True
    if fetch_site in ("cross-site", "same-site"):
        return False
    # compared as text: what does not have the form scheme://host[:port] must not pass (RFC 6454, 7.1)
    return not origin or origin == public or origin.partition("://")[2] == host


def may_read(origin: str, fetch_site: str, host: str, listed: Collection[str]) -> bool:
    """Return whether a page may show what only its machine may see: also one on another port of the same host.

    A developer's own page is there. Every browser of today sends Sec-Fetch-Site to loopback:
    https://www.w3.org/TR/fetch-metadata/#sec-fetch-site-header
    """
    if origin and origin in listed:
        return True
    if fetch_site:
        return fetch_site in ("same-origin", "same-site", "none")
    return not origin or _name(origin.partition("://")[2]) == _name(host)


def _name(host: str) -> str:
    """Return the host without its port."""
    name, colon, port = host.rpartition(":")
    return name if colon and port.isdigit() else host
