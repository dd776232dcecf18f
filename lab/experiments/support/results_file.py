"""Reads and writes the file of findings."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import msgspec

from lab.experiments.support.findings import Findings
from lab.file_checks import as_setup_errors
from lab.output_file import OutputFile
from measurement.json_text import json_text, rounded
from measurement.json_value import decoded
from measurement.stamps import ROOT

RESULTS: Final = ROOT / "lab" / "results.json"
QUICK_RESULTS: Final = ROOT / "build" / "lab" / "quick.json"
# a figure has a line, and so has a chart, except for timelines, which have one for each container
_WIDTH: Final = 1200


def read(path: Path, option: str = "") -> Findings:
    """Return the findings of an earlier run; raise SetupError when the file is missing or of another form."""
    with as_setup_errors(path, option, "the findings that `python -m lab run` writes"):
        return decoded(path.read_bytes(), Findings)


def write(out: OutputFile, findings: Findings) -> None:
    """Write the findings; raise SetupError."""
    out.write(json_text(rounded(msgspec.to_builtins(findings)), width=_WIDTH))
