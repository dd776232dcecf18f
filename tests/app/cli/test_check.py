"""Mistakes in settings are found before anybody meets them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.container import Container
from tests.app.cli.conftest import Run
from tests.conftest import MakeS3Storage
from tests.support.s3.server import S3, new_session

CLOSED = {"api_keys": ("a" * 64,), "signing_keys": ("a:" + "s" * 32,)}


def test_a_closed_service_with_storage_has_no_error(run: Run) -> None:
    done = run("check", **CLOSED)
    assert done.exit_code == 0, done.output
    assert "0 errors" in done.output
    assert "MONOLAMBDA" not in done.output


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({}, "MONOLAMBDA_API_KEYS is not set"),
        ({"public": True}, "MONOLAMBDA_PUBLIC=true"),
        ({**CLOSED, "unsigned": "all"}, "MONOLAMBDA_UNSIGNED=all"),
        ({"api_keys": ("a" * 64,)}, "MONOLAMBDA_SIGNING_KEYS is not set"),
        ({"trusted_hosts": ("*",)}, "MONOLAMBDA_TRUSTED_HOSTS=*"),
    ],
)
def test_what_is_open_is_a_warning(run: Run, settings: dict[str, Any], words: str) -> None:
    done = run("check", **settings)
    assert done.exit_code == 0, done.output
    assert f"warning: {words}" in done.output


def test_what_cannot_work_is_an_error(run: Run) -> None:
    done = run("check", **CLOSED, unsigned="presets")
    assert done.exit_code == 1
    assert "MONOLAMBDA_PRESETS defines none" in done.output


def test_a_directory_is_no_storage_on_lambda(run: Run) -> None:
    assert run("check", **CLOSED).exit_code == 0
    done = run("check", "--for-lambda", **CLOSED)
    assert done.exit_code == 1
    assert "MONOLAMBDA_STORAGE: a container on Lambda forgets its files" in done.output


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        (lambda s3: {"bucket": "no-such-bucket"}, "the S3 bucket does not exist"),
        (lambda s3: {"session": new_session(s3.url, secret_key="wrong")}, "S3 does not accept the AWS credentials"),
    ],
)
def test_a_bucket_that_takes_no_write_is_an_error_that_says_why(
    run: Run,
    make_container: Callable[..., Container],
    make_s3_storage: MakeS3Storage,
    s3: S3,
    wrong: Callable[[S3], dict[str, Any]],
    why: str,
) -> None:
    done = run("check", container=make_container(**CLOSED, stored_in=make_s3_storage(s3, **wrong(s3))))
    assert done.exit_code == 1
    assert f"cannot be used: {why}" in done.output


def test_a_directory_that_is_gone_is_an_error_that_says_so(run: Run, make_container: Callable[..., Container]) -> None:
    container = make_container(**CLOSED)
    directory = Path(container.settings.storage)
    directory.rename(directory.with_name("moved"))
    done = run("check", container=container)
    assert done.exit_code == 1
    assert "cannot be used: the storage directory failed: No such file or directory" in done.output


def test_a_secret_that_cannot_be_read_is_an_error(run: Run) -> None:
    done = run("check", **{**CLOSED, "api_keys": ("ssm:/nobody/made/this",)}, read_secrets=lambda names: {})
    assert done.exit_code == 1
    assert "there is no secret in the SSM parameter /nobody/made/this" in done.output
