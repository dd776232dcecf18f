"""The app's settings in the lab: the caller's own, and those it needs to be usable on loopback."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from pathlib import Path

import msgspec

from lab.account.function import Function
from lab.file_checks import as_setup_errors

PREFIX = "MONOLAMBDA_"


def given_settings(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the app's variables among those of the caller."""
    return {name: value for name, value in environ.items() if name.startswith(PREFIX)}


def app_settings(given: Mapping[str, str], directory: Path) -> dict[str, str]:
    """Return the app's variables among ``given``, completed by a storage directory, a secret and open access.

    Access is open because only loopback reaches the lab. The secret is set because containers could not
    agree on one, which is why Lambda requires it too.
    """
    settings = given_settings(given)
    storage = settings.get(f"{PREFIX}STORAGE", str(directory / "storage"))
    if "://" not in storage:
        settings[f"{PREFIX}STORAGE"] = str(Path(storage).resolve())
    settings.setdefault(f"{PREFIX}SECRET", secrets.token_hex())
    if f"{PREFIX}API_KEYS" not in settings:
        settings.setdefault(f"{PREFIX}PUBLIC", "true")
    return settings


def storage_directories(settings: Mapping[str, str]) -> tuple[Path, ...]:
    """Return the directory that the app stores in, if it is one of this machine, and make it; raise SetupError."""
    storage = settings.get(f"{PREFIX}STORAGE", "://")
    if "://" in storage:
        return ()
    with as_setup_errors(Path(storage), f"{PREFIX}STORAGE"):
        Path(storage).mkdir(parents=True, exist_ok=True)
    return (Path(storage),)


def with_invoke_api(function: Function, url: str) -> Function:
    """Return the function so that it invokes itself through the lab's Invoke API: jobs and keep-warm do.

    Where it has no credentials and keeps nothing in a bucket, it gets some that are good for nothing else.
    """
    given = function.environment
    own = {"AWS_ENDPOINT_URL_LAMBDA": url}
    if "AWS_ACCESS_KEY_ID" not in given and "://" not in given.get(f"{PREFIX}STORAGE", ""):
        own |= {"AWS_ACCESS_KEY_ID": "lab", "AWS_SECRET_ACCESS_KEY": "lab"}
    return msgspec.structs.replace(function, environment={**own, **given})
