"""Signed links, which carry their own permission."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Iterable, Iterator, Mapping
from typing import Final
from urllib.parse import quote

from app.core.errors import InvalidParameter, ParameterError, SignatureExpired, SignatureInvalid
from app.core.integers import integer

Pairs = Iterable[tuple[str, str]]


# Every accepted version of signatures with its digest. The first one signs.
_DIGESTS: Final[Mapping[str, str]] = {
    "v1": "sha256",
}
# a time of twelve digits, as the OpenAPI document says; far beyond any year of ours
_LATEST: Final = 10**12 - 1


def signed_text(version: str, path: str, pairs: Pairs) -> bytes:
    """Return the text that a signature covers: version, path, and every parameter but the signature itself.

    Everything but the unreserved characters of RFC 3986 is percent-encoded, so no two requests share a text.
    """
    encoded = sorted((quote(name, safe=""), quote(value, safe="")) for name, value in pairs if name != "s")
    return f"{version}\n{path}\n{'&'.join(f'{name}={value}' for name, value in encoded)}".encode()


def sign(key_id: str, key: bytes, path: str, pairs: Pairs) -> str:
    """Return the value of ``s`` for this path and these parameters."""
    return next(_signatures(key_id, key, path, pairs))


def _signatures(key_id: str, key: bytes, path: str, pairs: Pairs) -> Iterator[str]:
    """Yield the value of ``s`` in each version."""
    for version, digest in _DIGESTS.items():
        mac = hmac.digest(key, signed_text(version, path, pairs), digest)
        yield f"{key_id}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"


def verify(keys: Mapping[str, bytes], path: str, pairs: Pairs, *, now: float) -> None:
    """Check the one ``s`` and, if given, ``expires`` in Unix seconds.

    Raises SignatureInvalid, SignatureExpired, or InvalidParameter for an ``expires`` that is not a number.
    """
    given = list(pairs)
    signatures = [value for name, value in given if name == "s"]
    if len(signatures) != 1 or not _fits(keys, path, given, signatures[0]):
        raise SignatureInvalid("the signature does not cover this path with exactly these parameters")
    values = dict(given)
    if "expires" in values and expiry(values["expires"]) <= now:
        raise SignatureExpired("the signed link has expired")


def _fits(keys: Mapping[str, bytes], path: str, pairs: Pairs, signature: str) -> bool:
    key_id = signature.partition(".")[0]
    key = keys.get(key_id)
    if key is None:
        return False
    try:
        given = signature.encode()
        return any(hmac.compare_digest(each.encode(), given) for each in _signatures(key_id, key, path, pairs))
    except UnicodeEncodeError:
        return False  # half a surrogate pair has no UTF-8, so nobody signed it


def expiry(text: str) -> int:
    """Return ``expires`` as Unix seconds; raise InvalidParameter."""
    found = integer(text, 0, _LATEST)
    if found is None:
        raise InvalidParameter(ParameterError("expires", "expected a time in Unix seconds", text))
    return found
