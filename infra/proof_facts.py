"""What a proof says of this side: the commit that is deployed, and the INIT that the lab measured of the package."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import click
import msgspec

from measurement.figures import Spread


class LabInit(msgspec.Struct, frozen=True):
    """The INIT of the package in containers of the lab, in milliseconds, and their Python."""

    spread: Spread
    python: str


def lab_init(results: Path) -> LabInit:
    """Return the INIT of the whole app as one package, as the lab measured it; raise ClickException if it has not."""
    try:
        found = json.loads(results.read_bytes())
        (spread,) = (
            figure["spread"]
            for figure in found["experiments"]["one_or_many"]["figures"]
            if (figure["case"], figure["measure"]) == ("one function", "INIT alone")
        )
        return LabInit(msgspec.convert(spread, Spread), found["machine"]["python"])
    except (OSError, ValueError, KeyError) as exc:
        raise click.ClickException(
            f"{results}: expected the INIT of one function that `python -m lab run one_or_many` measures"
        ) from exc


def commit_at(root: Path) -> str:
    """Return the commit of a checkout, marked if anything was changed since; raise ClickException without git."""
    command = ["git", "describe", "--always", "--dirty", "--abbrev=40"]
    try:
        return subprocess.run(command, cwd=root, check=True, text=True, capture_output=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError) as exc:
        why = getattr(exc, "stderr", "") or str(exc)
        raise click.ClickException(f"expected the commit of what is deployed, from git: {why.strip()}") from exc
