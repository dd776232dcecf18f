"""Which urls and addresses may be a source: the rules, without any network.

A url is judged by its text here; where it leads is judged by ``check_address``, on the address that
is really connected to, because a name can resolve differently each time it is asked.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import quote

import msgspec

from app.errors import InvalidParameter, ParameterError, SourceBlocked
from app.sources.addresses import parse_networks, reachable
from app.sources.hosts import canonical_host

MAX_URL = 8000  # characters; what RFC 9110 section 4.1 asks everybody to support, presigned urls fit
PORTS = {"http": 80, "https": 443}

# Patterns are text, which re compiles once when first used: a cold start without a url source pays for none.
# Tabs and newlines are dropped by some parsers, backslashes read as slashes by others, and lone
# surrogates cannot be sent: each could make two readers see two hosts.
_FORBIDDEN = r"[\x00-\x1f\x7f-\x9f\\\ud800-\udfff]"
_URL = r"(?i:(https?)://([^/?#]*)([^?#]*)(\?[^#]*)?(?:#.*)?)"
_AUTHORITY = r"(\[[^\]@]*\]|[^\[\]:@]+)(?::([0-9]{0,5}))?"
_ALLOWED = r"(\*\.)?(\[[^\]]*\]|[^\[\]:]+)(?::([0-9]{1,5}))?"
_STRAY_PERCENT = r"%(?![0-9A-Fa-f]{2})"
_PATH_SAFE = "/:@!$&'()*+,;=~%-._"


class SourceUrl(msgspec.Struct, frozen=True):
    """A url taken apart: host in canonical ASCII without brackets, path with its query, percent-encoded."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def url(self) -> str:
        """Return the canonical text: default port and fragment left out."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{host}{port}{self.path}"


def check_url(url: str) -> SourceUrl:
    """Return the parts of an absolute http(s) url.

    Spaces and other characters that only forgot their percent-encoding are encoded, since pasted
    links have them. Raises InvalidParameter for anything else that is not plainly one url: other
    schemes, a user name, control characters, backslashes, bad hosts and ports, over 8000 characters.
    """
    if len(url) > MAX_URL:
        raise _invalid(f"expected at most {MAX_URL} characters", url)
    if re.search(_FORBIDDEN, url):
        raise _invalid("expected no control characters and no backslashes", url)
    parts = re.fullmatch(_URL, url)
    if not parts:
        raise _invalid("expected an absolute http or https url", url)
    scheme, authority, path, query = parts.groups(default="")
    if "@" in authority:
        raise _invalid("expected no user name or password", url)
    host, port = _host_and_port(authority, url)
    scheme = scheme.lower()
    return SourceUrl(scheme, host, port or PORTS[scheme], _encoded(path or "/") + _encoded(query))


def host_allowed(url: str, allow: tuple[str, ...]) -> bool:
    """Say whether an entry of ``allow`` names the url's host.

    An entry is a host, or ``*.`` and a domain for its subdomains only, with ``:port`` when only that
    port is meant. What cannot be read as an entry allows nothing. Raises InvalidParameter as check_url.
    """
    asked = check_url(url)
    return any(_matches(asked, entry) for entry in allow)


def check_address(ip: str, networks: Iterable[str] = ()) -> None:
    """Raise SourceBlocked unless ``ip`` is a public address or within the CIDR ``networks``.

    The words never name the address: they would tell what a name resolves to inside.
    """
    if not reachable(ip, parse_networks(networks)):
        raise SourceBlocked("the url leads to an address that is not on the public internet")


def _host_and_port(authority: str, url: str) -> tuple[str, int]:
    """Return the canonical host, and the port or 0 when none is given."""
    parts = re.fullmatch(_AUTHORITY, authority)
    if not parts:
        raise _invalid("expected a host, and a port from 1 to 65535 if any", url)
    host, port = parts.groups()
    if port and not 1 <= int(port) <= 65535:
        raise _invalid("expected a port from 1 to 65535", url)
    try:
        return canonical_host(host), int(port or 0)
    except ValueError:
        raise _invalid("expected a host name or an IP address", url) from None


def _encoded(text: str) -> str:
    return quote(re.sub(_STRAY_PERCENT, "%25", text), safe=_PATH_SAFE + "?")


def _matches(asked: SourceUrl, entry: str) -> bool:
    parts = re.fullmatch(_ALLOWED, entry)
    if not parts:
        return False
    wildcard, host, port = parts.groups()
    try:
        named = canonical_host(host)
    except ValueError:
        return False
    if port and int(port) != asked.port:
        return False
    return asked.host.endswith(f".{named}") if wildcard else asked.host == named


def _invalid(detail: str, url: str) -> InvalidParameter:
    return InvalidParameter(ParameterError("url", detail, _shown(url)))


def _shown(url: str) -> str:
    """Return what may be repeated of a url: no password, no query, which may carry a signature."""
    return "" if "@" in url else re.sub(_FORBIDDEN, "�", re.split(r"[?#]", url, maxsplit=1)[0])[:100]
