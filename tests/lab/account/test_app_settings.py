"""The variables that the app gets in the lab."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab.account.app_settings import app_settings, with_invoke_api
from tests.support.lab.fleet_client import MakeFunction


def test_an_app_without_settings_is_open_and_has_a_storage_and_a_secret(tmp_path: Path) -> None:
    settings = app_settings({"HOME": "/root"}, tmp_path)
    assert len(settings.pop("MONOLAMBDA_SECRET")) == 64
    assert settings == {"MONOLAMBDA_STORAGE": str(tmp_path / "storage"), "MONOLAMBDA_PUBLIC": "true"}


def test_given_settings_are_kept(tmp_path: Path) -> None:
    given = {"MONOLAMBDA_STORAGE": "s3://bucket/prefix", "MONOLAMBDA_SECRET": "s", "MONOLAMBDA_PUBLIC": "false"}
    assert app_settings(given, tmp_path) == given


def test_an_app_with_keys_is_not_opened(tmp_path: Path) -> None:
    assert "MONOLAMBDA_PUBLIC" not in app_settings({"MONOLAMBDA_API_KEYS": "hash"}, tmp_path)


def test_a_relative_storage_directory_is_made_absolute(tmp_path: Path) -> None:
    assert app_settings({"MONOLAMBDA_STORAGE": "var"}, tmp_path)["MONOLAMBDA_STORAGE"] == str(Path("var").resolve())


@pytest.mark.parametrize(
    ("given", "key"),
    [
        ({}, "lab"),
        ({"MONOLAMBDA_STORAGE": "s3://bucket"}, None),
        ({"AWS_ACCESS_KEY_ID": "mine", "AWS_ENDPOINT_URL_LAMBDA": "http://mine"}, "mine"),
    ],
    ids=["nothing", "a bucket", "its own"],
)
def test_a_function_that_invokes_itself_needs_no_credentials_but_for_a_bucket(
    make_function: MakeFunction, given: dict[str, str], key: str | None
) -> None:
    variables = with_invoke_api(make_function(environment=given), "http://lab").environment
    assert variables.get("AWS_ACCESS_KEY_ID") == key
    assert variables["AWS_ENDPOINT_URL_LAMBDA"] == given.get("AWS_ENDPOINT_URL_LAMBDA", "http://lab")
