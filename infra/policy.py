"""Writes the policy files that Zappa attaches: the template's runtime policy, for each stage of zappa_settings.json.

``python -m infra.policy`` after every change of the template, of a bucket or of a stage; a test finds stale files.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from infra.template import Resolver, load

ROOT: Final = Path(__file__).parent.parent
# Zappa's own default, so that the first stage needs no file name of its own
_FIRST: Final = "policy.json"


def stages(root: Path = ROOT) -> dict[str, dict[str, Any]]:
    """Return Zappa's settings by stage, with what each extends."""
    written: dict[str, dict[str, Any]] = json.loads((root / "zappa_settings.json").read_text())
    return {name: {**written.get(stage.get("extends", ""), {}), **stage} for name, stage in written.items()}


def parameters(stage: str, settings: dict[str, Any]) -> dict[str, str]:
    """Return the parameters of the stack that stands around this stage."""
    bucket = settings["aws_environment_variables"]["MONOLAMBDA_STORAGE"].removeprefix("s3://").split("/")[0]
    return {
        "Project": settings["project_name"],
        "Stage": stage,
        "Bucket": bucket,
        "DeployBucket": settings["s3_bucket"],
        "Tracing": str(bool(settings.get("xray_tracing"))).lower(),
    }


def document(stage: str, settings: dict[str, Any]) -> dict[str, Any]:
    """Return the policy of one stage; region and account, which no file here knows, are left open."""
    resources = Resolver(load(), parameters(stage, settings)).resources()
    found: dict[str, Any] = resources["RuntimePolicy"]["Properties"]["PolicyDocument"]
    return found


def path(stage: str, *, first: bool, root: Path = ROOT) -> Path:
    """Return the file of a stage: ``attach_policy`` in zappa_settings.json."""
    return root / "infra" / (_FIRST if first else f"policy-{stage}.json")


def files(root: Path = ROOT) -> dict[Path, str]:
    """Return the text of every policy file."""
    return {
        path(stage, first=number == 0, root=root): json.dumps(document(stage, settings), indent=4) + "\n"
        for number, (stage, settings) in enumerate(stages(root).items())
    }


if __name__ == "__main__":
    for file, text in files().items():
        file.write_text(text)
        print(file.relative_to(ROOT))
