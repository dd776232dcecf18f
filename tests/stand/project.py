"""The project as a user has it: a git clone with their own names in the settings, and an active environment."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from tests.support.project_copy import copy_tracked

# only ends what hangs
_TIMEOUT_S = 600


class CommandResult(msgspec.Struct, frozen=True):
    """A command's exit status and what it printed."""

    status: int
    output: str
    errors: str


class Project:
    """A copy of the tracked files in a git repository of its own."""

    def __init__(self, root: Path, environ: Mapping[str, str]) -> None:
        self.root = root
        path = os.pathsep.join([f"{sys.prefix}/bin", environ.get("PATH", "")])
        # what `. .venv/bin/activate` sets
        self.environ = {**environ, "VIRTUAL_ENV": sys.prefix, "PATH": path}
        self.environ.pop("PYTHONHOME", None)
        copy_tracked(root)
        self.shell("git", "init", "--quiet")
        self.commit("A copy")

    def run(self, *command: str) -> CommandResult:
        """Run a command."""
        return _run(list(command), self.root, self.environ)

    def shell(self, *command: str) -> CommandResult:
        """Run a command that must succeed."""
        result = self.run(*command)
        assert result.status == 0, f"{' '.join(command)}:\n{result.output}\n{result.errors}"
        return result

    def zappa(self, line: str) -> CommandResult:
        """Run ``zappa`` with the arguments in ``line``."""
        return self.shell("zappa", *line.split())

    def commit(self, message: str) -> None:
        """Commit every change."""
        self.shell("git", "add", "--all")
        identity = ["-c", "user.name=user", "-c", "user.email=user@example.org", "-c", "commit.gpgsign=false"]
        self.shell("git", *identity, "commit", "--quiet", "--message", message)

    def replace(self, name: str, old: str, new: str) -> None:
        """Replace every ``old`` in a file with ``new``; there must be at least one."""
        text = (self.root / name).read_text()
        assert old in text, f"{name} has no {old}"
        (self.root / name).write_text(text.replace(old, new))

    def ship(self, package: Path) -> None:
        """Let Zappa ship a package that was built before, where how it is built is of no interest."""
        build = '_run_package("--output", str(path), "--arch", cli.architecture)'
        self.replace("infra/zappa_callbacks.py", build, f"path.write_bytes(Path({str(package)!r}).read_bytes())")

    def change_settings(self, stage: str, **changes: Any) -> None:
        """Change a stage's settings; None removes a key."""
        path = self.root / "zappa_settings.json"
        stages = msgspec.json.decode(path.read_bytes())
        stages[stage] |= changes
        stages[stage] = {name: value for name, value in stages[stage].items() if value is not None}
        path.write_bytes(msgspec.json.format(msgspec.json.encode(stages), indent=4))


def _run(command: list[str], directory: Path, environ: Mapping[str, str]) -> CommandResult:
    done = subprocess.run(
        command,
        cwd=directory,
        env=environ,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=_TIMEOUT_S,
        check=False,
    )
    return CommandResult(done.returncode, done.stdout, done.stderr)
