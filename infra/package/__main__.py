"""The command line: ``python -m infra.package``; ``--help`` lists its options."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from infra.package import lambda_runtime, pins
from infra.package.assemble import REQUIREMENTS, untracked_files
from infra.package.build import ROOT, build
from infra.package.build_step import BuildFailed
from infra.package.interpreters import PYTHON_VARIABLE, Interpreter, WrongPython, find_interpreter


def main(arguments: Sequence[str], environ: Mapping[str, str]) -> int:
    """Build the package, or with ``--check`` only find its Python, or with ``--pins`` only list what is in it.

    Errors are printed; returns the exit status.
    """
    options = _parser().parse_args(arguments)
    try:
        if options.pins:
            print(*(pin.line for pin in pins.for_lambda((ROOT / REQUIREMENTS).read_text(), options.arch)), sep="\n")
            return 0
        python = find_interpreter(options.python, environ, allow_other=options.allow_other_python)
        if not options.check:
            _build(options.output, python, options.arch)
    except (WrongPython, BuildFailed) as exc:
        print(f"package: {exc}", file=sys.stderr)
        return 1
    return 0


def _build(output: Path, python: Interpreter, architecture: str) -> None:
    start = time.perf_counter()
    if not python.is_runtime:
        print(f"package: built with {python}, for tests only: {lambda_runtime.NAME} cannot run it", file=sys.stderr)
    for name in untracked_files(ROOT):
        print(f"package: not included, because git does not track it: {name}", file=sys.stderr)
    built = build(output, python=python, architecture=architecture)
    print(built.audit)
    print(f"sha256 {built.sha256}\ncontents {built.contents}")
    print(f"{built.path}: built with {python} for {architecture} in {time.perf_counter() - start:.1f} s")


def _parser() -> argparse.ArgumentParser:
    python = f"the {lambda_runtime.NAME} to compile with; default: ${PYTHON_VARIABLE}, then PATH, then pyenv"
    parser = argparse.ArgumentParser("python -m infra.package", description="Build the zip that runs on Lambda.")
    parser.add_argument("--python", metavar="PATH", help=python)
    parser.add_argument("--output", metavar="FILE", type=Path, default=ROOT / "dist" / "monolambda.zip")
    parser.add_argument("--arch", choices=list(lambda_runtime.MACHINES), default=lambda_runtime.X86_64)
    parser.add_argument("--allow-other-python", action="store_true", help="accept any Python version; for tests only")
    parser.add_argument("--pins", action="store_true", help="only print the pinned distributions, with their hashes")
    parser.add_argument("--check", action="store_true", help="only check that there is a Python to build with")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
