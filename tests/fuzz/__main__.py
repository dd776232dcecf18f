"""The command line: ``python -m tests.fuzz [--seconds N] [TARGET …]``; no target means all."""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.fuzz.targets import all_targets

ROOT = Path(__file__).parent.parent.parent


def main(arguments: Sequence[str]) -> int:
    """Explore each target in a process of its own, and print what was found; return 1 when there was something."""
    parser = argparse.ArgumentParser("python -m tests.fuzz", description="Look for input that shows a bug.")
    parser.add_argument("--seconds", type=int, default=60, metavar="N", help="for each target; default 60")
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=", ".join(all_targets()))
    given = parser.parse_args(arguments)
    if unknown := set(given.targets) - set(all_targets()):
        parser.error(f"no such target: {', '.join(sorted(unknown))}")
    found = [path for name in given.targets or all_targets() for path in _explore(name, given.seconds)]
    for path in found:
        print(f"{path}: shows a bug; copy it to tests/fuzz/found/{path.parent.name}/, where the tests read it")
    return 1 if found else 0


def _explore(name: str, seconds: int) -> list[Path]:
    """Explore one target; return the files that its process left because they show a bug."""
    directory = ROOT / "build" / "fuzz" / name
    directory.mkdir(parents=True, exist_ok=True)
    before = {*directory.glob("*-*"), *directory.glob("last")}
    print(f"{name}: {seconds} s", flush=True)
    with (directory / "log").open("wb") as log:
        command = [sys.executable, "-m", "tests.fuzz.explore", name, str(directory), str(seconds)]
        done = subprocess.run(command, cwd=ROOT, stdout=log, stderr=log, check=False)
    left = sorted({*directory.glob("*-*"), *directory.glob("last")} - before)
    if done.returncode and not left:
        left = [directory / "log"]
    return left


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
