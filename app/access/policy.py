"""Who may do what: the one place that decides.

Loopback is open. On Lambda, and wherever keys are set, it fails closed. The doors (views, events)
only collect the facts of a call into ``Caller``.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import re
from collections.abc import Callable
from functools import cached_property
from typing import Literal
from urllib.parse import urlsplit

import msgspec

from app.access import signing
from app.access.secrets import Secrets, ssm_reader
from app.config import ConfigError, Platform, Settings
from app.errors import SourceBlocked, Unauthorized

CURE = (
    "send 'Authorization: Bearer KEY' with a key whose SHA-256 (printf %s KEY | sha256sum) "
    "is in MONOLAMBDA_API_KEYS, or set MONOLAMBDA_PUBLIC=true to open the service to everybody"
)
# what may stand beside a preset: nothing that changes the picture, so strangers cannot ask for endless variants
_PRESET_ALONE = ("preset", "url", "id", "v")


class Caller(msgspec.Struct, frozen=True, kw_only=True):
    """The facts of one call that decide about access."""

    address: str
    forwarded: bool = False
    authorization: str = ""
    host: str = ""
    origin: str = ""
    fetch_site: str = ""
    path: str = "/"
    pairs: tuple[tuple[str, str], ...] = ()


class Grant(msgspec.Struct, frozen=True):
    """What the caller turned out to be; ``level`` names the strongest reason."""

    level: Literal["open", "key", "signature", "unsigned", "none"]

    @property
    def trusted(self) -> bool:
        """Say whether results may be kept and any url be fetched on this caller's behalf."""
        return self.level in ("open", "key", "signature")

    @property
    def full(self) -> bool:
        """Say whether writes, listings and the full status are allowed."""
        return self.level in ("open", "key")


class Access:
    """The rules of one container; raises ConfigError for keys that could never be right."""

    def __init__(
        self, settings: Settings, platform: Platform, *, now: Callable[[], float], secrets: Secrets | None = None
    ) -> None:
        self._settings = settings
        self._on_lambda = platform.mode == "lambda"
        self._secrets = secrets or Secrets(settings, read=ssm_reader())
        if not self._secrets.referenced:
            _ = self._hashes, self._signers  # wrong keys are told at the start, not to the first caller
        self._now = now

    @cached_property
    def _hashes(self) -> tuple[bytes, ...]:
        return tuple(_checked_hash(text).encode() for text in self._secrets.settings().api_keys)

    @cached_property
    def _signers(self) -> dict[str, bytes]:
        return _signers(self._secrets.settings().signing_keys)

    def identify(self, caller: Caller) -> Grant:
        """Return what the caller is.

        Raises Unauthorized for a key that is not ours, SignatureInvalid or SignatureExpired for a signature.
        """
        if caller.authorization:
            self._check_key(caller.authorization)
            return Grant("key")
        if any(name == "s" for name, _ in caller.pairs):
            signing.verify(self._signers, caller.path, caller.pairs, now=self._now())
            return Grant("signature")
        if self._settings.public or self._is_open_loopback(caller):
            return Grant("open")
        return Grant("unsigned" if self._is_unsigned(caller) else "none")

    def require_full(self, grant: Grant, what: str) -> None:
        """Let key holders and open callers pass; raise Unauthorized with the words that cure it."""
        if not grant.full:
            raise Unauthorized(f"{what} needs a key: {CURE}")

    def require_write(self, grant: Grant, caller: Caller, what: str) -> None:
        """As require_full, and refuse pages of other sites that a browser lets post here (CSRF)."""
        self.require_full(grant, what)
        if grant.level != "key" and self._is_cross_site(caller):
            raise Unauthorized(
                f"{what} from a page of another site is refused: add its origin to MONOLAMBDA_CORS_ORIGINS"
            )

    def require_transform(self, grant: Grant, what: str) -> None:
        """Let everybody pass who may ask for a resized image by GET."""
        if grant.level == "none":
            raise Unauthorized(f"{what} needs a signature (s=…) or a key: {CURE}")

    def require_original(self, grant: Grant) -> None:
        """Let pass who may read the bytes as they were uploaded, GPS position and all."""
        if self._settings.originals != "public":
            self.require_full(grant, "reading an original")

    def permit_source(self, grant: Grant, allowed: bool, url: str) -> None:
        """Decide on one hop of a url source; ``allowed`` says whether its host is on the allow list."""
        if not (grant.trusted or allowed):
            host = urlsplit(url).hostname or ""
            raise SourceBlocked(
                f"fetching from '{host[:100]}' needs a signature or a key, or the host in MONOLAMBDA_SOURCE_ALLOW"
            )

    def sign(self, path: str, pairs: signing.Pairs) -> str:
        """Return the value of ``s`` by our first key for these parameters; empty where no signing is set up."""
        for key_id, key in self._signers.items():
            return signing.sign(key_id, key, path, pairs)
        return ""

    def permit_any(self, url: str) -> None:
        """Let a trusted caller's url pass; where it leads is still checked when it is connected to."""

    def _check_key(self, authorization: str) -> None:
        scheme, _, key = authorization.partition(" ")
        digest = hashlib.sha256(key.strip().encode(errors="surrogatepass")).hexdigest().encode()
        # every hash is compared, so that the time does not tell which one was close
        known = [hmac.compare_digest(digest, candidate) for candidate in self._hashes]
        if scheme.lower() != "bearer" or not any(known):
            raise Unauthorized(f"the Authorization header holds no key known here: {CURE}")

    def _is_open_loopback(self, caller: Caller) -> bool:
        if self._on_lambda or self._hashes or self._signers or caller.forwarded:
            return False
        try:
            return ipaddress.ip_address(caller.address).is_loopback
        except ValueError:
            return False

    def _is_unsigned(self, caller: Caller) -> bool:
        """Say whether the settings let the call do without a signature: any, or one that asks for a preset alone."""
        names = [name for name, _ in caller.pairs]
        preset = "preset" in names and set(names) <= set(_PRESET_ALONE) and len(set(names)) == len(names)
        return self._settings.unsigned == "all" or (self._settings.unsigned == "presets" and preset)

    def _is_cross_site(self, caller: Caller) -> bool:
        if caller.origin in self._settings.cors_origins and caller.origin:
            return False
        if caller.fetch_site in ("cross-site", "same-site"):
            return True
        # not parsed: an Origin is scheme://host[:port], and what is not must not pass (RFC 6454, 7.1)
        return bool(caller.origin) and caller.origin.partition("://")[2] != caller.host


def _checked_hash(text: str) -> str:
    """Return the hash in lower case; the words leave it out, since it may be a key given by mistake."""
    if not re.fullmatch("[0-9a-fA-F]{64}", text):
        raise ConfigError("MONOLAMBDA_API_KEYS: expected SHA-256 hashes of 64 hex digits")
    return text.lower()


def _signers(texts: tuple[str, ...]) -> dict[str, bytes]:
    """Return key by id; an empty key would let everybody sign."""
    split = [text.partition(":") for text in texts]
    if not all(key_id and key and "." not in key_id for key_id, _, key in split):
        raise ConfigError("MONOLAMBDA_SIGNING_KEYS: expected id:secret, neither empty, no dot in the id")
    signers = {key_id: key.encode() for key_id, _, key in split}
    if len(signers) != len(split):
        raise ConfigError("MONOLAMBDA_SIGNING_KEYS: expected every id once")
    return signers
