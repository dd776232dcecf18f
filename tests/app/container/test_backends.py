"""The storage that a setting names, and nothing connected before it is used."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from app.container import Container, open_backends
from app.container.backends import open_storage
from app.core.config import ConfigError, Platform, Settings
from app.storage.local import LocalStorage
from app.storage.s3 import S3Storage


def test_a_path_is_a_directory(tmp_path: Path) -> None:
    storage = open_storage(Settings(storage=str(tmp_path / "s3:" / "photos")))
    assert isinstance(storage, LocalStorage)
    assert storage.ok()


def test_an_s3_url_is_a_bucket() -> None:
    storage = open_storage(Settings(storage="s3://photos/dev"))
    assert isinstance(storage, S3Storage)
    assert storage.key_of("photos", "dev/inbox/a.jpg") == "inbox/a.jpg"


@pytest.mark.parametrize("url", ["gs://photos", "S3://photos", "https://key:secret@host", "://photos"])
def test_any_other_url_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(ConfigError) as caught:
        open_storage(Settings(storage=url))
    assert str(caught.value) == "MONOLAMBDA_STORAGE: expected a directory or a URL that begins with s3://"


def test_nothing_is_connected_before_it_is_used() -> None:
    backends = open_backends(Settings(storage="s3://photos"), Platform(mode="lambda", function_name="f"))
    assert backends.storage.stats().opened == backends.fetcher.stats().opened == 0
    assert backends.queue is None


def test_the_tables_of_limits_are_in_the_directory_that_is_named(
    make_container: Callable[..., Container], tmp_path: Path
) -> None:
    """And so those of tests in the directory of the test."""
    for _ in range(2):
        container = make_container(rate_limit=1.0)
        container.sign_in_limit.take("192.0.2.1")
    assert sorted(path.suffix for path in tmp_path.glob("monolambda-*")) == [".rates", ".sign-ins"]
