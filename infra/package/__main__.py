"""The command line: ``python -m infra.package [--python PATH] [--output FILE] [--allow-other-python] [--check]``."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from infra.package import runtime
from infra.package.build import ROOT, build
from infra.package.pythons import VARIABLE, Interpreter, WrongPython, find
from infra.package.tree import BuildFailed, left_behind


def main(arguments: Sequence[str], environ: Mapping[str, str]) -> int:
    """Build the package, or only look for its Python; return the exit status, with words on stderr when it is not 0."""
    asked = _parser().parse_args(arguments)
    try:
        python = find(asked.python, environ, allow_other=asked.allow_other_python)
        if not asked.check:
            _build(asked.output, python)
    except (WrongPython, BuildFailed) as exc:
        print(f"package: {exc}", file=sys.stderr)
        return 1
    return 0


def _build(output: Path, python: Interpreter) -> None:
    begun = time.perf_counter()
    if not python.is_runtime:
        print(f"package: built with {python} for tests only: Lambda's {runtime.NAME} cannot use it", file=sys.stderr)
    for name in left_behind(ROOT):
        print(f"package: left behind, git does not track it: {name}", file=sys.stderr)
    built = build(output, python=python)
    print(built.audit)
    print(f"sha256 {built.sha256}\ncontents {built.contents}")
    print(f"{built.path}: built with {python} in {time.perf_counter() - begun:.1f} s")


def _parser() -> argparse.ArgumentParser:
    python = f"the {runtime.NAME} to compile with; else ${VARIABLE}, PATH, pyenv"
    parser = argparse.ArgumentParser("python -m infra.package", description="Build the zip that runs on Lambda.")
    parser.add_argument("--python", metavar="PATH", help=python)
    parser.add_argument("--output", metavar="FILE", type=Path, default=ROOT / "dist" / "monolambda.zip")
    parser.add_argument("--allow-other-python", action="store_true", help="for tests: take any Python")
    parser.add_argument("--check", action="store_true", help="only say whether there is a Python to build with")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
