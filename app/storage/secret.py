"""The instance secret of a storage directory: generated once, then read."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from app.storage.files import make_directory

_NAME = "secret"


def local_secret(root: Path) -> str:
    """Return the secret stored in ``root``, generating it on first run with mode 0600.

    Two processes that start together agree: the file appears complete, and only once.
    """
    path = root / _NAME
    make_directory(root)
    if not path.exists():
        temporary = root / f".{_NAME}-{secrets.token_hex(8)}"
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_hex(32))
            file.flush()
            os.fsync(file.fileno())  # if a power cut lost it, every image id would change
        try:
            os.link(temporary, path)
        except FileExistsError:
            pass
        finally:
            temporary.unlink()
    return path.read_text().strip()
