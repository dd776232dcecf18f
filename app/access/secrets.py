"""Secrets that are kept elsewhere: settings may name SSM parameters, read once and on first need.

``ssm:/monolambda/dev/secret`` in the place of a secret names a parameter, best a SecureString. Nothing is
read at a cold start: a container that never checks a key never asks. How a parameter is read is handed in.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import msgspec

from app.config import Settings
from app.errors import StorageUnavailable

Reader = Callable[[Sequence[str]], Mapping[str, str]]

SCHEME: Final = "ssm:"
_BATCH: Final = 10  # names in one GetParameters


class Secrets:
    """The settings of one container with every reference replaced by what it names."""

    def __init__(self, settings: Settings, *, read: Reader) -> None:
        self._given = settings
        self._read = read
        self._names = tuple(dict.fromkeys(_names(settings)))
        self._whole = None if self._names else settings
        self._lock = threading.Lock()

    @property
    def referenced(self) -> bool:
        """Say whether any setting names a parameter; without reading it."""
        return bool(self._names)

    def settings(self) -> Settings:
        """Return the settings with their secrets; the first call reads all of them.

        Raises StorageUnavailable when one cannot be read or is not there, and the next call tries again.
        """
        with self._lock:
            if self._whole is None:
                self._whole = _filled(self._given, self._read(self._names))
            return self._whole


def ssm_reader(client: Any = None) -> Reader:
    """Return what reads parameters with boto3, imported on the first call; ``client`` is an SSM client."""

    def read(names: Sequence[str]) -> Mapping[str, str]:
        try:
            ssm = client or _connect()
            return _read(ssm, names)
        except Exception as exc:
            if type(exc).__module__.split(".")[0] not in ("botocore", "boto3", "urllib3"):
                raise
            # the words of AWS may repeat a value
            raise StorageUnavailable(f"secrets cannot be read from SSM: {_code(exc)}") from exc

    return read


def _connect() -> Any:
    import boto3  # type: ignore[import-untyped]
    from botocore.config import Config  # type: ignore[import-untyped]

    config = Config(connect_timeout=2, read_timeout=3, retries={"mode": "standard", "total_max_attempts": 3})
    return boto3.session.Session().client("ssm", config=config)


def _read(ssm: Any, names: Sequence[str]) -> dict[str, str]:
    """Ask for ten at a time: https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameters.html"""
    found: dict[str, str] = {}
    for start in range(0, len(names), _BATCH):
        answer = ssm.get_parameters(Names=list(names[start : start + _BATCH]), WithDecryption=True)
        found.update({each["Name"]: each["Value"] for each in answer["Parameters"]})
    return found


def _code(exc: Exception) -> str:
    response: Any = getattr(exc, "response", None)
    return str(response["Error"]["Code"]) if isinstance(response, dict) else type(exc).__name__


def _names(settings: Settings) -> list[str]:
    texts = (settings.secret, *settings.api_keys, *settings.signing_keys)
    return [text.removeprefix(SCHEME) for text in texts if text.startswith(SCHEME)]


def _filled(settings: Settings, found: Mapping[str, str]) -> Settings:
    if missing := [name for name in _names(settings) if not found.get(name, "").strip()]:
        raise StorageUnavailable(f"there is no secret in the SSM parameter {', '.join(missing)}")

    def lists(texts: tuple[str, ...]) -> tuple[str, ...]:
        """Replace a reference by the comma-separated values it names, as the variable itself has them."""
        whole = ",".join(found[text.removeprefix(SCHEME)] if text.startswith(SCHEME) else text for text in texts)
        return tuple(part.strip() for part in whole.split(",") if part.strip())

    secret = settings.secret
    if secret.startswith(SCHEME):
        secret = found[secret.removeprefix(SCHEME)].strip()
    return msgspec.structs.replace(
        settings, secret=secret, api_keys=lists(settings.api_keys), signing_keys=lists(settings.signing_keys)
    )
