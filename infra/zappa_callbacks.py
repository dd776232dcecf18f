"""The callbacks of zappa_settings.json, which Zappa runs between its own steps.

Zappa loads this file by its path, so the project is not on the path of modules until this file puts it there.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Final

_ROOT: Final = Path(__file__).resolve().parents[1]
if str(_ROOT) not in sys.path:
    sys.path.append(str(_ROOT))

from infra.deploy import access_log, function, quotas, secrets, stack, variables  # noqa: E402
from infra.deploy.cli import ZappaCli  # noqa: E402


def check_stage(cli: ZappaCli) -> None:
    """Refuse to deploy what cannot be deployed, and give Zappa what the stack has (``callbacks.settings``).

    Zappa would find a role only by a name that is the same in every region. Raises ClickException.
    """
    if cli.command in ("deploy", "update", "schedule"):
        stack.require_own_names(cli)
        base = stack.find(cli)
        stack.require_same_storage(cli, base)
        stack.hand_over(cli, base)
    if cli.command in ("deploy", "update"):
        present = function.find(cli)
        if cli.command == "deploy":
            function.require_first_pass(cli, present, base)
        else:
            function.require_same_architecture(cli, present)
        quotas.require_concurrency(cli, present)


def finish_stage(cli: ZappaCli) -> None:
    """Do what Zappa leaves undone after a deploy or update, and print what is left to do (``callbacks.post``)."""
    base = stack.find(cli)
    variables.remove_stale(cli, stack.wanted_variables(cli, base))
    access_log.switch_on(cli, base.outputs["GatewayLogArn"])
    if cli.command == "deploy":
        secrets.print_reminder(cli)
    stack.print_second_pass(cli, base)


def refuse_wrong_python() -> None:
    """Stop Zappa before it does anything if there is no Python of the runtime's version (``prebuild_script``)."""
    _run_package("--check")


def replace_zip(cli: ZappaCli) -> None:
    """Replace the zip that Zappa made with our package (``callbacks.zip``); raise SystemExit if the build fails."""
    path = Path(cli.zip_path).resolve()
    path.unlink(missing_ok=True)  # nearly empty because of `exclude` in the settings, and must never be deployed
    _run_package("--output", str(path), "--arch", cli.architecture)


def _run_package(*arguments: str) -> None:
    done = subprocess.run([sys.executable, "-m", "infra.package", *arguments], cwd=_ROOT, check=False)
    if done.returncode:
        raise SystemExit(done.returncode)
