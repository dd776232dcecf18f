"""Reads the stages in zappa_settings.json, and what their CloudFormation stacks must be given to match."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import click

from measurement.json_value import UnexpectedJson, decoded

ROOT: Final = Path(__file__).resolve().parents[2]


class WrongSettings(click.ClickException):
    """The file holds something else than stages."""


def stages(root: Path = ROOT) -> dict[str, dict[str, Any]]:
    """Return Zappa's settings by stage, each merged with the stage it extends; raise WrongSettings."""
    written = _read(root / "zappa_settings.json")
    return {name: {**written.get(stage.get("extends", ""), {}), **stage} for name, stage in written.items()}


def _read(path: Path) -> dict[str, dict[str, Any]]:
    try:
        return decoded(path.read_bytes(), dict[str, dict[str, Any]])
    except UnexpectedJson as exc:
        raise WrongSettings(f"{path}: expected an object of Zappa's settings by stage: {exc}") from exc


def parameters(stage: str, settings: dict[str, Any]) -> dict[str, str]:
    """Return the CloudFormation parameters of this stage's stack."""
    bucket = settings["aws_environment_variables"]["MONOLAMBDA_STORAGE"].removeprefix("s3://").split("/")[0]
    return {
        "Project": settings["project_name"],
        "Stage": stage,
        "Bucket": bucket,
        "DeployBucket": settings["s3_bucket"],
        "Tracing": str(bool(settings.get("xray_tracing"))).lower(),
    }
