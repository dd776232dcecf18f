"""The secret of this installation, and the ids of images: an HMAC of their bytes, keyed with it."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from pathlib import Path

from app.access.secrets import SCHEME, Secrets
from app.core.config import Platform, Settings
from app.core.errors import StorageUnavailable


def image_id(secret: bytes, data: bytes) -> str:
    """Return 32 hex digits that only holders of ``secret`` can derive from the bytes.

    A plain hash would let anyone ask whether a known picture was uploaded.
    """
    return hmac.new(secret, data, hashlib.sha256).hexdigest()[:32]


def instance_secret(settings: Settings, platform: Platform, secrets: Secrets) -> Callable[[], bytes]:
    """Return what gives the secret of this installation; without one it raises StorageUnavailable when called."""
    secret = settings.secret
    if secret.startswith(SCHEME):

        def read() -> bytes:
            return secrets.settings().secret.encode()

        return read
    # on Lambda every container has a directory of its own, and each would make another secret there
    if not secret and platform.mode == "local" and "://" not in settings.storage:
        from app.storage.secret import local_secret

        secret = local_secret(Path(settings.storage))
    known = secret.encode()
    return (lambda: known) if known else _refuse


def _refuse() -> bytes:
    raise StorageUnavailable(
        "MONOLAMBDA_SECRET is not set: ids of images are made from it, and every container must know the same"
    )
