"""Zappa's command line as the callbacks see it, with the clients that a test hands in."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from infra.deploy.settings import stages


def zappa_cli(stage: str = "dev", *, clients: dict[str, Any] | None = None, **changed: Any) -> Any:
    """Return the command line after it read the settings of a stage; ``changed`` are other attributes."""
    settings = stages()[stage]
    zappa = SimpleNamespace(aws_region="eu-west-1", **(clients or {}))
    attributes = {
        "command": "update",
        "api_stage": stage,
        "lambda_name": f"monolambda-{stage}",
        "stage_config": settings,
        "architecture": settings.get("architecture", "x86_64"),
        "lambda_concurrency": settings.get("lambda_concurrency"),
        "provisioned_concurrency": settings.get("provisioned_concurrency"),
        "apigateway_lambda_qualifier": None,
        "zappa": zappa,
    }
    return SimpleNamespace(**{**attributes, **changed})
