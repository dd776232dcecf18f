"""The access policy: the one place that decides who may do what.

Loopback is open. On Lambda, and wherever keys are set, access fails closed. The doors (views, events) only
collect the facts of a call into ``Caller``.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import re
from collections.abc import Callable
from urllib.parse import urlsplit

from app.access import cross_site, proxies, sessions, signing
from app.access.grant import Caller, Grant
from app.access.keyring import Keyring, parse_keys
from app.access.secrets import Secrets, ssm_reader
from app.access.subkeys import Digest
from app.core.config import Platform, Settings
from app.core.errors import SignatureInvalid, SourceBlocked, Unauthorized
from app.sources import check_url, host_allowed, require_allow_list

KEY_HELP = (
    "send 'Authorization: Bearer KEY' or 'X-Monolambda-Key: KEY' with a key whose SHA-256 (printf %s KEY | sha256sum) "
    "is in MONOLAMBDA_API_KEYS, or set MONOLAMBDA_PUBLIC=true to open the service to everybody"
)
# all that an unsigned request for a preset may hold: anything else would let strangers ask for endless variants
_PRESET_PARAMETERS = ("preset", "url", "id", "v")
# the names of this machine, which a proxy is not asked for
_LOCAL_HOST = r"(([a-z0-9-]+\.)*localhost|127(\.[0-9]{1,3}){3}|\[::1\])(:[0-9]+)?"


class Access:
    """The policy of one container; raises ConfigError for keys that cannot be valid."""

    def __init__(
        self,
        settings: Settings,
        platform: Platform,
        *,
        now: Callable[[], float],
        session_digest: Digest,
        secrets: Secrets | None = None,
    ) -> None:
        self._settings = settings
        self._on_lambda = platform.mode == "lambda"
        self._secrets = secrets or Secrets(settings, read=ssm_reader())
        self._parsed: Keyring | None = None
        if not self._secrets.referenced:
            self._keys()  # a wrong key stops the start, rather than failing the first caller
        self._now = now
        self._session_digest = session_digest
        require_allow_list("MONOLAMBDA_SOURCE_ALLOW", settings.source_allow)
        require_allow_list("MONOLAMBDA_SOURCE_HOSTS", settings.source_hosts)
        self.proxies = proxies.parse(settings.trusted_proxies)
        self._public_origin = cross_site.origin_of(settings.public_url)

    @property
    def _hashes(self) -> tuple[bytes, ...]:
        return self._keys().hashes

    @property
    def _signers(self) -> dict[str, bytes]:
        return self._keys().signers

    def _keys(self) -> Keyring:
        """Return the keys, parsed again when the secrets have changed."""
        settings = self._secrets.settings()
        if self._parsed is None or self._parsed.settings is not settings:
            self._parsed = parse_keys(settings)
        return self._parsed

    def identify(self, caller: Caller) -> Grant:
        """Return what the caller may do.

        Raises Unauthorized for an unknown key in our own header, SignatureInvalid or SignatureExpired for a bad
        signature of somebody without a key or a session. An Authorization that holds no key of ours is somebody
        else's, such as IAM's or an authorizer's: it grants nothing and refuses nothing.
        """
        scheme, _, token = caller.authorization.partition(" ")
        if caller.key and self._hash_of(caller.key.strip()) is None:
            raise Unauthorized(f"the X-Monolambda-Key header holds no valid key: {KEY_HELP}")
        if caller.key or (scheme.lower() == "bearer" and self._hash_of(token.strip())):
            return Grant("key")
        if caller.session and self._has_session(caller):
            return Grant("session")
        if any(name == "s" for name, _ in caller.pairs):
            if caller.method not in ("GET", "HEAD"):
                raise SignatureInvalid(
                    f"a signature covers path and query, and no body: expected GET, not {caller.method}"
                )
            signing.verify(self._signers, caller.path, caller.pairs, now=self._now())
            return Grant("signature")
        if self._settings.public:
            return Grant("open")
        if self._is_local(caller) and cross_site.may_read(*self._site(caller)):
            return Grant("local")
        return Grant("unsigned" if self._is_unsigned(caller) else "none")

    def require_full(self, grant: Grant, what: str) -> None:
        """Raise Unauthorized, with how to get access, unless the caller has a key or access is open."""
        if not grant.full:
            raise Unauthorized(f"{what} needs a key: {KEY_HELP}")

    def require_write(self, grant: Grant, caller: Caller, what: str) -> None:
        """As ``require_full``, and refuse requests that a browser sends for a page of another site (CSRF)."""
        needs_no_key = grant.level in ("open", "session") or self._is_local(caller)
        if grant.level != "key" and needs_no_key:
            self.require_own_page(caller, what)
        if grant.level == "session" and not (caller.origin or caller.fetch_site):
            raise Unauthorized(
                f"{what} with a session needs the header Origin, which browsers send: send a key instead"
            )
        self.require_full(grant, what)

    def require_own_page(self, caller: Caller, what: str) -> None:
        """Raise Unauthorized for requests that a browser sends for a page of another site (CSRF)."""
        if not cross_site.may_write(*self._site(caller), self._public_origin):
            raise Unauthorized(
                f"{what} from a page of another site is refused: add its origin to MONOLAMBDA_CORS_ORIGINS"
            )

    def require_transform(self, grant: Grant, what: str) -> None:
        """Raise Unauthorized unless the caller may GET a resized image."""
        if grant.level == "none":
            raise Unauthorized(f"{what} needs a signature (s=…) or a key: {KEY_HELP}")

    def require_trust(self, grant: Grant, what: str) -> None:
        """Raise Unauthorized unless the caller may see where a picture was taken."""
        if not grant.trusted:
            raise Unauthorized(f"{what} can tell where a picture was taken, and needs a signature or a key: {KEY_HELP}")

    def require_original(self, grant: Grant) -> None:
        """Raise Unauthorized unless the caller may read uploaded bytes, which can carry a GPS position."""
        if self._settings.originals != "public":
            self.require_full(grant, "reading an original")

    def check_source(self, grant: Grant, url: str) -> None:
        """Check one hop of a URL source.

        Raises InvalidParameter or SourceBlocked for a URL that nobody may fetch, and SourceBlocked for one that
        this caller may not.
        """
        check_url(url)
        self.check_source_host(url)
        if not (grant.trusted or host_allowed(url, self._settings.source_allow)):
            raise SourceBlocked(
                f"fetching from '{_host(url)}' needs a signature or a key, or the host in MONOLAMBDA_SOURCE_ALLOW"
            )

    def sign(self, path: str, pairs: signing.Pairs) -> str:
        """Return the ``s`` of these parameters, signed with the first key; empty where there is no signing key."""
        for key_id, key in self._signers.items():
            return signing.sign(key_id, key, path, pairs)
        return ""

    def check_source_host(self, url: str) -> None:
        """Check one hop of a URL source of a trusted caller; the address it leads to is checked when connecting.

        Raises SourceBlocked for a host that nobody may fetch from.
        """
        if self._settings.source_hosts and not host_allowed(url, self._settings.source_hosts):
            raise SourceBlocked(f"fetching from '{_host(url)}' needs the host in MONOLAMBDA_SOURCE_HOSTS")

    def sign_in(self, key: str) -> str:
        """Return the cookie of a session for the holder of ``key``; raise Unauthorized for a wrong one."""
        known = self._hash_of(key)
        if known is None:
            raise Unauthorized("this is not a key of this service")
        return sessions.issue(self._session_digest, known, now=self._now())

    @property
    def has_keys(self) -> bool:
        """Return whether anybody can sign in."""
        return bool(self._hashes)

    def _hash_of(self, key: str) -> bytes | None:
        """Return the hash of a valid key, None for any other text."""
        digest = hashlib.sha256(key.encode(errors="surrogatepass")).hexdigest().encode()
        # every hash is compared, so that the time taken does not reveal a near match
        known = [hmac.compare_digest(digest, candidate) for candidate in self._hashes]
        return digest if any(known) else None

    def _has_session(self, caller: Caller) -> bool:
        return sessions.is_valid(self._session_digest, caller.session, self._hashes, now=self._now())

    def is_shared(self, caller: Caller, grant: Grant | None, *, refused: bool) -> bool:
        """Return whether scripts of every site may read the answer: not where this machine alone is let in.

        ``grant`` is None where finding it failed. Who has none and is not ``refused`` got what everybody gets.
        """
        if grant is not None and not (refused and grant.level == "none"):
            return grant.level != "local"
        return self._settings.public or self._is_unsigned(caller) or not self._is_local(caller)

    def _is_local(self, caller: Caller) -> bool:
        """Return whether the call came from this machine and nothing closes that way in.

        A proxy on this machine makes everybody local. It shows itself in a header or in the host it was asked for,
        or it is trusted by name.
        """
        if self._on_lambda or self._hashes or self._signers or caller.forwarded:
            return False
        if proxies.within(caller.address, self.proxies) or not re.fullmatch(_LOCAL_HOST, caller.host):
            return False
        try:
            return ipaddress.ip_address(caller.address).is_loopback
        except ValueError:
            return False

    def _site(self, caller: Caller) -> tuple[str, str, str, tuple[str, ...]]:
        return caller.origin, caller.fetch_site, caller.host, self._settings.cors_origins

    def _is_unsigned(self, caller: Caller) -> bool:
        """Return whether the settings allow this call without a signature: any call, or /resize of a preset alone."""
        if self._settings.unsigned != "presets":
            return self._settings.unsigned == "all"
        names = [name for name, _ in caller.pairs]
        has_preset_alone = set(names) <= set(_PRESET_PARAMETERS) and len(set(names)) == len(names)
        return caller.path == "/resize" and "preset" in names and has_preset_alone


def _host(url: str) -> str:
    return (urlsplit(url).hostname or "")[:100]
