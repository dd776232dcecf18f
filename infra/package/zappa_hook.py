"""What Zappa calls, so that ``zappa package`` and ``zappa deploy`` ship the very zip that ``make package`` builds.

Zappa loads this file by itself, without our package around it: it may import nothing but the standard
library, and hands the work to ``python -m infra.package``.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, Final, Protocol

_ROOT: Final = Path(__file__).resolve().parents[2]


class ZappaCli(Protocol):
    """The part of Zappa's command line object that the callbacks use; ``zappa`` holds its AWS clients."""

    zip_path: str
    lambda_name: str
    zappa: Any


def refuse_wrong_python() -> None:
    """Stop Zappa before it does anything when there is no Python of the runtime's version (``prebuild_script``)."""
    _package("--check")


def replace_zip(cli: ZappaCli) -> None:
    """Put our package in place of the zip that Zappa made (``callbacks.zip``); raise SystemExit when it fails."""
    path = Path(cli.zip_path).resolve()
    path.unlink(missing_ok=True)  # almost empty, see `exclude` in the settings: never to be taken for a package
    _package("--output", str(path))


def drop_stale_permissions(cli: ZappaCli) -> None:
    """Leave each bucket one permission to invoke the function, the one that names our account (``callbacks.post``).

    Zappa 0.63 adds two at every deploy and update and takes one of them away: after some fifty updates the function's
    policy is full (20 KB). The other one lets in whoever owns the bucket's name, us or not.
    """
    client = cli.zappa.lambda_client
    try:
        policy = json.loads(client.get_policy(FunctionName=cli.lambda_name)["Policy"])
    except client.exceptions.ResourceNotFoundException:
        return
    of_s3 = [each for each in policy["Statement"] if each["Principal"] == {"Service": "s3.amazonaws.com"}]
    kept = {_condition(each, "SourceArn"): each["Sid"] for each in of_s3 if _condition(each, "SourceAccount")}
    for each in of_s3:
        if kept.get(_condition(each, "SourceArn"), each["Sid"]) != each["Sid"]:
            client.remove_permission(FunctionName=cli.lambda_name, StatementId=each["Sid"])


def _condition(statement: dict[str, Any], name: str) -> str:
    """Return the value that a statement wants of ``AWS:{name}``, or nothing."""
    return next(
        (value[f"AWS:{name}"] for value in statement.get("Condition", {}).values() if f"AWS:{name}" in value), ""
    )


def _package(*arguments: str) -> None:
    done = subprocess.run([sys.executable, "-m", "infra.package", *arguments], cwd=_ROOT, check=False)
    if done.returncode:
        raise SystemExit(done.returncode)
