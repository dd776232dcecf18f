"""``python -m lab replay``: a recorded run as one HTML page."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path

from lab.output_file import OutputFile
from lab.pages import recorded_run


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("recording", type=Path, help="a JSON file that `tour --record` or the live page has written")
    parser.add_argument("--html", type=Path, required=True, metavar="HTML", help="the page to write")
    parser.set_defaults(run=run)


def run(parsed: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Write the page and print its path."""
    page = recorded_run.page(recorded_run.read(parsed.recording))
    with OutputFile(parsed.html, "--html") as out:
        out.write(page)
        print(parsed.html)
    return 0
