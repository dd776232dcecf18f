from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.access import signing
from app.access.grant import Caller, Grant
from app.access.policy import Access
from app.access.secrets import Secrets
from app.access.subkeys import Subkeys
from app.core.config import ConfigError, Platform, Settings
from app.core.errors import (
    InvalidParameter,
    ServiceError,
    SignatureExpired,
    SignatureInvalid,
    SourceBlocked,
    Unauthorized,
)

KEY = "the-key"
SECRET = "a secret of ours"
HASH = hashlib.sha256(KEY.encode()).hexdigest()
NOW = 1_900_000_000.0
LAMBDA = Platform(mode="lambda", function_name="f", memory_mb=1024)
LOCAL = Platform()
PAIRS = (("id", 32 * "0"), ("width", "480"))
DIGEST = Subkeys(lambda: b"s" * 16).digest("session")
LEVELS = ("open", "local", "key", "session", "signature", "unsigned", "none")

loopback = Caller(address="127.0.0.1", host="localhost:5000", path="/resize", pairs=PAIRS)
stranger = Caller(address="203.0.113.9", host="img.example", path="/resize", pairs=PAIRS)


def access(platform: Platform = LOCAL, **settings: Any) -> Access:
    return Access(Settings(**settings), platform, now=lambda: NOW, session_digest=DIGEST)


def changed(caller: Caller, **facts: Any) -> Caller:
    import msgspec

    return msgspec.structs.replace(caller, **facts)


def signed(caller: Caller, *extra: tuple[str, str], key: bytes = SECRET.encode()) -> Caller:
    pairs = (*caller.pairs, *extra)
    return changed(caller, pairs=(*pairs, ("s", signing.sign("web", key, caller.path, pairs))))


KEYED: dict[str, Any] = {"api_keys": (HASH,)}
SIGNING: dict[str, Any] = {"signing_keys": (f"web:{SECRET}",)}
BEARER = {"authorization": f"Bearer {KEY}"}

# of IAM, of a proxy with a password, of an authorizer, and what is no key
FOREIGN = (
    "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261126/eu-west-1/execute-api/aws4_request, Signature=0",
    "Basic YTpi",
    f"Basic {KEY}",
    "Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln",
    "Bearer",
    "Bearer é\ud800",
    f"Bearer {HASH}",
    KEY,
)

WHO = [
    # loopback is open …
    (LOCAL, {}, loopback, "local"),
    (LOCAL, {}, changed(loopback, address="127.9.9.9"), "local"),
    (LOCAL, {}, changed(loopback, address="::1"), "local"),
    *(
        (LOCAL, {}, changed(loopback, host=host), "local")
        for host in ("localhost", "127.0.0.1:80", "[::1]:5000", "a.localhost")
    ),
    # … not under a name that only a proxy passes on, nor through one that is known
    *((LOCAL, {}, changed(loopback, host=host), "none") for host in ("", "img.example", "localhost.example")),
    *((LOCAL, {"trusted_proxies": (network,)}, loopback, "none") for network in ("127.0.0.1", "127.0.0.0/8")),
    (LOCAL, {"trusted_proxies": ("10.0.0.0/8",)}, loopback, "local"),
    # … not for a page of another site, but for one of this machine
    (LOCAL, {}, changed(loopback, fetch_site="cross-site"), "none"),
    (LOCAL, {}, changed(loopback, origin="https://evil.example"), "none"),
    (LOCAL, {}, changed(loopback, origin="null"), "none"),
    (LOCAL, {}, changed(loopback, fetch_site="anything"), "none"),
    (LOCAL, {}, changed(loopback, origin="http://localhost:3000", fetch_site="same-site"), "local"),
    (LOCAL, {}, changed(loopback, origin="http://localhost:3000"), "local"),
    (LOCAL, {}, changed(loopback, fetch_site="none"), "local"),
    (LOCAL, {"cors_origins": ("https://a.example",)}, changed(loopback, origin="https://a.example"), "local"),
    (LOCAL, {"public": True}, changed(loopback, fetch_site="cross-site"), "open"),
    (LOCAL, {"unsigned": "all"}, changed(loopback, fetch_site="cross-site"), "unsigned"),
    # … and nobody else: not behind a proxy on this machine, not by a name, not from a socket without an address
    (LOCAL, {}, changed(loopback, forwarded=True), "none"),
    (LOCAL, {}, stranger, "none"),
    (LOCAL, {}, changed(stranger, host="localhost"), "none"),
    (LOCAL, {}, changed(loopback, address=""), "none"),
    (LOCAL, {}, changed(loopback, address="localhost"), "none"),
    (LOCAL, {}, changed(loopback, address="0.0.0.0"), "none"),
    (LOCAL, {}, changed(loopback, address="192.168.0.4"), "none"),
    # a key that is set closes loopback, of either kind
    (LOCAL, KEYED, loopback, "none"),
    (LOCAL, SIGNING, loopback, "none"),
    (LOCAL, KEYED, changed(loopback, **BEARER), "key"),
    (LOCAL, KEYED, changed(stranger, **BEARER), "key"),
    (LOCAL, KEYED, changed(stranger, authorization=f"bearer  {KEY} "), "key"),
    (LOCAL, {"api_keys": ("0" * 64, HASH.upper())}, changed(stranger, **BEARER), "key"),
    # Lambda fails closed, whatever the address says and although nothing is set
    (LAMBDA, {}, loopback, "none"),
    (LAMBDA, {}, stranger, "none"),
    (LAMBDA, KEYED, changed(stranger, **BEARER), "key"),
    # a demo is opened on purpose
    (LAMBDA, {"public": True}, stranger, "open"),
    (LOCAL, {"public": True, **KEYED}, changed(stranger, forwarded=True), "open"),
    # unsigned requests
    (LAMBDA, {"unsigned": "all"}, stranger, "unsigned"),
    (LAMBDA, {"unsigned": "presets"}, stranger, "none"),
    (LOCAL, {"unsigned": "all"}, loopback, "local"),
    # signatures
    (LAMBDA, SIGNING, signed(stranger), "signature"),
    (LOCAL, SIGNING, signed(loopback, ("expires", str(int(NOW) + 1))), "signature"),
    (LAMBDA, {**SIGNING, "unsigned": "all"}, signed(stranger), "signature"),
    # somebody else's Authorization grants nothing and refuses nothing; a leaked hash is no key either
    *((LAMBDA, KEYED, changed(stranger, authorization=text), "none") for text in FOREIGN),
    *((LAMBDA, SIGNING, changed(signed(stranger), authorization=text), "signature") for text in FOREIGN),
    *((LOCAL, {}, changed(loopback, authorization=text), "local") for text in FOREIGN),
    # beside it our key has a header of its own
    *((LAMBDA, KEYED, changed(stranger, authorization=text, key=KEY), "key") for text in FOREIGN),
    # a key is stronger than a signature, which is then not even read
    (LAMBDA, {**SIGNING, **KEYED}, changed(signed(stranger), **BEARER), "key"),
    (LAMBDA, {**SIGNING, **KEYED}, changed(signed(stranger, key=b"guess"), **BEARER), "key"),
]


@pytest.mark.parametrize(("platform", "settings", "caller", "level"), WHO)
def test_callers_are_identified(platform: Platform, settings: dict[str, Any], caller: Caller, level: str) -> None:
    assert access(platform, **settings).identify(caller).level == level


REFUSED = [
    (KEYED, changed(stranger, key="wrong", **BEARER), Unauthorized),
    (KEYED, changed(stranger, key=HASH), Unauthorized),  # a leaked hash opens nothing
    (KEYED, changed(stranger, key="é\ud800"), Unauthorized),
    # a wrong key or signature is an error, even where everything is open
    ({}, changed(loopback, key="wrong"), Unauthorized),
    ({"public": True}, changed(stranger, key=KEY), Unauthorized),
    (SIGNING, signed(stranger, key=b"guess"), SignatureInvalid),
    (SIGNING, changed(signed(stranger), path="/info"), SignatureInvalid),
    *((SIGNING, changed(signed(stranger), method=method), SignatureInvalid) for method in ("POST", "PUT", "DELETE")),
    (SIGNING, signed(signed(stranger)), SignatureInvalid),
    (SIGNING, changed(stranger, pairs=(("s", ""),)), SignatureInvalid),
    ({}, signed(stranger), SignatureInvalid),
    ({"public": True}, signed(stranger), SignatureInvalid),
    (SIGNING, signed(stranger, ("expires", str(int(NOW)))), SignatureExpired),
]


@pytest.mark.parametrize(("settings", "caller", "error"), REFUSED)
def test_callers_that_are_refused(settings: dict[str, Any], caller: Caller, error: type[ServiceError]) -> None:
    for platform in (LOCAL, LAMBDA):
        with pytest.raises(error):
            access(platform, **settings).identify(caller)


def passes(check: Callable[[], None], error: type[ServiceError] = Unauthorized) -> bool:
    try:
        check()
    except error:
        return False
    return True


def levels_that_pass(check: Callable[[Grant], None], error: type[ServiceError] = Unauthorized) -> set[str]:
    return {level for level in LEVELS if passes(lambda level=level: check(Grant(level)), error)}  # type: ignore[misc]


FULL = {"open", "local", "key", "session"}


def test_each_level_has_its_rights() -> None:
    rules = access()
    assert levels_that_pass(lambda grant: rules.require_trust(grant, "x")) == {*FULL, "signature"}
    assert levels_that_pass(lambda grant: rules.require_full(grant, "x")) == FULL
    own = changed(stranger, origin=f"https://{stranger.host}")
    assert levels_that_pass(lambda grant: rules.require_write(grant, own, "x")) == FULL
    # a program that has only a session may not write: a browser would have told the origin
    assert levels_that_pass(lambda grant: rules.require_write(grant, stranger, "x")) == FULL - {"session"}
    assert levels_that_pass(lambda grant: rules.require_transform(grant, "x")) == {*LEVELS} - {"none"}
    assert levels_that_pass(rules.require_original) == FULL
    assert levels_that_pass(access(originals="public").require_original) == {*LEVELS}


def test_a_url_needs_trust_or_the_allow_list() -> None:
    url = "https://example.com/a.jpg"
    closed, listed = access(), access(source_allow=("example.com",))
    assert levels_that_pass(lambda grant: closed.check_source(grant, url), SourceBlocked) == {*FULL, "signature"}
    assert levels_that_pass(lambda grant: listed.check_source(grant, url), SourceBlocked) == {*LEVELS}


@pytest.mark.parametrize("level", LEVELS)
def test_a_url_with_a_password_is_refused_at_every_level(level: Any) -> None:
    with pytest.raises(InvalidParameter):
        access().check_source(Grant(level), "https://user:password@example.com/")


def test_refusals_explain_how_to_get_access() -> None:
    with pytest.raises(Unauthorized, match=r"MONOLAMBDA_API_KEYS.*MONOLAMBDA_PUBLIC"):
        access().require_full(Grant("none"), "POST /upload")
    with pytest.raises(SourceBlocked, match=r"example\.com.*MONOLAMBDA_SOURCE_ALLOW"):
        access().check_source(Grant("none"), "https://example.com/?token=x")


WRITES = [
    # what browsers send with a form or a fetch of our own page, of nobody's page, and what programs send
    ({"origin": "http://localhost:5000", "fetch_site": "same-origin"}, True),
    ({"fetch_site": "none"}, True),
    ({}, True),
    # pages of other sites, recognized by either header
    ({"origin": "https://evil.example", "fetch_site": "cross-site"}, False),
    ({"origin": "https://evil.example"}, False),
    ({"fetch_site": "cross-site"}, False),
    ({"origin": "http://localhost:3000", "fetch_site": "same-site"}, False),
    ({"origin": "http://localhost:3000"}, False),
    ({"origin": "http://localhost"}, False),
    ({"origin": "null"}, False),
    ({"origin": "null", "fetch_site": "cross-site"}, False),
    # what no browser sends, but a header is any text
    ({"origin": "http://["}, False),
    ({"origin": "localhost:5000"}, False),
    ({"origin": "http://localhost:5000.evil.example"}, False),
    ({"origin": "http://evil.example#localhost:5000"}, False),
    # pages that were named
    ({"origin": "https://app.example", "fetch_site": "cross-site"}, True),
    ({"origin": "https://app.example"}, True),
    ({"origin": "http://app.example"}, False),
]


@pytest.mark.parametrize(("facts", "allowed"), WRITES)
def test_writes_from_browser_pages(facts: dict[str, str], allowed: bool) -> None:
    rules, caller = access(cors_origins=("https://app.example",)), changed(loopback, **facts)
    grant = rules.identify(caller)
    assert passes(lambda: rules.require_write(grant, caller, "POST /upload")) == allowed


def test_a_key_cannot_be_sent_by_a_page_that_does_not_have_it() -> None:
    foreign = changed(stranger, origin="https://evil.example", fetch_site="cross-site", **BEARER)
    rules = access(**KEYED)
    rules.require_write(rules.identify(foreign), foreign, "POST /upload")


def test_no_origin_does_not_match_an_empty_list_entry() -> None:
    rules = access(cors_origins=("",))
    with pytest.raises(Unauthorized):
        rules.require_write(Grant("open"), changed(loopback, fetch_site="cross-site"), "POST /upload")


BAD_KEYS = [
    {"signing_keys": ("web",)},  # an empty key would let everybody sign
    {"signing_keys": ("web:",)},
    {"signing_keys": (f":{SECRET}",)},
    {"signing_keys": ("",)},
    {"signing_keys": (f"a.b:{SECRET}",)},
    {"signing_keys": (f"web:{SECRET}", f"web:{SECRET[::-1]}")},
    {"signing_keys": (f"web:{SECRET[:-1]}",)},
    {"api_keys": ("the-key-itself",)},
    {"api_keys": ("",)},
    {"api_keys": (HASH[:-1],)},
    {"api_keys": (HASH + "\n",)},
]


@pytest.mark.parametrize("settings", BAD_KEYS)
def test_invalid_keys_stop_the_start(settings: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match=r"MONOLAMBDA_(API|SIGNING)_KEYS") as caught:
        access(**settings)
    assert SECRET[:-1] not in str(caught.value)
    assert "the-key-itself" not in str(caught.value)


@pytest.mark.parametrize("level", LEVELS)
def test_a_list_of_hosts_binds_everybody(level: Any) -> None:
    rules = access(source_hosts=("*.example.com",), source_allow=("example.com", "other.example"))
    trusted = level not in ("unsigned", "none")
    assert passes(lambda: rules.check_source(Grant(level), "https://b.example.com/"), SourceBlocked) is trusted
    rules = access(source_hosts=("*.example.com",), source_allow=("a.example.com",))
    assert passes(lambda: rules.check_source(Grant(level), "https://a.example.com/"), SourceBlocked)
    assert not passes(lambda: rules.check_source(Grant(level), "https://other.example/"), SourceBlocked)


def test_a_list_of_hosts_binds_jobs_and_direct_invocations() -> None:
    access().check_source_host("https://example.com/")
    access(source_hosts=("example.com",)).check_source_host("https://example.com/")
    with pytest.raises(SourceBlocked, match=r"'other\.example' needs the host in MONOLAMBDA_SOURCE_HOSTS"):
        access(source_hosts=("example.com",)).check_source_host("https://other.example/?token=x")


@pytest.mark.parametrize("name", ["source_allow", "source_hosts"])
@pytest.mark.parametrize("entry", ["*", "https://example.com", "a b"])
def test_hosts_that_cannot_be_read_stop_the_start(name: str, entry: str) -> None:
    settings: dict[str, Any] = {name: ("example.com", entry)}
    with pytest.raises(ConfigError, match=f"MONOLAMBDA_{name.upper()}: expected hosts"):
        access(**settings)


@pytest.mark.parametrize("network", ["proxy", "10.0.0.0/33", "127.0.0.1:80"])
def test_proxies_that_are_no_addresses_stop_the_start(network: str) -> None:
    with pytest.raises(ConfigError, match="MONOLAMBDA_TRUSTED_PROXIES"):
        access(trusted_proxies=(network,))


def test_a_signing_key_may_hold_a_colon() -> None:
    rules = access(LAMBDA, signing_keys=(f"web:a:{SECRET}",))
    assert rules.identify(signed(stranger, key=b"a:" + SECRET.encode())).level == "signature"


any_text = st.text(st.characters(), max_size=30)
callers = st.builds(
    Caller,
    address=any_text | st.sampled_from(["127.0.0.1", "::1", "::ffff:127.0.0.1", "fe80::1%lo"]),
    forwarded=st.booleans(),
    method=st.sampled_from(["GET", "POST"]),
    authorization=any_text | any_text.map("Bearer {}".format),
    host=any_text,
    origin=any_text | any_text.map("http://{}".format),
    fetch_site=any_text,
    path=any_text,
    pairs=st.lists(st.tuples(st.sampled_from(["s", "id", "expires"]) | any_text, any_text), max_size=4).map(tuple),
)


@given(callers)
def test_no_caller_without_a_key_may_write(caller: Caller) -> None:
    rules = access(LAMBDA, **KEYED, **SIGNING)
    try:
        grant = rules.identify(caller)
        rules.require_write(grant, caller, "POST /upload")
    except (Unauthorized, SignatureInvalid):
        return
    pytest.fail(f"{caller} may write")


@given(callers)
def test_any_cross_site_request_is_decided(caller: Caller) -> None:
    assert passes(lambda: access().require_write(Grant("open"), caller, "POST /upload")) in (True, False)


def test_keys_in_ssm_are_read_when_the_first_caller_has_a_key() -> None:
    reads: list[Sequence[str]] = []

    def read(names: Sequence[str]) -> dict[str, str]:
        reads.append(names)
        return {"/m/dev/keys": HASH}

    settings = Settings(api_keys=("ssm:/m/dev/keys",))
    policy = Access(settings, LAMBDA, now=lambda: NOW, session_digest=DIGEST, secrets=Secrets(settings, read=read))
    assert policy.identify(stranger).level == "none"
    assert reads == []
    assert policy.identify(changed(stranger, **BEARER)).level == "key"
    assert reads == [("/m/dev/keys",)]


def test_a_revoked_key_dies_and_a_new_one_lives_without_a_new_container() -> None:
    stored, time = {"/m/dev/keys": HASH}, [NOW]
    settings = Settings(api_keys=("ssm:/m/dev/keys",))
    secrets = Secrets(settings, read=lambda names: stored, now=lambda: time[0])
    policy = Access(settings, LAMBDA, now=lambda: time[0], session_digest=DIGEST, secrets=secrets)
    assert policy.identify(changed(stranger, **BEARER)).level == "key"
    stored["/m/dev/keys"] = hashlib.sha256(b"another").hexdigest()
    assert policy.identify(changed(stranger, **BEARER)).level == "key"
    time[0] += settings.secrets_ttl_s
    assert policy.identify(changed(stranger, **BEARER)).level == "none"
    assert policy.identify(changed(stranger, authorization="Bearer another")).level == "key"
