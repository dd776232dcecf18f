"""Storages in a bucket of a server of their own, for one test."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.conftest import FakeClock

if TYPE_CHECKING:
    from tests.support.s3.misbehave import Trouble
    from tests.support.s3.server import S3


@pytest.fixture
def trouble() -> Trouble:
    """Return what makes the test's own S3 misbehave."""
    from tests.support.s3.misbehave import Trouble

    return Trouble()


@pytest.fixture
def own(trouble: Trouble) -> Iterator[S3]:
    """Run an S3 of this test's own, which counts from zero."""
    from tests.support.s3.server import S3

    with S3(before=trouble.wrap) as running:
        yield running


@pytest.fixture(scope="module")
def gated_s3() -> Iterator[S3]:
    """Run an S3 for all tests of one module."""
    from tests.support.s3.server import S3

    with S3() as running:
        yield running


@pytest.fixture
def gated(gated_s3: S3, clock: FakeClock) -> S3:
    """Return the S3 of this module, its clock the test's and right when the test begins."""
    clock.seconds = time.time()
    gated_s3.gate.now = clock
    return gated_s3
