"""Fills a directory with the contents of the package: the pinned wheels, then the app's own files."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from infra.package import lambda_runtime, pins
from infra.package.build_step import run_step
from infra.package.interpreters import Interpreter
from infra.package.prune import prune
from infra.package.strip import strip_library

REQUIREMENTS: Final = "requirements-lambda.txt"
_APP: Final = ("app", "wsgi.py", "NOTICE")


def assemble(tree: Path, root: Path, *, python: Interpreter, architecture: str = lambda_runtime.X86_64) -> None:
    """Install the requirements of the project at ``root`` into ``tree``, new or empty, and copy the app's files there.

    Raises BuildFailed.
    """
    _install(tree, root / REQUIREMENTS, python, architecture)
    prune(tree)
    for path in tree.rglob("*.so*"):
        path.write_bytes(strip_library(path.read_bytes()))
    for name in app_files(root):
        target = tree / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(root / name, target)


def _install(tree: Path, requirements: Path, python: Interpreter, architecture: str) -> None:
    pinned = pins.for_lambda(requirements.read_text(), architecture)
    tree.mkdir(parents=True, exist_ok=True)
    # beside the tree, where the next build removes what pip leaves when it is killed
    with tempfile.TemporaryDirectory(dir=tree.parent) as temporary:
        file = Path(temporary, "pins.txt")  # pip takes hashes from files only
        file.write_text("\n".join(pin.line for pin in pinned))
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        command += ["--root-user-action=ignore", "--no-compile", "--no-deps", *wheel_options(python, architecture)]
        command += ["--target", str(tree), "--require-hashes", "-r", str(file)]
        failed = f"pip could not install {REQUIREMENTS} for {python} on {architecture}"
        run_step(command, failed=failed, variables={"TMPDIR": temporary})


def wheel_options(python: Interpreter, architecture: str = lambda_runtime.X86_64) -> list[str]:
    """Return the pip options that select the wheels Lambda can load, whatever machine this runs on.

    Without explicit platforms pip would accept wheels that need the builder's newer glibc.
    """
    options = ["--only-binary=:all:", "--implementation", "cp", "--python-version", "{}.{}".format(*python.version)]
    return options + [f"--platform={platform}" for platform in lambda_runtime.wheel_platforms(architecture)]


def app_files(root: Path) -> list[str]:
    """Return the app's files that ship, relative to ``root``: those git tracks, so that stray files stay out.

    Where there is no git repository, every file but bytecode ships.
    """
    tracked = _git(root, "ls-files", "-z", "--", *_APP)
    if tracked is not None:
        return sorted(name for name in tracked.split("\0") if name and (root / name).is_file())
    found = [path for part in _APP for path in [root / part, *(root / part).rglob("*")]]
    return sorted(
        path.relative_to(root).as_posix() for path in found if path.is_file() and "__pycache__" not in path.parts
    )


def untracked_files(root: Path) -> list[str]:
    """Return the app's files that do not ship because git does not track them."""
    return (_git(root, "ls-files", "--others", "--exclude-standard", "--", *_APP) or "").splitlines()


def _git(root: Path, *arguments: str) -> str | None:
    """Return git's output, or None when git is missing or ``root`` is not the top of a repository."""
    top = _git_output(root, "rev-parse", "--show-toplevel")
    if top is None or Path(top.strip()).resolve() != root.resolve():
        return None
    return _git_output(root, *arguments)


def _git_output(root: Path, *arguments: str) -> str | None:
    try:
        done = subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True, check=True)  # noqa: S607
    except (OSError, subprocess.CalledProcessError):
        return None
    return done.stdout
