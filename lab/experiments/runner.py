"""Runs experiments by name and writes each finding as soon as it is known."""

from __future__ import annotations

import platform
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from lab.errors import SetupError
from lab.experiments import EXPERIMENTS, Experiment
from lab.experiments.support import results_file
from lab.experiments.support.findings import Finding, Findings
from lab.experiments.support.workbench import Workbench
from lab.file_checks import as_setup_errors
from lab.output_file import OutputFile
from measurement.earlier_runs import differences
from measurement.machine import machine
from measurement.writable import write_whole

# gets the place of an experiment among those to run, as in "3 of 15", its name and its finding
Ended = Callable[[str, str, Finding], None]


class Interrupted(KeyboardInterrupt):
    """Ctrl-C came before the last experiment; the text says what has been written."""


def run(
    names: Sequence[str],
    *,
    quick: bool,
    out: Path,
    experiments: Mapping[str, Experiment] = EXPERIMENTS,
    ended: Ended = lambda place, name, finding: None,
) -> Findings:
    """Run the named experiments, or all of them, in their own order; write ``out`` and call ``ended`` after each.

    Recordings go to ``samples/`` beside it. A pipe or a device is written once, at the end, and has no recordings.
    Raises SetupError for an unknown name, and for a file that cannot be written or holds something else; Interrupted.
    """
    chosen = _chosen(names, experiments)
    # of all that this run writes: one that began before midnight has one date, and two on a day are told apart
    began = datetime.now(UTC)
    command = " ".join(["python -m lab run", *names, *(["--quick"] if quick else [])])
    surroundings = {**machine(), "python": platform.python_version()}
    with OutputFile(out, "--out", make_parents=True) as output:
        has_earlier = output.is_regular and out.exists()
        findings = results_file.read(out, "--out") if has_earlier else Findings(machine={}, experiments={})
        finished = 0
        _tell_losses(out, findings, surroundings, chosen)
        try:
            for name in chosen:
                samples = out.parent / "samples" if output.is_regular else None
                found = msgspec.structs.replace(
                    _run_one(experiments[name], quick=quick, samples=samples),
                    command=command,
                    date=began.date().isoformat(),
                    run=began.isoformat(timespec="seconds"),
                )
                merged = Findings(machine=surroundings, experiments={name: found}).over(findings)
                # in the order of the experiments, without those that are gone
                in_order = {each: merged.experiments[each] for each in experiments if each in merged.experiments}
                findings = msgspec.structs.replace(merged, experiments=in_order)
                if output.is_regular:
                    results_file.write(output, findings)
                finished += 1
                ended(f"{finished} of {len(chosen)}", name, found)
        except KeyboardInterrupt as exc:
            raise Interrupted(f"interrupted in {name}; {finished} of {len(chosen)} experiments are in {out}") from exc
        finally:
            if finished and not output.is_regular:
                results_file.write(output, findings)
    return findings


def _tell_losses(out: Path, earlier: Findings, now: Mapping[str, str], chosen: Sequence[str]) -> None:
    """Say which findings of another machine will give way to those of this one."""
    lost = [name for name in earlier.experiments if name not in chosen]
    changes = differences(earlier.machine, now)
    if lost and changes:
        print(
            f"lab: {out} will lose {', '.join(lost)}, measured on another machine: {', '.join(changes)}",
            file=sys.stderr,
        )


def _chosen(names: Sequence[str], experiments: Mapping[str, Experiment]) -> list[str]:
    unknown = [name for name in names if name not in experiments]
    if unknown:
        raise SetupError(f"there is no experiment {unknown[0]!r}; expected some of {', '.join(experiments)}")
    return [name for name in experiments if name in names or not names]


def _run_one(experiment: Experiment, *, quick: bool, samples: Path | None) -> Finding:
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="lab-experiment-") as directory:
        workbench = Workbench(Path(directory), quick)
        finding = experiment(workbench)
        if samples:
            _keep_recordings(workbench.recordings, samples)
    return msgspec.structs.replace(finding, quick=quick, seconds=round(time.monotonic() - began, 1))


def _keep_recordings(found: Path, samples: Path) -> None:
    """Copy recordings to where the last ones of the same names are; those stay until there is a finding."""
    for path in found.glob("*.json"):
        with as_setup_errors(samples / path.name, "--out"):
            samples.mkdir(exist_ok=True)
            write_whole(samples / path.name, path.read_bytes())
