"""The callbacks of zappa_settings.json, which Zappa runs between its own steps.

Zappa loads this file by its path, so the project is not on the path of modules until this file puts it there.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

_ROOT: Final = Path(__file__).resolve().parents[1]
if str(_ROOT) not in sys.path:
    sys.path.append(str(_ROOT))

from infra.deploy import stack  # noqa: E402
from infra.deploy.cli import ZappaCli  # noqa: E402


def check_stage(cli: ZappaCli) -> None:
    """Refuse to deploy a stage whose stack is missing, and give Zappa the stack's role (``callbacks.settings``).

    Zappa would find a role only by a name that is the same in every region. Raises ClickException.
    """
    if cli.command not in ("deploy", "update", "schedule"):
        return
    base = stack.find(cli)
    stack.require_same_storage(cli, base)
    cli.zappa.credentials_arn = base.outputs["RoleArn"]


def refuse_wrong_python() -> None:
    """Stop Zappa before it does anything if there is no Python of the runtime's version (``prebuild_script``)."""
    _run_package("--check")


def replace_zip(cli: ZappaCli) -> None:
    """Replace the zip that Zappa made with our package (``callbacks.zip``); raise SystemExit if the build fails."""
    path = Path(cli.zip_path).resolve()
    path.unlink(missing_ok=True)  # nearly empty because of `exclude` in the settings, and must never be deployed
    _run_package("--output", str(path))


def drop_stale_permissions(cli: ZappaCli) -> None:
    """Keep one permission per bucket to invoke the function, the one that names our account (``callbacks.post``).

    Zappa 0.63 adds two permissions at every deploy and update and removes one, so after about fifty updates the
    function's policy is full (20 KB). The second one also admits anyone who later owns a bucket of the same name.
    """
    client = cli.zappa.lambda_client
    try:
        policy = json.loads(client.get_policy(FunctionName=cli.lambda_name)["Policy"])
    except client.exceptions.ResourceNotFoundException:
        return
    s3_statements = [each for each in policy["Statement"] if each["Principal"] == {"Service": "s3.amazonaws.com"}]
    kept = {_condition(each, "SourceArn"): each["Sid"] for each in s3_statements if _condition(each, "SourceAccount")}
    for each in s3_statements:
        if kept.get(_condition(each, "SourceArn"), each["Sid"]) != each["Sid"]:
            client.remove_permission(FunctionName=cli.lambda_name, StatementId=each["Sid"])


def _condition(statement: dict[str, Any], name: str) -> str:
    """Return the value that a statement's condition requires for ``AWS:{name}``, or an empty string."""
    return next(
        (value[f"AWS:{name}"] for value in statement.get("Condition", {}).values() if f"AWS:{name}" in value), ""
    )


def _run_package(*arguments: str) -> None:
    done = subprocess.run([sys.executable, "-m", "infra.package", *arguments], cwd=_ROOT, check=False)
    if done.returncode:
        raise SystemExit(done.returncode)
