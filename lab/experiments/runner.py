"""Runs experiments by name and writes each finding as soon as it is known."""

from __future__ import annotations

import platform
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from lab.errors import SetupError, expect_writable
from lab.experiments import EXPERIMENTS, Experiment
from lab.experiments.support import results_file
from lab.experiments.support.findings import Finding, Findings
from lab.experiments.support.workbench import Workbench
from measurement.machine import machine

# gets the place of an experiment among those to run, as in "3 of 15", its name and its finding
Ended = Callable[[str, str, Finding], None]


class Interrupted(KeyboardInterrupt):
    """Ctrl-C came before the last experiment; the text says what has been written."""


class RunOrigin(msgspec.Struct, frozen=True):
    """The command of a run, and when it began."""

    command: str
    began: datetime


def run(
    names: Sequence[str],
    *,
    quick: bool,
    out: Path,
    experiments: Mapping[str, Experiment] = EXPERIMENTS,
    ended: Ended = lambda place, name, finding: None,
) -> Findings:
    """Run the named experiments, or all of them, in their own order; write ``out`` and call ``ended`` after each.

    Recordings go to ``samples/`` beside it. Raises SetupError for an unknown name or a file that cannot be
    written, and Interrupted.
    """
    chosen = _chosen(names, experiments)
    expect_writable(out, make_parents=True)
    findings = results_file.read_or_none(out) or Findings(machine={}, experiments={})
    surroundings = {**machine(), "python": platform.python_version()}
    # of all that this run writes: one that began before midnight has one date, and two on a day are told apart
    origin = RunOrigin(" ".join(["python -m lab run", *names, *(["--quick"] if quick else [])]), datetime.now(UTC))
    for number, name in enumerate(chosen):
        try:
            found = _run_one(experiments[name], origin, quick=quick, samples=out.parent / "samples")
        except KeyboardInterrupt as exc:
            raise Interrupted(f"interrupted in {name}; {number} of {len(chosen)} experiments are in {out}") from exc
        merged = Findings(machine=surroundings, experiments={name: found}).over(findings)
        # in the order of the experiments, without those that are gone
        in_order = {name: merged.experiments[name] for name in experiments if name in merged.experiments}
        findings = msgspec.structs.replace(merged, experiments=in_order)
        results_file.write(out, findings)
        ended(f"{number + 1} of {len(chosen)}", name, found)
    return findings


def _chosen(names: Sequence[str], experiments: Mapping[str, Experiment]) -> list[str]:
    unknown = [name for name in names if name not in experiments]
    if unknown:
        raise SetupError(f"there is no experiment {unknown[0]!r}; expected some of {', '.join(experiments)}")
    return [name for name in experiments if name in names or not names]


def _run_one(experiment: Experiment, origin: RunOrigin, *, quick: bool, samples: Path) -> Finding:
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="lab-experiment-") as directory:
        workbench = Workbench(Path(directory), samples, quick)
        finding = experiment(workbench)
    return msgspec.structs.replace(
        finding,
        command=origin.command,
        date=origin.began.date().isoformat(),
        run=origin.began.isoformat(timespec="seconds"),
        quick=quick,
        seconds=round(time.monotonic() - began, 1),
    )
