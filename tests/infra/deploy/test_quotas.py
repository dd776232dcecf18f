"""A stage is refused when the account cannot give it the concurrency it asks for."""

from __future__ import annotations

from typing import Any

import click
import pytest

from infra.deploy import quotas
from tests.infra.deploy.zappa_cli import zappa_cli


class _Lambda:
    """A client of an account with a limit, and a function that may exist and have a part of it."""

    def __init__(self, limit: int, *, reserved: int | None = None) -> None:
        self._limit = limit
        self._reserved = reserved

    def get_account_settings(self) -> dict[str, Any]:
        left = self._limit - (self._reserved or 0)
        return {"AccountLimit": {"ConcurrentExecutions": self._limit, "UnreservedConcurrentExecutions": left}}

    def function(self) -> dict[str, Any] | None:
        """Return what GetFunction answers."""
        return None if self._reserved is None else {"Concurrency": {"ReservedConcurrentExecutions": self._reserved}}


def _require(stage: str, client: _Lambda, **changed: Any) -> None:
    quotas.require_concurrency(zappa_cli(stage, clients={"lambda_client": client}, **changed), client.function())


@pytest.mark.parametrize(("limit", "reserved"), [(1000, None), (150, None), (150, 50), (120, 50), (150, 20)])
def test_what_leaves_a_hundred_to_others_or_is_reserved_already_is_accepted(limit: int, reserved: int | None) -> None:
    _require("production", _Lambda(limit, reserved=reserved))


@pytest.mark.parametrize("limit", [10, 100, 149])
def test_what_leaves_less_is_refused(limit: int) -> None:
    with pytest.raises(click.ClickException, match=f"limit in eu-west-1 is {limit}"):
        _require("production", _Lambda(limit))


def test_provisioned_concurrency_alone_counts_too() -> None:
    with pytest.raises(click.ClickException, match="1 concurrent executions"):
        _require("production", _Lambda(10), lambda_concurrency=None)


def test_no_more_can_be_provisioned_than_is_reserved() -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/provisioned-concurrency.html"""
    with pytest.raises(click.ClickException, match="must be at most lambda_concurrency, which is 50"):
        _require("production", _Lambda(1000), provisioned_concurrency=51)
    _require("production", _Lambda(1000), provisioned_concurrency=50)


def test_a_stage_that_asks_for_none_is_not_checked() -> None:
    _require("dev", _Lambda(10))
