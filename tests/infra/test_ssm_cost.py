from __future__ import annotations

from tests.infra.ssm_cost import measure


def test_a_read_that_has_to_import_boto3_costs_more() -> None:
    with_client, with_import = measure(1).values()
    assert 0 < with_client < with_import
