"""An account without a role for API Gateway's logs gets no access log, and is told the cure."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from infra.deploy import access_log
from tests.infra.deploy.zappa_cli import zappa_cli

NO_ROLE = "CloudWatch Logs role ARN must be set in account settings to enable logging"


class _Refusing:
    """An API Gateway client that refuses every change."""

    def __init__(self, message: str) -> None:
        self._message = message

    def update_stage(self, **_: Any) -> None:
        raise ClientError({"Error": {"Code": "BadRequestException", "Message": self._message}}, "UpdateStage")


def _switch_on(message: str) -> None:
    clients = {"apigateway_client": _Refusing(message), "get_api_id": lambda _: "abc"}
    cli = zappa_cli(clients=clients, use_apigateway=True, apigateway_version="v1")
    access_log.switch_on(cli, "arn:aws:logs:eu-west-1:1:log-group:a")


def test_the_cure_is_printed_when_api_gateway_has_no_role(capsys: pytest.CaptureFixture[str]) -> None:
    _switch_on(NO_ROLE)
    command, parameters = capsys.readouterr().out.strip().splitlines()[-2:]
    assert command.startswith("aws cloudformation deploy --stack-name monolambda-dev-base")
    assert parameters.endswith(" GatewayLogRole=true")


def test_another_refusal_is_an_error() -> None:
    with pytest.raises(ClientError, match="something else"):
        _switch_on("something else")
