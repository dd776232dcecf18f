"""What Zappa calls, so that ``zappa package`` and ``zappa deploy`` ship the very zip that ``make package`` builds.

Zappa loads this file by itself, without our package around it: it may import nothing but the standard
library, and hands the work to ``python -m infra.package``.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Final, Protocol

_ROOT: Final = Path(__file__).resolve().parents[2]


class ZappaCli(Protocol):
    """The part of Zappa's command line object that the ``zip`` callback uses."""

    zip_path: str


def refuse_wrong_python() -> None:
    """Stop Zappa before it does anything when there is no Python of the runtime's version (``prebuild_script``)."""
    _package("--check")


def replace_zip(cli: ZappaCli) -> None:
    """Put our package in place of the zip that Zappa made (``callbacks.zip``); raise SystemExit when it fails."""
    path = Path(cli.zip_path).resolve()
    path.unlink(missing_ok=True)  # almost empty, see `exclude` in the settings: never to be taken for a package
    _package("--output", str(path))


def _package(*arguments: str) -> None:
    done = subprocess.run([sys.executable, "-m", "infra.package", *arguments], cwd=_ROOT, check=False)
    if done.returncode:
        raise SystemExit(done.returncode)
