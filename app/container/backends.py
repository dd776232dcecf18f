"""What the app talks to outside its process: storage, URL sources and AWS. Tests pass in their own."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from app.access.secrets import SecretReader, ssm_reader
from app.core.config import ConfigError, Platform, Settings
from app.core.deadline import Clock
from app.core.text import listed
from app.runtime.dead_letters import DeadLetters, SqsDeadLetters
from app.runtime.invoker import Invoker, SelfInvoker
from app.service import JobQueue
from app.sources import Fetcher
from app.storage import Storage

if TYPE_CHECKING:
    from app.runtime.rate_limit import RateLimit


class Backends(msgspec.Struct, frozen=True, kw_only=True):
    """Everything outside the process that a container reaches; nothing is connected before it is used.

    Without a ``queue``, jobs run in invocations of their own on Lambda, in threads of this process elsewhere.
    ``table_directory`` has the limits that processes of this machine share, None for the system's temporary directory.
    """

    storage: Storage
    fetcher: Fetcher
    invoker: Invoker
    dead_letters: DeadLetters
    read_secrets: SecretReader
    queue: JobQueue | None = None
    table_directory: Path | None = None


def open_backends(settings: Settings, platform: Platform) -> Backends:
    """Return the real backends; raise ConfigError for settings that cannot be used."""
    fetcher = Fetcher(
        settings, networks=settings.source_networks, pooling=settings.pooling, pool_size=settings.pool_size
    )
    return Backends(
        storage=open_storage(settings),
        fetcher=fetcher,
        invoker=SelfInvoker(platform.function_name),
        dead_letters=SqsDeadLetters(settings.dead_letter_url),
        read_secrets=ssm_reader(),
    )


# each scheme is also the name of a module in app.storage, which is imported on first use
_URL_SCHEMES: Final = ("s3",)

# attempts of one address to sign in: five at once, then one in ten seconds
_SIGN_IN_RATE: Final = 0.1
_SIGN_IN_BURST: Final = 5


def open_storage(settings: Settings) -> Storage:
    """Return the storage that the settings name, a directory or a URL; raise ConfigError."""
    scheme, is_url, _ = settings.storage.partition("://")
    if is_url and scheme not in _URL_SCHEMES:
        # the value is not repeated: it may be a secret that landed in the wrong variable
        known = listed([f"{each}://" for each in _URL_SCHEMES])
        raise ConfigError(f"MONOLAMBDA_STORAGE: expected a directory or a URL that begins with {known}")
    module = import_module(f"app.storage.{scheme if is_url else 'local'}")
    storage: Storage = module.from_settings(settings)
    return storage


def open_rate_limit(settings: Settings, clock: Clock, directory: Path | None) -> RateLimit | None:
    """Return the limit of requests, None when there is none."""
    if not settings.rate_limit:
        return None
    return _open_limit(settings, clock, directory, "rates", settings.rate_limit, settings.rate_burst)


def open_sign_in_limit(settings: Settings, clock: Clock, directory: Path | None) -> RateLimit:
    """Return the limit of attempts to sign in."""
    return _open_limit(settings, clock, directory, "sign-ins", _SIGN_IN_RATE, _SIGN_IN_BURST)


def _open_limit(
    settings: Settings, clock: Clock, directory: Path | None, kind: str, rate: float, burst: int
) -> RateLimit:
    """Return a limit that all processes with this storage share on this machine."""
    import hashlib
    from tempfile import gettempdir

    from app.runtime.rate_limit import RateLimit

    storage = settings.storage if "://" in settings.storage else str(Path(settings.storage).absolute())
    name = f"monolambda-{hashlib.sha256(storage.encode()).hexdigest()[:16]}.{kind}"
    return RateLimit(rate, burst, clock=clock, path=Path(directory or gettempdir(), name))
