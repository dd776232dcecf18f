"""The variables an app in the lab gets: the caller's own, and what it needs to be of use on loopback."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from pathlib import Path

PREFIX = "MONOLAMBDA_"


def app_settings(given: Mapping[str, str], directory: Path) -> dict[str, str]:
    """Return the app's variables among ``given``; without any, storage all containers share, open to all.

    Only loopback reaches the lab, and an app that is closed until it has a key shows nothing. On
    Lambda the secret must be given, since containers could not agree on one.
    """
    settings = {name: value for name, value in given.items() if name.startswith(PREFIX)}
    storage = settings.get(f"{PREFIX}STORAGE", str(directory / "storage"))
    if not storage.startswith("s3://"):
        settings[f"{PREFIX}STORAGE"] = str(Path(storage).resolve())
    settings.setdefault(f"{PREFIX}SECRET", secrets.token_hex())
    if f"{PREFIX}API_KEYS" not in settings:
        settings.setdefault(f"{PREFIX}PUBLIC", "true")
    return settings
