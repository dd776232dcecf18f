"""``python -m lab run``: runs experiments."""

from __future__ import annotations

import argparse
import shutil
import sys
import textwrap
from collections.abc import Mapping
from pathlib import Path

from lab.experiments import EXPERIMENTS, runner
from lab.experiments.support.findings import Finding
from lab.experiments.support.results_file import QUICK_RESULTS, RESULTS

_INDENT = "  "


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("names", nargs="*", metavar="name", help=f"default all: {', '.join(EXPERIMENTS)}")
    parser.add_argument("--quick", action="store_true", help="run them smaller and faster, into build/lab/quick.json")
    parser.add_argument("--out", type=Path, metavar="JSON", help="the file to write")
    parser.set_defaults(run=run)


def run(parsed: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Run the experiments and print each verdict as soon as it is known."""
    out = parsed.out or (QUICK_RESULTS if parsed.quick else RESULTS)
    runner.run(parsed.names, quick=parsed.quick, out=out, ended=_print_verdict)
    print(f"written to {out}", file=sys.stderr)
    return 0


def lines(place: str, name: str, finding: Finding, width: int | None) -> list[str]:
    """Return one finding as lines of at most ``width`` characters, None for any."""
    head = f"{place}  {name} ({finding.seconds:g} s)"
    paragraphs = [(head, ""), (finding.verdict, _INDENT), (f"{finding.basis}.", _INDENT)]
    if width is None:
        return [indent + text for text, indent in paragraphs]
    return [
        line
        for text, indent in paragraphs
        for line in textwrap.wrap(
            text, max(width, len(_INDENT) + 1), initial_indent=indent, subsequent_indent=_INDENT, break_on_hyphens=False
        )
    ]


def _print_verdict(place: str, name: str, finding: Finding) -> None:
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    # a reader at the other end of a pipe waits for it too
    print(*lines(place, name, finding, width), sep="\n", flush=True)
