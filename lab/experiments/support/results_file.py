"""Reads and writes the file of findings."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import msgspec

from lab.accounts.package import PROJECT
from lab.errors import SetupError, naming
from lab.experiments.support.findings import Findings
from measurement.json_text import json_text, rounded

RESULTS: Final = PROJECT / "lab" / "results.json"
QUICK_RESULTS: Final = PROJECT / "build" / "lab" / "quick.json"
# a figure has a line, and so has a chart, except for timelines, which have one for each container
_WIDTH: Final = 1200


def read(path: Path) -> Findings:
    """Return the findings of an earlier run; raise SetupError when the file is missing or of another form."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Findings)
    except OSError as exc:
        raise SetupError(f"{path}: {exc.strerror}: `python -m lab run` writes it") from exc
    except msgspec.DecodeError as exc:
        raise SetupError(f"{path} is not what `python -m lab run` writes: {exc}") from exc


def read_or_none(path: Path) -> Findings | None:
    """Return the findings of an earlier run, or None when there are none to keep."""
    try:
        return read(path)
    except SetupError:
        return None


def write(path: Path, findings: Findings) -> None:
    """Write the findings atomically, so that an interruption leaves the old file or the new one; raise SetupError."""
    with naming(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        # a pipe or a device, such as /dev/null, would be replaced by a file
        special = path.exists() and not path.is_file()
        partial = path if special else path.with_suffix(".new")
        partial.write_text(json_text(rounded(msgspec.to_builtins(findings)), width=_WIDTH), encoding="utf-8")
        if not special:
            partial.replace(path)
