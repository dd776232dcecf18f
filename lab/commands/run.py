"""``python -m lab run``: the experiments."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lab.experiments import EXPERIMENTS, runner


def add_parser(commands: Any) -> None:
    """Add the command and its options."""
    parser = commands.add_parser("run", help="run experiments and write what they found")
    parser.add_argument("names", nargs="*", metavar="name", help=f"default all: {', '.join(EXPERIMENTS)}")
    parser.add_argument("--quick", action="store_true", help="smaller and sooner; leaves lab/results.json alone")
    parser.add_argument("--out", type=Path, metavar="JSON", help="the file to write")
    parser.set_defaults(run=run)


def run(asked: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Run what was asked for and print one verdict a line."""
    out = asked.out or (runner.QUICK_RESULTS if asked.quick else runner.RESULTS)
    found = runner.run(asked.names, quick=asked.quick, out=out)
    for name, finding in found.experiments.items():
        if name in asked.names or not asked.names:
            print(f"{name} ({finding.seconds:g} s): {finding.verdict}")
    print(f"written to {out}", file=sys.stderr)
    return 0
