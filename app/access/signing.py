"""Signed links, which carry their own permission."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable, Mapping
from urllib.parse import quote

from app.errors import InvalidParameter, ParameterError, SignatureExpired, SignatureInvalid

Pairs = Iterable[tuple[str, str]]


def signed_text(path: str, pairs: Pairs) -> bytes:
    """Return the text that a signature covers: version, path, and every parameter but the signature itself.

    Everything but the unreserved characters of RFC 3986 is percent-encoded, so no two requests share a text.
    """
    encoded = sorted((quote(name, safe=""), quote(value, safe="")) for name, value in pairs if name != "s")
    return f"v1\n{path}\n{'&'.join(f'{name}={value}' for name, value in encoded)}".encode()


def sign(key_id: str, key: bytes, path: str, pairs: Pairs) -> str:
    """Return the value of ``s`` for this path and these parameters."""
    digest = hmac.new(key, signed_text(path, pairs), hashlib.sha256).digest()
    return f"{key_id}.{base64.urlsafe_b64encode(digest).rstrip(b'=').decode()}"


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
        return hmac.compare_digest(sign(key_id, key, path, pairs).encode(), signature.encode())
    except UnicodeEncodeError:
        return False  # half a surrogate pair has no UTF-8, so nobody signed it


def expiry(text: str) -> int:
    """Return ``expires`` as Unix seconds; raise InvalidParameter."""
    if not (text.isascii() and text.isdigit() and len(text) <= 12):
        raise InvalidParameter(ParameterError("expires", "expected a time in Unix seconds", text[:100]))
    return int(text)
