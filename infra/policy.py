"""Writes the policy files that Zappa attaches: the template's runtime policy for each stage in zappa_settings.json.

Run ``python -m infra.policy`` after changing the template, a bucket or a stage; a test fails on stale files.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from infra.template import Resolver, load

ROOT: Final = Path(__file__).parent.parent


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


def runtime_policy(stage: str, settings: dict[str, Any]) -> dict[str, Any]:
    """Return the function's policy in one stage, valid in any region and account, which no file here knows."""
    resources = Resolver(load(), parameters(stage, settings)).resources()
    document: dict[str, Any] = resources["RuntimePolicy"]["Properties"]["PolicyDocument"]
    return document


def policy_files(root: Path = ROOT) -> dict[Path, str]:
    """Return the text of every policy file by path, which is ``attach_policy`` in zappa_settings.json."""
    return {
        root / settings["attach_policy"]: json.dumps(runtime_policy(stage, settings), indent=4) + "\n"
        for stage, settings in stages(root).items()
    }


if __name__ == "__main__":
    for path, text in policy_files().items():
        path.write_text(text)
        print(path.relative_to(ROOT))
