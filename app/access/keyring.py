"""The keys that the settings hold, checked once."""

from __future__ import annotations

import re

import msgspec

from app.core.config import MIN_SECRET, ConfigError, Settings


class Keyring(msgspec.Struct, frozen=True):
    """The keys that ``settings`` hold: hashes of API keys, and signing keys by their id."""

    settings: Settings
    hashes: tuple[bytes, ...]
    signers: dict[str, bytes]


def parse_keys(settings: Settings) -> Keyring:
    """Return the keys of settings without references; raise ConfigError for keys that cannot be valid."""
    hashes = tuple(_checked_hash(text).encode() for text in settings.api_keys)
    return Keyring(settings, hashes, _parse_signers(settings.signing_keys))


def _checked_hash(text: str) -> str:
    """Return the hash in lower case. The error does not repeat it, because it may be a key given by mistake."""
    if not re.fullmatch("[0-9a-fA-F]{64}", text):
        raise ConfigError("MONOLAMBDA_API_KEYS: expected SHA-256 hashes of 64 hex digits")
    return text.lower()


def _parse_signers(texts: tuple[str, ...]) -> dict[str, bytes]:
    """Return the keys by id; a short key could be guessed from one signed link."""
    split = [text.partition(":") for text in texts]
    if not all(key_id and "." not in key_id and len(key.encode()) >= MIN_SECRET for key_id, _, key in split):
        raise ConfigError(
            f"MONOLAMBDA_SIGNING_KEYS: expected id:secret, no dot in the id, at least {MIN_SECRET} bytes of secret"
        )
    signers = {key_id: key.encode() for key_id, _, key in split}
    if len(signers) != len(split):
        raise ConfigError("MONOLAMBDA_SIGNING_KEYS: expected every id once")
    return signers
