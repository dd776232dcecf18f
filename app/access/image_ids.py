"""The ids of images: an HMAC of their bytes, keyed with the secret of this installation."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from functools import partial
from pathlib import Path

from app.access.secrets import SCHEME, Secrets
from app.config import Platform, Settings
from app.errors import StorageUnavailable


def image_id(secret: bytes, data: bytes) -> str:
    """Return 32 hex digits that only holders of ``secret`` can derive from the bytes.

    A plain hash would let anyone ask whether a known picture was uploaded.
    """
    return hmac.new(secret, data, hashlib.sha256).hexdigest()[:32]


def identifier(settings: Settings, platform: Platform, secrets: Secrets) -> Callable[[bytes], str]:
    """Return what makes ids in this installation; without a secret it raises StorageUnavailable when called."""
    secret = settings.secret
    if secret.startswith(SCHEME):
        return lambda data: image_id(secrets.settings().secret.encode(), data)
    # on Lambda every container has a directory of its own, and each would make another secret there
    if not secret and platform.mode == "local" and "://" not in settings.storage:
        from app.storage.secret import local_secret

        secret = local_secret(Path(settings.storage))
    return partial(image_id, secret.encode()) if secret else _refuse


def _refuse(data: bytes) -> str:
    raise StorageUnavailable(
        "MONOLAMBDA_SECRET is not set: ids of images are made from it, and every container must know the same"
    )
