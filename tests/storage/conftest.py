"""Storages in a bucket of a server of their own, for one test."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from tests.conftest import FakeClock

if TYPE_CHECKING:
    from app.storage.s3 import S3Storage
    from tests.storage.misbehave import Trouble
    from tests.storage.s3_server import S3

Build = Callable[..., "S3Storage"]


@pytest.fixture(scope="session")
def s3() -> Iterator[S3]:
    """Run one S3 for all tests that do not count what reaches it."""
    from tests.storage.s3_server import S3

    with S3() as running:
        yield running


@pytest.fixture
def trouble() -> Trouble:
    """Return what makes the test's own S3 misbehave."""
    from tests.storage.misbehave import Trouble

    return Trouble()


@pytest.fixture
def own(trouble: Trouble) -> Iterator[S3]:
    """Run an S3 of this test's own, which counts from zero."""
    from tests.storage.s3_server import S3

    with S3(before=trouble.wrap) as running:
        yield running


@pytest.fixture
def build() -> Iterator[Build]:
    """Build storages on a server; they are closed at the end.

    ``bucket`` is a new one unless given, ``session`` the server's own; ``client`` goes to ``connect``.
    """
    from app.storage.s3 import S3Storage
    from app.storage.s3_client import connect

    with ExitStack() as stack:

        def make(server: S3, *, bucket: str = "", session: Any = None, client: Any = None, **rest: Any) -> S3Storage:
            chosen = {"session": session or server.session, "attempts": 2, **(client or {})}
            rest = {"connect": partial(connect, **chosen), "prefix": "pre/fix", **rest}
            return stack.enter_context(closing(S3Storage(bucket or server.bucket(), **rest)))

        yield make


@pytest.fixture(scope="module")
def gated_s3() -> Iterator[S3]:
    """Run an S3 for all tests of one module."""
    from tests.storage.s3_server import S3

    with S3() as running:
        yield running


@pytest.fixture
def gated(gated_s3: S3, clock: FakeClock) -> S3:
    """Return the S3 of this module, its clock the test's and right when the test begins."""
    clock.seconds = time.time()
    gated_s3.gate.now = clock
    return gated_s3
