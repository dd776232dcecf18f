"""Sessions of people who signed in with an API key: a cookie that every container can check by itself.

The cookie holds when it expires and a MAC over that and the hash of the key. Nothing is stored, so all containers
know it, and it ends when the key is taken out of MONOLAMBDA_API_KEYS or the secret changes.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Iterable
from typing import Final

from app.access.subkeys import Digest

LIFETIME_S: Final = 12 * 3600
COOKIE: Final = "monolambda_session"


def issue(digest: Digest, key_hash: bytes, *, now: float) -> str:
    """Return the value of the cookie for the holder of the key with this hash; ``now`` is in Unix seconds."""
    expires = int(now) + LIFETIME_S
    return f"{expires}.{_mac(digest, expires, key_hash)}"


def is_valid(digest: Digest, value: str, key_hashes: Iterable[bytes], *, now: float) -> bool:
    """Return whether the cookie was issued for one of these keys and has not expired."""
    match = re.fullmatch(r"([0-9]{1,12})\.([0-9a-f]{32})", value)
    if match is None or int(match[1]) <= now:
        return False
    # every key is tried, so that the time taken does not tell which one was used
    fits = [hmac.compare_digest(_mac(digest, int(match[1]), each), match[2]) for each in key_hashes]
    return any(fits)


def _mac(digest: Digest, expires: int, key_hash: bytes) -> str:
    return digest(b"%d\n%s" % (expires, key_hash))
