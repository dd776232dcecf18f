"""The figures of the page about secrets can be measured again, and are those of a first read."""

from __future__ import annotations

from tests.infra.ssm_cost import measure


def test_a_read_that_imports_boto3_costs_more_than_one_that_does_not() -> None:
    with_client, with_import = measure(1).values()
    assert 0 < with_client < with_import
