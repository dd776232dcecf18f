"""Which URLs and addresses may be a source: the rules, without any network access.

``check_url`` judges a URL by its text. Where it leads is judged by ``check_address``, on the address
that is really connected to, because a name can resolve differently each time.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import quote

import msgspec

from app.core.config import ConfigError
from app.core.errors import InvalidParameter, ParameterError, SourceBlocked
from app.sources.addresses import is_allowed, parse_networks
from app.sources.hosts import canonical_host

MAX_URL = 8000  # characters; RFC 9110 section 4.1 asks everybody to support as many, and presigned URLs fit
PORTS = {"http": 80, "https": 443}

# Patterns are text, which re compiles at first use: a cold start without a URL source pays for none.
# Some parsers drop tabs and newlines, others read backslashes as slashes, and lone surrogates cannot
# be sent: each could make two parsers see two different hosts.
_FORBIDDEN = r"[\x00-\x1f\x7f-\x9f\\\ud800-\udfff]"
_URL = r"(?i:(https?)://([^/?#]*)([^?#]*)(\?[^#]*)?(?:#.*)?)"
_AUTHORITY = r"(\[[^\]@]*\]|[^\[\]:@]+)(?::([0-9]{0,5}))?"
_ALLOW_ENTRY = r"(\*\.)?(\[[^\]]*\]|[^\[\]:]+)(?::([0-9]{1,5}))?"
_STRAY_PERCENT = r"%(?![0-9A-Fa-f]{2})"
_PATH_SAFE = "/:@!$&'()*+,;=~%-._"


class Url(msgspec.Struct, frozen=True):
    """The parts of a URL: host in canonical ASCII without brackets; target is path and query, percent-encoded."""

    scheme: str
    host: str
    port: int
    target: str

    @property
    def url(self) -> str:
        """Return the canonical text, without default port and fragment."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{host}{port}{self.target}"


def check_url(url: str) -> Url:
    """Return the parts of an absolute http(s) URL.

    Spaces and other characters that lack percent-encoding are encoded, since pasted links have them.
    Raises InvalidParameter for anything else that two parsers could read differently, or that is not
    ours to fetch: other schemes, a user name, control characters, backslashes, bad hosts and ports,
    over 8000 characters.
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
    return Url(scheme, host, port or PORTS[scheme], _percent_encode(path or "/") + _percent_encode(query))


def host_allowed(url: str, allow: tuple[str, ...]) -> bool:
    """Return whether an entry of ``allow`` names the URL's host.

    An entry is a host, or ``*.`` and a domain for its subdomains only; with ``:port``, for that port
    only. An entry that cannot be read allows nothing. Raises InvalidParameter as ``check_url``.
    """
    parsed = check_url(url)
    return any(_matches(parsed, entry) for entry in allow)


def require_allow_list(setting: str, entries: Iterable[str]) -> None:
    """Raise ConfigError for an entry that cannot be read: it would allow nothing, and nobody would know why."""
    for entry in entries:
        if _parsed_entry(entry) is None:
            raise ConfigError(f"{setting}: expected hosts as example.com or *.example.com, not {entry[:100]!r}")


def check_address(ip: str, networks: Iterable[str] = ()) -> None:
    """Raise SourceBlocked unless ``ip`` is a public address or within the CIDR ``networks``.

    The message never names the address: it would reveal what a name resolves to in our network.
    """
    if not is_allowed(ip, parse_networks(networks)):
        raise SourceBlocked("the url leads to an address that is not on the public internet")


def _host_and_port(authority: str, url: str) -> tuple[str, int]:
    """Return the canonical host, and the port, 0 when none is given."""
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


def _percent_encode(text: str) -> str:
    return quote(re.sub(_STRAY_PERCENT, "%25", text), safe=_PATH_SAFE + "?")


def _matches(url: Url, entry: str) -> bool:
    parsed = _parsed_entry(entry)
    if parsed is None:
        return False
    subdomains, host, port = parsed
    if port and port != url.port:
        return False
    return url.host.endswith(f".{host}") if subdomains else url.host == host


def _parsed_entry(entry: str) -> tuple[bool, str, int] | None:
    """Return whether an entry means subdomains, its host and its port, 0 for any; None when it cannot be read."""
    parts = re.fullmatch(_ALLOW_ENTRY, entry)
    if not parts:
        return None
    wildcard, host, port = parts.groups()
    try:
        return bool(wildcard), canonical_host(host), int(port or 0)
    except ValueError:
        return None


def _invalid(detail: str, url: str) -> InvalidParameter:
    return InvalidParameter(ParameterError("url", detail, _redact(url)))


def _redact(url: str) -> str:
    """Return the part of a URL that may be repeated: no password, and no query, which may carry a signature."""
    return "" if "@" in url else re.sub(_FORBIDDEN, "�", re.split(r"[?#]", url[:100], maxsplit=1)[0])
