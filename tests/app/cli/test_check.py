"""Mistakes in settings are found before anybody meets them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.app.cli.conftest import Run

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


def test_a_secret_that_cannot_be_read_is_an_error(run: Run) -> None:
    done = run("check", **{**CLOSED, "api_keys": ("ssm:/nobody/made/this",)}, read_secrets=lambda names: {})
    assert done.exit_code == 1
    assert "there is no secret in the SSM parameter /nobody/made/this" in done.output
