"""Builds the package of the bare app with Zappa itself, whose own handler answers."""

from __future__ import annotations

import os
import shutil
import sys
import zipfile
from pathlib import Path
from typing import Final

import msgspec

from infra.package import pins
from infra.package.assemble import REQUIREMENTS
from infra.package.build_step import run_step
from infra.package.interpreters import Interpreter
from infra.package.lambda_runtime import X86_64
from measurement.stamps import ROOT

# Zappa's defaults, but for a log as quiet as ours
SETTINGS: Final = {
    "dev": {
        "app_function": "bare_app.app",
        "aws_region": "eu-west-1",
        "binary_support": True,
        "debug": False,
        "log_level": "ERROR",
        "project_name": "bare",
        "runtime": "python3.13",
        "s3_bucket": "unused",
        "use_precompiled_packages": False,
    }
}
# the measured processes import `wsgi`; this file is ours, all others are Zappa's
HANDLER: Final = "from handler import lambda_handler as handler\n"
# 1980-01-01 in Unix seconds: Zappa gives every file this date, so timestamped bytecode never matches its source
ZIP_EPOCH: Final = 315_532_800
_LOAD: Final = "cli = ZappaCLI(); cli.api_stage = 'dev'; cli.load_settings('zappa_settings.json')"
_CLI: Final = f"from zappa.cli import ZappaCLI; {_LOAD};"
_PACKAGE: Final = f"{_CLI} cli.package('package.zip')"
_FILES: Final = (
    f"{_CLI} import shutil, zappa.handler; shutil.copy(zappa.handler.__file__, 'handler.py'); "
    "open('zappa_settings.py', 'w').write(cli.get_zappa_settings_string())"
)


def build(tree: Path, app: Path, python: Interpreter) -> None:
    """Run ``zappa package`` on a project with the file ``app`` and our requirements, and unpack the zip to ``tree``.

    Raises BuildFailed.
    """
    environment = tree.parent / "environment"
    run_step([str(python.path), "-m", "venv", "--clear", str(environment)], failed="venv failed")
    mine = environment / "bin" / "python"
    wanted = pins.for_lambda((ROOT / REQUIREMENTS).read_text(), X86_64)
    wanted += [pin for pin in pins.read((ROOT / "requirements.txt").read_text()) if pin.name == "zappa"]
    requirements = [f"{pin.name}{pin.specifier}" for pin in wanted]
    run_step([str(mine), "-m", "pip", "install", "--quiet", *requirements], failed="pip could not install Zappa")
    project = _project(tree.parent / "project", app)
    run_step(_in(project, mine, _PACKAGE, VIRTUAL_ENV=environment), failed="Zappa could not make the package")
    _unpack(project / "package.zip", tree)
    shutil.rmtree(environment)


def write_handler(folder: Path, app: Path) -> None:
    """Write what Zappa adds to a package, its handler and the settings as a module, beside ``app`` into ``folder``."""
    _project(folder, app)
    run_step(_in(folder, Path(sys.executable), _FILES), failed="Zappa could not write its settings")
    (folder / "wsgi.py").write_text(HANDLER)


def _project(folder: Path, app: Path) -> Path:
    folder.mkdir(parents=True)
    shutil.copy(app, folder)
    (folder / "zappa_settings.json").write_bytes(msgspec.json.encode(SETTINGS))
    return folder


def _in(folder: Path, python: Path, code: str, **variables: Path) -> list[str]:
    """Return the command that runs ``code`` in ``folder``."""
    given = [f"{name}={value}" for name, value in {"AWS_DEFAULT_REGION": "eu-west-1", **variables}.items()]
    return ["/usr/bin/env", f"--chdir={folder}", *given, str(python), "-c", code]


def _unpack(package: Path, tree: Path) -> None:
    """Unpack as Lambda does, which keeps the dates, so that bytecode checked by date is stale."""
    with zipfile.ZipFile(package) as file:
        file.extractall(tree)  # made by us a moment ago
    (tree / "wsgi.py").write_text(HANDLER)
    for path in tree.rglob("*"):
        os.utime(path, (ZIP_EPOCH, ZIP_EPOCH))
