"""Which API a function is looked for at: AWS's own only for a whole ARN."""

from __future__ import annotations

import pytest

from lab.errors import SetupError
from lab.invoke_api.client import host, lambda_client

ARN = "arn:aws:lambda:eu-central-1:123456789012:function:probe"


@pytest.mark.parametrize("function", ["probe", f"{ARN}:live", ARN.replace("123456789012", "000000000000"), ""])
def test_aws_is_not_called_for_less_than_an_arn(function: str) -> None:
    with pytest.raises(SetupError, match="--function: expected the ARN"):
        lambda_client(function, None)


def test_an_arn_names_the_region() -> None:
    client = lambda_client(ARN, None)
    assert host(client) == "lambda.eu-central-1.amazonaws.com"
    client.close()


def test_another_api_takes_a_name() -> None:
    client = lambda_client("probe", "http://127.0.0.1:8001")
    assert host(client) == "127.0.0.1"
    client.close()
