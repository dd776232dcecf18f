"""Fills a directory with what the package holds: pinned wheels, then our own files."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

from infra.package import runtime
from infra.package.pythons import Interpreter
from infra.package.slim import slim
from infra.package.unused import prune

REQUIREMENTS: Final = "requirements-lambda.txt"
OURS: Final = ("app", "wsgi.py")


class BuildFailed(Exception):
    """A step of the build failed; the text says which and why."""


def fill(tree: Path, root: Path, *, python: Interpreter) -> None:
    """Install the requirements of the project at ``root`` and copy its own files into the empty ``tree``.

    Raises BuildFailed.
    """
    _install(tree, root / REQUIREMENTS, python)
    prune(tree)
    for path in tree.rglob("*.so*"):
        path.write_bytes(slim(path.read_bytes()))
    for name in shipped(root):
        target = tree / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(root / name, target)


def _install(tree: Path, requirements: Path, python: Interpreter) -> None:
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    command += ["--root-user-action=ignore", "--no-compile", "--no-deps", *wheel_options(python)]
    command += ["--target", str(tree), "-r", str(requirements)]
    run(command, failed=f"pip could not install {REQUIREMENTS} for {python}")


def wheel_options(python: Interpreter) -> list[str]:
    """Return what tells pip to choose the wheels that the runtime would, on whatever machine this is.

    Naming version and platforms keeps out wheels that only the builder's newer glibc can load.
    """
    options = ["--only-binary=:all:", "--implementation", "cp", "--python-version", "{}.{}".format(*python.version)]
    return options + [f"--platform={platform}" for platform in runtime.wheel_platforms()]


def shipped(root: Path) -> list[str]:
    """Return our files that ship, relative to ``root``: the tracked ones, so that strays stay behind.

    A download without git history ships all that lies there.
    """
    tracked = _git(root, "ls-files", "-z", "--", *OURS)
    if tracked is not None:
        return sorted(name for name in tracked.split("\0") if name and (root / name).is_file())
    found = [path for part in OURS for path in [root / part, *(root / part).rglob("*")]]
    return sorted(
        path.relative_to(root).as_posix() for path in found if path.is_file() and "__pycache__" not in path.parts
    )


def left_behind(root: Path) -> list[str]:
    """Return our files that do not ship because git does not track them."""
    return (_git(root, "ls-files", "--others", "--exclude-standard", "--", *OURS) or "").splitlines()


def _git(root: Path, *arguments: str) -> str | None:
    """Return what git says, or None where there is no git or ``root`` is not the top of a repository."""
    top = _output(root, "rev-parse", "--show-toplevel")
    if top is None or Path(top.strip()).resolve() != root.resolve():
        return None
    return _output(root, *arguments)


def _output(root: Path, *arguments: str) -> str | None:
    try:
        done = subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True, check=True)  # noqa: S607
    except (OSError, subprocess.CalledProcessError):
        return None
    return done.stdout


def run(command: list[str], *, failed: str) -> None:
    """Run ``command`` with nothing of the caller's Python settings but a fixed hash seed; raise BuildFailed."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    # The seed: sets in source become constants, in an order that follows the hash of their members.
    environ["PYTHONHASHSEED"] = "0"
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BuildFailed(f"{failed}:\n{done.stderr or done.stdout}")
