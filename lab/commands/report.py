"""``python -m lab report``: a page, a document, pictures, and the README's table, from what a run wrote."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lab import report
from lab.experiments import runner
from lab.report.page import page


def add_parser(commands: Any) -> None:
    """Add the command and its options."""
    parser = commands.add_parser("report", help="write the page and the charts of what `run` found")
    parser.add_argument("--results", type=Path, default=runner.RESULTS, metavar="JSON", help="what `run` wrote")
    parser.add_argument("--page", type=Path, metavar="HTML", help="write nothing but the page, there")
    parser.set_defaults(run=run)


def run(asked: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Write the report and print what changed."""
    findings = runner.read(asked.results)
    if asked.page:
        asked.page.write_text(page(findings), encoding="utf-8")
        print(asked.page)
        return 0
    changed = report.write(findings)
    print("\n".join(map(str, changed)) if changed else "everything is as it was")
    return 0
