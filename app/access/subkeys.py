"""One key per purpose, all derived from the secret of this installation.

With one key for everything, whoever gets the digest of bytes of their choice (the identity of a file at a URL
of theirs) has the signature of a token with these bytes.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from typing import Final, Literal

from app.access.image_ids import image_id

Digest = Callable[[bytes], str]
Purpose = Literal["job", "session", "upload token", "url source"]

# the secret is HMAC's message here and its key in the ids of images, so no id can ever be a subkey
_SALT: Final = b"monolambda subkeys v1"


def subkey(secret: bytes, purpose: Purpose) -> bytes:
    """Return the 32 bytes that HKDF-SHA256 derives from the secret for this purpose (RFC 5869)."""
    pseudorandom = hmac.digest(_SALT, secret, "sha256")
    return hmac.digest(pseudorandom, purpose.encode() + b"\x01", "sha256")


class Subkeys:
    """Makes digests of 32 hex digits; they raise StorageUnavailable where the secret cannot be read."""

    def __init__(self, secret: Callable[[], bytes]) -> None:
        self._secret = secret

    def image_id(self, data: bytes) -> str:
        """Return the id of the image with these bytes, which is keyed with the secret itself.

        A subkey would change the ids of every image that is stored already.
        """
        return image_id(self._secret(), data)

    def digest(self, purpose: Purpose) -> Digest:
        """Return what makes digests for one purpose."""
        return lambda data: hmac.digest(subkey(self._secret(), purpose), data, "sha256").hex()[:32]
