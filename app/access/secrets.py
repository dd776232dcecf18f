"""Secrets kept in SSM: a setting may name a parameter, which is read when it is first needed, and again now and then.

``ssm:/monolambda/dev/secret`` instead of a secret names a parameter, preferably a SecureString. Nothing is
read at a cold start: a container that never checks a key never reads one. The reader is handed in.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any, Final

import msgspec

from app.core.config import MIN_SECRET, ConfigError, Settings, parts
from app.core.errors import StorageUnavailable

# from the names of parameters to their values; those that do not exist are left out
SecretReader = Callable[[Sequence[str]], Mapping[str, str]]

SCHEME: Final = "ssm:"
# how long a failure is kept: one request asks several times, and anybody may send many
RETRY_S: Final = 3.0
# names in one call: https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameters.html
_BATCH: Final = 10


class ParameterMissing(LookupError):
    """SSM answered that a parameter is not there: the cause of a StorageUnavailable, unlike a read that failed."""


class Secrets:
    """The settings of one container, with every SSM reference replaced by the secret it names.

    ``now`` is the wall clock: a monotonic one may stand still while the container is frozen, and would keep a failure
    from before that. ``check`` raises
    ConfigError for secrets that cannot be used. ``report`` is told of each later read that failed.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        read: SecretReader,
        now: Callable[[], float] = time.time,
        check: Callable[[Settings], object] = lambda settings: None,
        report: Callable[[StorageUnavailable], None] = lambda failure: None,
    ) -> None:
        if not settings.secret.startswith(SCHEME) and settings.secret and _is_short(settings.secret):
            raise ConfigError(f"MONOLAMBDA_SECRET: expected at least {MIN_SECRET} bytes (openssl rand -hex 32)")
        self._settings = settings
        self._read = read
        self._now = now
        self._check = check
        self._report = report
        self._names = tuple(dict.fromkeys(_names(settings)))
        self._resolved = None if self._names else settings
        self._was_missing = False
        self._failure = ""
        self._failed_at = 0.0
        self._read_at = 0.0
        self._lock = threading.Lock()

    @property
    def referenced(self) -> bool:
        """Return whether any setting names a parameter; reads nothing."""
        return bool(self._names)

    def settings(self) -> Settings:
        """Return the settings with their secrets, which the first call reads, and one call every ``secrets_ttl_s``.

        Raises StorageUnavailable when the first read fails, and so do all calls within ``RETRY_S``; the next one tries
        again. When a later read fails, the secrets stay as they are until the next one. A parameter that was missing
        in two reads is revoked: it is as after a first read that failed.
        """
        with self._lock:
            if self._resolved is None:
                self._resolved = self._read_first()
                self._read_at = self._now()
            known, is_due = self._resolved, self._is_due()
            if is_due:
                self._read_at = self._now()  # now, so that no other thread waits for this read
        return self._read_again(known) if is_due else known

    def _read_first(self) -> Settings:
        # a clock that is set back must not keep the failure until it has caught up
        if self._failure and 0 <= self._now() - self._failed_at < RETRY_S:
            raise StorageUnavailable(self._failure)
        try:
            return self._resolve()
        except StorageUnavailable as exc:
            self._keep(exc)
            raise

    def _keep(self, failure: StorageUnavailable) -> None:
        self._failure, self._failed_at = failure.detail, self._now()

    def _read_again(self, known: Settings) -> Settings:
        try:
            resolved = self._resolve()
        except StorageUnavailable as exc:
            self._report(exc)
            is_missing = isinstance(exc.__cause__, ParameterMissing)
            if is_missing and self._was_missing:
                self._keep(exc)
                self._resolved = None
                raise
            self._was_missing |= is_missing
            return known
        # the same object as long as nothing changed, so that what was made of it can be kept
        self._resolved = known if resolved == known else resolved
        return self._resolved

    def _resolve(self) -> Settings:
        resolved = _with_secrets(self._settings, self._read(self._names))
        self._was_missing = False
        try:
            self._check(resolved)
        except ConfigError as exc:
            raise StorageUnavailable(str(exc)) from exc
        return resolved

    def _is_due(self) -> bool:
        # a clock that is set back must not keep revoked secrets until it has caught up
        return self.referenced and not 0 <= self._now() - self._read_at < self._settings.secrets_ttl_s


def ssm_reader(client: Any = None) -> SecretReader:
    """Return a reader that uses boto3, which it imports on its first call; ``client`` is an SSM client."""
    connect = cache(lambda: client or _connect())

    def read(names: Sequence[str]) -> Mapping[str, str]:
        try:
            return _read(connect(), names)
        except Exception as exc:
            is_theirs = type(exc).__module__.split(".")[0] in ("botocore", "boto3", "urllib3")
            if not is_theirs and not isinstance(exc, ModuleNotFoundError):  # boto3 may not be installed
                raise
            # AWS's message may contain a value
            raise StorageUnavailable(f"secrets cannot be read from SSM: {_code(exc)}") from exc

    return read


def _connect() -> Any:
    import boto3  # type: ignore[import-untyped]
    from botocore.config import Config  # type: ignore[import-untyped]

    config = Config(connect_timeout=2, read_timeout=3, retries={"mode": "standard", "total_max_attempts": 3})
    return boto3.session.Session().client("ssm", config=config)


def _read(ssm: Any, names: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for start in range(0, len(names), _BATCH):
        response = ssm.get_parameters(Names=list(names[start : start + _BATCH]), WithDecryption=True)
        found.update({each["Name"]: each["Value"] for each in response["Parameters"]})
    return found


def _code(exc: Exception) -> str:
    response: Any = getattr(exc, "response", None)
    return str(response["Error"]["Code"]) if isinstance(response, dict) else type(exc).__name__


def _is_short(secret: str) -> bool:
    return len(secret.encode(errors="surrogateescape")) < MIN_SECRET


def _names(settings: Settings) -> list[str]:
    texts = (settings.secret, *settings.api_keys, *settings.signing_keys)
    return [text.removeprefix(SCHEME) for text in texts if text.startswith(SCHEME)]


def _with_secrets(settings: Settings, values: Mapping[str, str]) -> Settings:
    if missing := [name for name in _names(settings) if not parts(values.get(name, ""))]:
        detail = f"there is no secret in the SSM parameter {', '.join(missing)}"
        raise StorageUnavailable(detail) from ParameterMissing(*missing)

    def resolve(texts: tuple[str, ...]) -> tuple[str, ...]:
        """Replace each reference by the comma-separated values of its parameter."""
        joined = ",".join(values[text.removeprefix(SCHEME)] if text.startswith(SCHEME) else text for text in texts)
        return tuple(parts(joined))

    secret = settings.secret
    if secret.startswith(SCHEME):
        secret = values[secret.removeprefix(SCHEME)].strip()
        if _is_short(secret):
            raise StorageUnavailable(f"the SSM parameter of MONOLAMBDA_SECRET holds fewer than {MIN_SECRET} bytes")
    return msgspec.structs.replace(
        settings, secret=secret, api_keys=resolve(settings.api_keys), signing_keys=resolve(settings.signing_keys)
    )
