"""Reads the stages in zappa_settings.json, and what their CloudFormation stacks must be given to match."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parents[2]


def stages(root: Path = ROOT) -> dict[str, dict[str, Any]]:
    """Return Zappa's settings by stage, each merged with the stage it extends."""
    written: dict[str, dict[str, Any]] = json.loads((root / "zappa_settings.json").read_text())
    return {name: {**written.get(stage.get("extends", ""), {}), **stage} for name, stage in written.items()}


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
