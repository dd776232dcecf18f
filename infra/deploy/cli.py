"""The part of Zappa's command line that the callbacks use."""

from __future__ import annotations

from typing import Any, Protocol


class ZappaCli(Protocol):
    """Zappa's command line after it read the settings of one stage.

    ``lambda_name`` is the name of the function, ``zappa`` holds the AWS clients.
    """

    command: str
    api_stage: str
    architecture: str
    lambda_name: str
    stage_config: dict[str, Any]
    aws_environment_variables: dict[str, str]
    dead_letter_config: dict[str, str]
    apigateway_lambda_qualifier: str | None
    lambda_concurrency: int | None
    provisioned_concurrency: int | None
    apigateway_version: str
    use_apigateway: bool
    zip_path: str
    zappa: Any
