"""Runs scripts in new processes that take themselves for containers, of this tree or of the package."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import msgspec

from infra.package.interpreters import Interpreter

ROOT = Path(__file__).parents[2]
VARIABLES = {
    "AWS_LAMBDA_FUNCTION_NAME": "monolambda-dev",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "1769",
    "AWS_DEFAULT_REGION": "eu-west-1",
    "MONOLAMBDA_SECRET": "s" * 32,
    "MONOLAMBDA_PUBLIC": "true",
    "MONOLAMBDA_LOG_LEVEL": "error",
}


class Installed(msgspec.Struct, frozen=True):
    """An interpreter with its flags, and the search path on which it finds ``wsgi`` and ``tests``."""

    command: tuple[str, ...]
    path: tuple[Path, ...]

    def run(self, script: str, *arguments: str, storage: Path, stdin: str = "") -> str:
        """Return what the script prints; what it writes to standard error is shown where a test fails."""
        variables = {
            **VARIABLES,
            "MONOLAMBDA_STORAGE": str(storage),
            "PYTHONPATH": os.pathsep.join(map(str, self.path)),
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        command = [*self.command, "-c", script, *arguments]
        done = subprocess.run(
            command, cwd=ROOT, env=variables, input=stdin, capture_output=True, text=True, timeout=120, check=False
        )
        assert done.returncode == 0, done.stderr
        print(done.stderr)
        return done.stdout


THIS_TREE = Installed((sys.executable, "-P"), (ROOT,))


def packaged(tree: Path, python: Interpreter) -> Installed:
    """Return the unpacked package with its Python, and nothing else that is installed here."""
    return Installed((str(python.path), "-P", "-S"), (tree, ROOT))
