"""Fetchers that may reach loopback, where the test's origin servers are."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest

from app.core.config import Limits
from app.core.deadline import Deadline
from app.sources import Fetcher
from tests.support.certificate import write_certificate
from tests.support.origin import ok
from tests.support.secure_origin import SecureOrigin

LOOPBACK = ("127.0.0.0/8",)
FIRST_LOOPBACK = ("127.0.0.1/32",)  # stands for the public internet: 127.0.0.2 stays blocked
HOST = "image.example"  # the name in the certificate

MakeFetcher = Callable[..., Fetcher]


def fetch_concurrently(fetcher: Fetcher, url: str, times: int) -> None:
    with ThreadPoolExecutor(times) as threads:
        for result in [threads.submit(fetcher.fetch, url, Deadline.after(30)) for _ in range(times)]:
            assert result.result().body == b"image"


@pytest.fixture
def make_fetcher() -> Iterator[MakeFetcher]:
    """Return a function that builds fetchers with short limits; they are closed at the end."""
    with ExitStack() as stack:

        def make(*, limits: dict[str, Any] | None = None, **rest: Any) -> Fetcher:
            chosen = Limits(**{"connect_s": 2.0, "read_s": 2.0, "fetch_s": 5.0, **(limits or {})})
            return stack.enter_context(closing(Fetcher(chosen, **{"networks": LOOPBACK, **rest})))

        yield make


@pytest.fixture
def fetcher(make_fetcher: MakeFetcher) -> Fetcher:
    return make_fetcher()


@pytest.fixture
def deadline() -> Deadline:
    return Deadline.after(30)


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a PEM file with a certificate for ``HOST``, which is its own authority."""
    path = tmp_path_factory.mktemp("tls") / "origin.pem"
    write_certificate(path, HOST)
    return path


@pytest.fixture
def secure_origin(certificate: Path) -> Iterator[SecureOrigin]:
    """Run an origin server that speaks TLS and serves ``/a``."""
    with SecureOrigin(certificate) as running:
        running.routes["/a"] = ok()
        yield running
