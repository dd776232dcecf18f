"""``python -m lab report``: a page, a document, charts and a table in the README, from the results of ``run``."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path

from lab import report
from lab.experiments.support.results_file import RESULTS, read
from lab.output_file import OutputFile
from lab.report.page import page


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("--results", type=Path, default=RESULTS, metavar="JSON", help="a file that `run` has written")
    parser.add_argument("--page", type=Path, metavar="HTML", help="write only the page, to this file")
    parser.set_defaults(run=run)


def run(parsed: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Write the report and print which files changed."""
    findings = read(parsed.results, "--results")
    if parsed.page:
        with OutputFile(parsed.page, "--page") as out:
            out.write(page(findings))
            print(parsed.page)
        return 0
    changed = report.write(findings)
    print("\n".join(map(str, changed)) if changed else "nothing has changed")
    return 0
