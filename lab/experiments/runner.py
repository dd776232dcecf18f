"""Runs experiments by name and keeps what they found, each as soon as it is there."""

from __future__ import annotations

import platform
import tempfile
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec

from lab.accounts.package import PROJECT
from lab.errors import SetupError
from lab.experiments import EXPERIMENTS, Experiment
from lab.experiments.support.findings import Finding, Findings
from lab.experiments.support.workbench import Workbench
from measurement.machine import machine

RESULTS: Final = PROJECT / "lab" / "results.json"
QUICK_RESULTS: Final = PROJECT / "build" / "lab" / "quick.json"


class Interrupted(KeyboardInterrupt):
    """Ctrl-C came before the last experiment; the text says what is kept."""


def run(
    names: Sequence[str], *, quick: bool, out: Path, experiments: Mapping[str, Experiment] = EXPERIMENTS
) -> Findings:
    """Run experiments in their own order, all of them when none is named, and write ``out`` after each.

    Raises SetupError for a name there is none of or a file that cannot be written, and Interrupted.
    """
    chosen = _chosen(names, experiments)
    findings = _older(out) or Findings(machine={}, experiments={})
    surroundings = {**machine(), "python": platform.python_version()}
    command = " ".join(["python -m lab run", *names, *(["--quick"] if quick else [])])
    for number, name in enumerate(chosen):
        try:
            found = _one(experiments[name], command, quick=quick)
        except KeyboardInterrupt as exc:
            raise Interrupted(f"interrupted in {name}; {number} of {len(chosen)} experiments are in {out}") from exc
        merged = Findings(machine=surroundings, experiments={name: found}).over(findings)
        findings = msgspec.structs.replace(merged, experiments=_in_order(merged.experiments, experiments))
        _write(out, findings)
    return findings


def read(path: Path) -> Findings:
    """Return what an earlier run wrote; raise SetupError in one line when there is none, or it is no such file."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Findings)
    except OSError as exc:
        raise SetupError(f"{path}: {exc.strerror}: `python -m lab run` writes it") from exc
    except msgspec.DecodeError as exc:
        raise SetupError(f"{path} is not what `python -m lab run` writes: {exc}") from exc


def _chosen(names: Sequence[str], experiments: Mapping[str, Experiment]) -> list[str]:
    unknown = [name for name in names if name not in experiments]
    if unknown:
        raise SetupError(f"there is no experiment {unknown[0]!r}; expected some of {', '.join(experiments)}")
    return [name for name in experiments if name in names or not names]


def _in_order(found: Mapping[str, Finding], experiments: Mapping[str, Experiment]) -> dict[str, Finding]:
    """Return findings as the experiments are listed, without those there are no more."""
    return {name: found[name] for name in experiments if name in found}


def _one(experiment: Experiment, command: str, *, quick: bool) -> Finding:
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="lab-experiment-") as directory:
        finding = experiment(Workbench(Path(directory), quick))
    return msgspec.structs.replace(
        finding,
        command=command,
        date=datetime.now(UTC).date().isoformat(),
        quick=quick,
        seconds=round(time.monotonic() - began, 1),
    )


def _older(out: Path) -> Findings | None:
    """Return what is to be kept of an earlier run; a file of another form is not worth keeping."""
    try:
        return read(out)
    except SetupError:
        return None


def _write(out: Path, findings: Findings) -> None:
    """Replace the file at once, so that an interruption leaves the old one or the new one."""
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        beside = out.with_suffix(".new")
        beside.write_bytes(msgspec.json.format(msgspec.json.encode(findings), indent=1) + b"\n")
        beside.replace(out)
    except OSError as exc:
        raise SetupError(f"{out}: {exc.strerror}") from exc
