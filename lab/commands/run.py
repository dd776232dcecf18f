"""``python -m lab run``: runs experiments."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path

from lab.experiments import EXPERIMENTS, runner
from lab.experiments.support.results_file import QUICK_RESULTS, RESULTS


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("names", nargs="*", metavar="name", help=f"default all: {', '.join(EXPERIMENTS)}")
    parser.add_argument("--quick", action="store_true", help="run them smaller and faster, into build/lab/quick.json")
    parser.add_argument("--out", type=Path, metavar="JSON", help="the file to write")
    parser.set_defaults(run=run)


def run(parsed: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Run the experiments and print one verdict per line."""
    out = parsed.out or (QUICK_RESULTS if parsed.quick else RESULTS)
    findings = runner.run(parsed.names, quick=parsed.quick, out=out)
    for name, finding in findings.experiments.items():
        if name in parsed.names or not parsed.names:
            print(f"{name} ({finding.seconds:g} s): {finding.verdict}")
    print(f"written to {out}", file=sys.stderr)
    return 0
