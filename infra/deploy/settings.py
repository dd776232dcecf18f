"""Reads the stages in zappa_settings.json, and what their CloudFormation stacks must be given to match."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import click

from measurement.json_value import UnexpectedJson, decoded

ROOT: Final = Path(__file__).resolve().parents[2]


class WrongSettings(click.ClickException):
    """The file holds something else than stages."""


def stages(root: Path = ROOT) -> dict[str, dict[str, Any]]:
    """Return Zappa's settings by stage, each merged with the stages it extends; raise WrongSettings."""
    path = root / "zappa_settings.json"
    written = _read(path)
    try:
        return {name: _merged((name,), written) for name in written}
    except ValueError as exc:
        raise WrongSettings(f"{path}: {exc}") from exc


def _merged(names: tuple[str, ...], written: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    """Return the last of these stages, each of which extends the next, with what it inherits.

    Raises ValueError when it extends no stage, or one of them.
    """
    stage = written[names[-1]]
    if not stage.get("extends"):
        return stage
    names = (*names, str(stage["extends"]))
    if names[-1] in names[:-1]:
        raise ValueError(f"{' extends '.join(names)}, in a circle")
    if names[-1] not in written:
        raise ValueError(f"{' extends '.join(names)}, which is no stage")
    return {**_merged(names, written), **stage}


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
