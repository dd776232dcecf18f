"""TLS against an origin whose certificate comes from an authority made for the test."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from app.deadline import Deadline
from app.errors import SourceFailed, SourceTimeout
from app.runtime.pool_stats import PoolStats
from tests.app.sources.conftest import Build
from tests.app.sources.test_dial import ONE, Names
from tests.support.origin import Origin, drip, hang_up_when_asked_again, ok, raw, redirect

HOST = "image.example"


@pytest.fixture(scope="module")
def pem(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write a certificate for ``HOST`` and its key to one file; it is its own authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "origin.pem"
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(secret + certificate.public_bytes(serialization.Encoding.PEM))
    return path


class SecureOrigin(Origin):
    """An origin that notes the server name of each handshake."""

    def __init__(self, pem: Path) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pem)
        self.names: list[str | None] = []
        context.sni_callback = lambda sock, name, context: self.names.append(name)
        super().__init__(context)


@pytest.fixture
def secure(pem: Path) -> Iterator[SecureOrigin]:
    with SecureOrigin(pem) as running:
        running.routes["/a"] = ok()
        yield running


def names() -> Names:
    return Names(("127.0.0.1",))


def test_the_name_is_asked_for_and_verified_on_a_checked_address(
    secure: SecureOrigin, build: Build, deadline: Deadline, pem: Path
) -> None:
    remote = build(networks=ONE, resolve=names(), ca_file=str(pem))
    for _ in range(2):
        assert remote.fetch(secure.url("/a", host=HOST), deadline).body == b"image"
    assert secure.names == [HOST]
    assert remote.stats() == PoolStats(opened=1, reused=1, idle=1, requests=2)


@pytest.mark.parametrize("host", ["other.example", "127.0.0.1"])
def test_a_certificate_for_another_name_is_refused(
    secure: SecureOrigin, build: Build, deadline: Deadline, pem: Path, host: str
) -> None:
    remote = build(resolve=names(), ca_file=str(pem))
    with pytest.raises(SourceFailed, match="certificate is not valid for"):
        remote.fetch(secure.url("/a", host=host), deadline)
    assert secure.requests == []


def test_an_unknown_authority_is_refused(secure: SecureOrigin, build: Build, deadline: Deadline) -> None:
    with pytest.raises(SourceFailed, match="certificate"):
        build(resolve=names()).fetch(secure.url("/a", host=HOST), deadline)
    assert secure.requests == []


def test_plain_http_where_tls_is_expected(origin: Origin, build: Build, deadline: Deadline) -> None:
    with pytest.raises(SourceFailed, match="TLS"):
        build().fetch(origin.url().replace("http:", "https:"), deadline)


@pytest.mark.parametrize("head", [b"HTTP/1.1 200 OK\r\nX: ", b"HTTP/1.1 200 OK\r\n\r\n"])
def test_a_dripping_source_ends_at_the_total(
    secure: SecureOrigin, build: Build, deadline: Deadline, pem: Path, head: bytes
) -> None:
    secure.routes["/a"] = raw(head, then=drip(b"a"))
    remote = build(resolve=names(), ca_file=str(pem), limits={"fetch_s": 0.3})
    with pytest.raises(SourceTimeout, match=r"within 0\.3 seconds"):
        remote.fetch(secure.url("/a", host=HOST), deadline)


def test_stale_is_retried_on_a_new_connection(
    secure: SecureOrigin, build: Build, deadline: Deadline, pem: Path
) -> None:
    secure.routes["/a"] = hang_up_when_asked_again()
    remote = build(resolve=names(), ca_file=str(pem))
    for _ in range(2):
        assert remote.fetch(secure.url("/a", host=HOST), deadline).body == b"image"
    assert [request.connection for request in secure.requests] == [1, 1, 2]


def test_redirects_cross_between_https_and_http(
    secure: SecureOrigin, origin: Origin, build: Build, deadline: Deadline, pem: Path
) -> None:
    secure.routes["/away"] = redirect(origin.url("/b", host=HOST))
    origin.routes["/b"] = redirect(secure.url("/a", host=HOST))
    remote = build(resolve=names(), ca_file=str(pem))
    assert remote.fetch(secure.url("/away", host=HOST), deadline).url == secure.url("/a", host=HOST)
