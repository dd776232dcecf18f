"""The world outside the process: storage, sources, AWS. Tests hand in others."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import msgspec

from app.access.secrets import SecretReader, ssm_reader
from app.config import ConfigError, Platform, Settings
from app.errors import listed
from app.runtime.dead_letters import DeadLetters, SqsDeadLetters
from app.runtime.invoker import Invoker, SelfInvoker
from app.service import JobQueue
from app.sources import Fetcher
from app.storage import Storage


class Backends(msgspec.Struct, frozen=True, kw_only=True):
    """Everything outside the process that a container reaches; nothing is connected before it is used.

    Without a ``queue``, jobs run in invocations of their own on Lambda, in threads of this process elsewhere.
    """

    storage: Storage
    fetcher: Fetcher
    invoker: Invoker
    dead_letters: DeadLetters
    read_secrets: SecretReader
    queue: JobQueue | None = None


def open_backends(settings: Settings, platform: Platform) -> Backends:
    """Return the real backends; raise ConfigError for settings that no backend can be made from."""
    fetcher = Fetcher(
        settings, networks=settings.source_networks, pooling=settings.pooling, pool_size=settings.pool_size
    )
    return Backends(
        storage=open_storage(settings),
        fetcher=fetcher,
        invoker=SelfInvoker(platform.function_name, platform.function_version),
        dead_letters=SqsDeadLetters(settings.dead_letter_url),
        read_secrets=ssm_reader(),
    )


def open_storage(settings: Settings) -> Storage:
    """Return the storage that the settings name, a directory or a URL; raise ConfigError."""
    scheme, is_url, _ = settings.storage.partition("://")
    if not is_url:
        from app.storage.local import LocalStorage

        return LocalStorage(Path(settings.storage), derived_bytes=settings.derived_bytes)
    if scheme not in _URL_STORAGES:
        # the value is not repeated: it may be a secret that landed in the wrong variable
        known = listed([f"a URL that begins with {each}://" for each in _URL_STORAGES])
        raise ConfigError(f"MONOLAMBDA_STORAGE: expected a directory or {known}")
    return _URL_STORAGES[scheme](settings)


def _open_bucket(settings: Settings) -> Storage:
    from app.storage import s3

    return s3.from_url(
        settings.storage,
        pooling=settings.pooling,
        pool_size=settings.pool_size,
        connect_s=settings.connect_s,
        read_s=settings.read_s,
    )


# a new storage is one row here and one file
_URL_STORAGES: Final[Mapping[str, Callable[[Settings], Storage]]] = {
    "s3": _open_bucket,
}
