"""A directory, and an S3 server that injects faults."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from app.core.errors import StorageUnavailable
from app.storage.local import LocalStorage

if TYPE_CHECKING:
    from tests.support.s3.faults import FaultInjector
    from tests.support.s3.server import S3

PNG = "image/png"


def error_message(operation: Callable[[], Any]) -> str:
    """Return the message of the StorageUnavailable that the operation must raise, which must not repeat credentials."""
    from tests.support.s3.server import KEY

    with pytest.raises(StorageUnavailable) as caught:
        operation()
    for secret in (KEY.access_key, KEY.secret_key):
        assert secret not in caught.value.detail
    return caught.value.detail


def temporary_files(root: Path) -> int:
    """Return how many files are being written to a local storage, or were left by a killed process."""
    return len(list((root / ".tmp").iterdir()))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return the directory of ``local_storage``, which does not exist until that is built."""
    return tmp_path / "storage"


@pytest.fixture
def local_storage(root: Path) -> LocalStorage:
    return LocalStorage(root, derived_bytes=1_000_000)


@pytest.fixture
def faults() -> FaultInjector:
    """Return the fault injector of the test's own S3 server."""
    from tests.support.s3.faults import FaultInjector

    return FaultInjector()


@pytest.fixture
def own_s3(faults: FaultInjector) -> Iterator[S3]:
    """Run an S3 server for this test alone, whose counters start at zero."""
    from tests.support.s3.server import S3

    with S3(middleware=faults.wrap) as running:
        yield running
