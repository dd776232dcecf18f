"""Variables that left the settings are removed, and an alias that is not Zappa's is left to its owner."""

from __future__ import annotations

from typing import Any

import pytest

from infra.deploy import variables
from tests.infra.deploy.zappa_cli import zappa_cli


class _Lambda:
    """A client of one function's configuration."""

    def __init__(self, **present: str) -> None:
        self.variables = present
        self.updates = 0

    def get_function_configuration(self, FunctionName: str) -> dict[str, Any]:
        return {"Environment": {"Variables": self.variables}}

    def update_function_configuration(self, FunctionName: str, Environment: dict[str, dict[str, str]]) -> None:
        self.variables = Environment["Variables"]
        self.updates += 1


def _remove_stale(client: _Lambda, wanted: dict[str, str], **changed: Any) -> None:
    clients = {"lambda_client": client, "wait_until_lambda_function_is_updated": lambda name: None}
    variables.remove_stale(zappa_cli(clients=clients, **changed), wanted)


def test_only_ours_are_removed_and_their_values_are_not_printed(capsys: pytest.CaptureFixture[str]) -> None:
    client = _Lambda(MONOLAMBDA_PUBLIC="true", MONOLAMBDA_STORAGE="s3://a/dev", OTHER="kept")
    _remove_stale(client, {"MONOLAMBDA_STORAGE": "s3://a/dev"})
    assert client.variables == {"MONOLAMBDA_STORAGE": "s3://a/dev", "OTHER": "kept"}
    printed = capsys.readouterr().out
    assert "MONOLAMBDA_PUBLIC" in printed
    assert "true" not in printed


def test_nothing_is_changed_when_nothing_is_stale(capsys: pytest.CaptureFixture[str]) -> None:
    client = _Lambda(MONOLAMBDA_STORAGE="s3://a/dev")
    _remove_stale(client, {"MONOLAMBDA_STORAGE": "s3://a/dev"})
    assert (client.updates, capsys.readouterr().out) == (0, "")


def test_an_alias_of_ones_own_is_named_and_not_moved(capsys: pytest.CaptureFixture[str]) -> None:
    _remove_stale(_Lambda(MONOLAMBDA_PUBLIC="true"), {}, apigateway_lambda_qualifier="live")
    assert "The alias live, which is yours, still serves a version that has them" in capsys.readouterr().out
