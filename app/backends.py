"""The world outside the process: storage, sources, AWS. Tests hand in others."""

from __future__ import annotations

from pathlib import Path

import msgspec

from app.access.secrets import SecretReader, ssm_reader
from app.config import Platform, Settings
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
        storage=_open_storage(settings),
        fetcher=fetcher,
        invoker=SelfInvoker(platform.function_name, platform.function_version),
        dead_letters=SqsDeadLetters(settings.dead_letter_url),
        read_secrets=ssm_reader(),
    )


def _open_storage(settings: Settings) -> Storage:
    if settings.storage.startswith("s3://"):
        from app.storage import s3

        return s3.from_url(
            settings.storage,
            pooling=settings.pooling,
            pool_size=settings.pool_size,
            connect_s=settings.connect_s,
            read_s=settings.read_s,
        )
    from app.storage.local import LocalStorage

    return LocalStorage(Path(settings.storage), derived_bytes=settings.derived_bytes)
