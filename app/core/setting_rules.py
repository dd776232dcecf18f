"""What the values of settings may be: their types with bounds, and the rules that no type can state."""

# No ``from __future__ import annotations``: msgspec reads the types of ``app.core.config`` when it is imported.
import re
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Final
from urllib.parse import urlsplit

from msgspec import Meta

# ten years: a wait or a lease that ends beyond the clocks of the system fails each request
_MOST_SECONDS: Final = 3650 * 86_400
_MOST_DAYS: Final = 36_500
# More than any machine has, and still a number that the system's calls take.
_MOST_BYTES: Final = 2**50
_MOST: Final = 1_000_000
# with less, one request in a quarter of an hour, every client might as well be refused
_LEAST_RATE: Final = 0.001

Bytes = Annotated[int, Meta(ge=0, le=_MOST_BYTES, extra={"unit": "bytes"})]
Mebibytes = Annotated[int, Meta(ge=128, le=_MOST_BYTES // 2**20, extra={"unit": "MiB"})]
Pixels = Annotated[int, Meta(ge=1, extra={"unit": "pixels"})]
Seconds = Annotated[float, Meta(ge=0, le=_MOST_SECONDS, extra={"unit": "seconds"})]
Days = Annotated[float, Meta(ge=0, le=_MOST_DAYS, extra={"unit": "days"})]
Rate = Annotated[float, Meta(ge=0, le=_MOST, extra={"unit": "per second"})]
Count = Annotated[int, Meta(ge=0, le=_MOST, extra={"unit": "count"})]
# a count that must not be 0
PositiveCount = Annotated[int, Meta(ge=1, le=_MOST, extra={"unit": "count"})]

_HOST: Final = r"[a-z0-9.-]+"
_URL: Final = r"(?i:https?)://(?P<host>[\w.-]+|\[[^\]]*\])(:[0-9]+)?(/[^?#]*)?"
_ORIGIN: Final = r"null|(?P<scheme>[a-z][a-z0-9+.-]*)://([a-z0-9._-]+|\[[0-9a-f:.]+\])(:(?P<port>[0-9]+))?"


def checked(name: str, value: Any) -> Any:
    """Return the value of a setting in the form that it is compared in; raise ValueError for one that cannot work."""
    return _RULES.get(name, lambda value: value)(value)


def _rate_limit(value: float) -> float:
    if 0 < value < _LEAST_RATE:
        raise ValueError(f"expected 0 for no limit, or at least {_LEAST_RATE}")
    return value


def _hosts(values: tuple[str, ...]) -> tuple[str, ...]:
    """Return names of hosts in lower case, as every Host header is compared."""
    lowered = tuple(value.lower() for value in values)
    if not all(value == "*" or _is_host(value) for value in lowered):
        raise ValueError("expected names such as img.example.com, .example.com with all below it, or * alone")
    return lowered


def _is_host(text: str) -> bool:
    """Return whether a Host header can match; its port is not compared, and neither is that of a setting."""
    name, colon, port = text.removeprefix(".").partition(":")
    try:
        encoded = name.encode("idna").decode()
    except UnicodeError:
        return False
    return bool(re.fullmatch(_HOST, encoded)) and (not colon or port.isdecimal())


def _origins(values: tuple[str, ...]) -> tuple[str, ...]:
    """Return origins in lower case, as browsers send them (RFC 6454, 6.2)."""
    lowered = tuple(value.lower() for value in values)
    if not all(_is_origin(value) for value in lowered):
        raise ValueError("expected origins such as https://shop.example, without a path or the scheme's own port")
    return lowered


def _is_origin(text: str) -> bool:
    """Return whether a browser can send this: it leaves out the port that follows from the scheme."""
    found = re.fullmatch(_ORIGIN, text)
    return found is not None and (found["scheme"], found["port"]) not in (("http", "80"), ("https", "443"))


def _base_url(value: str) -> str:
    if value and not _is_base_url(value):
        raise ValueError("expected a URL such as https://img.example.com, without query or fragment")
    return value


def _is_base_url(text: str) -> bool:
    """Return whether links can begin with this."""
    found = re.fullmatch(_URL, text)
    try:
        return found is not None and urlsplit(text).port != 0 and bool(found["host"].encode("idna"))
    except ValueError:  # a port beyond 65535, brackets around no address, a name that DNS cannot hold
        return False


_RULES: Final[Mapping[str, Callable[[Any], Any]]] = {
    "rate_limit": _rate_limit,
    "trusted_hosts": _hosts,
    "cors_origins": _origins,
    "public_url": _base_url,
}
