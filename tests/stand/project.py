"""The project as a user has it: a git clone with names of their own in the settings, and an activated environment."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from infra.package.build import ROOT

_ENOUGH_S = 120


class Said(msgspec.Struct, frozen=True):
    """What a command printed, and its exit status."""

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
        tracked = _run(["git", "ls-files", "-z"], ROOT, environ)
        assert tracked.status == 0, tracked.errors
        for name in tracked.output.split("\0"):
            # one that was removed is listed until the next commit
            if (ROOT / name).is_file():
                (root / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(ROOT / name, root / name)
        self.shell("git", "init", "--quiet")
        self.commit("A copy")

    def shell(self, *command: str) -> Said:
        """Run a command that must succeed, and return what it said."""
        said = _run(list(command), self.root, self.environ)
        assert said.status == 0, f"{' '.join(command)}:\n{said.output}\n{said.errors}"
        return said

    def zappa(self, line: str) -> Said:
        """Run ``zappa`` as typed."""
        return self.shell("zappa", *line.split())

    def commit(self, message: str) -> None:
        """Commit everything that lies there."""
        self.shell("git", "add", "--all")
        who = ["-c", "user.name=user", "-c", "user.email=user@example.org", "-c", "commit.gpgsign=false"]
        self.shell("git", *who, "commit", "--quiet", "--message", message)

    def replace(self, name: str, old: str, new: str) -> None:
        """Edit a file: every ``old`` becomes ``new``; there must be one."""
        text = (self.root / name).read_text()
        assert old in text, f"{name} has no {old}"
        (self.root / name).write_text(text.replace(old, new))

    def settings(self, stage: str, **changes: Any) -> None:
        """Change a stage's settings; None takes a key away."""
        path = self.root / "zappa_settings.json"
        stages = msgspec.json.decode(path.read_bytes())
        stages[stage] |= changes
        stages[stage] = {name: value for name, value in stages[stage].items() if value is not None}
        path.write_bytes(msgspec.json.format(msgspec.json.encode(stages), indent=4))


def _run(command: list[str], place: Path, environ: Mapping[str, str]) -> Said:
    done = subprocess.run(
        command,
        cwd=place,
        env=environ,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=_ENOUGH_S,
        check=False,
    )
    return Said(done.returncode, done.stdout, done.stderr)
