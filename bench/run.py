"""Runs experiments by name and writes what they found; started by ``python -m bench`` in its own environment."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from bench import (
    cold_start,
    cost,
    engine,
    engine_more,
    engine_scaling,
    handler,
    lambda_cold_start,
    likeness,
    limits,
    memory,
    option_cost,
    readme,
    repeats,
    saliency,
    stages,
)
from bench.picture import draw
from bench.setup import SetupError, explain, peers, thumbor
from bench.stand import Stand
from bench.versions import versions
from measurement.machine import machine
from measurement.results import Experiment, Report, decode, encode
from measurement.stamps import BUILD
from measurement.tables import render

EXPERIMENTS: Mapping[str, Callable[[Stand], Experiment]] = {
    "engine": engine.run,
    "sources": engine_more.run,
    "scaling": engine_scaling.run,
    "stages": stages.run,
    "options": option_cost.run,
    "memory": memory.run,
    "limits": limits.run,
    "repeats": repeats.run,
    "likeness": likeness.run,
    "saliency": saliency.run,
    "cost": cost.run,
    "cold_start": cold_start.run,
    "handler": handler.run,
    "lambda_cold_start": lambda_cold_start.run,
}
MODES = ("readme", "check", "imports")


def main(arguments: Sequence[str]) -> int:
    """Do what the command line asks; return 1 when a full run misses a target or the README is stale."""
    asked = _parse(arguments)
    if asked.names in (["readme"], ["check"]) and not readme.RESULTS.exists():
        return _complain("there is no bench/results.json yet: run `python -m bench` first")
    if asked.names == ["readme"]:
        readme.write()
        return 0
    if asked.names == ["check"]:
        return 0 if readme.is_current() else _complain("README.md is not what bench/results.json gives: run readme")
    stand = Stand(draw(BUILD / "sources"), peers(), thumbor(), asked.quick)
    if asked.names == ["imports"]:
        print(cold_start.extra_imports(stand))
        return 0
    out = asked.out or (BUILD / "quick.json" if asked.quick else readme.RESULTS)
    return _run(stand, asked.names or list(EXPERIMENTS), " ".join(["python -m bench", *arguments]), out)


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m bench", description="Measure Monolambda beside its peers.")
    parser.add_argument("--quick", action="store_true", help="few rounds; leaves bench/results.json alone")
    parser.add_argument("--out", type=Path, help="the JSON file to write")
    parser.add_argument(
        "names",
        nargs="*",
        metavar="name",
        help=f"experiments to run, default all: {', '.join(EXPERIMENTS)}; or alone one of: readme (write the tables "
        "into README.md), check (that they are current), imports (what our cold start imports beyond the bare app)",
    )
    asked = parser.parse_args(arguments)
    unknown = [name for name in asked.names if name not in (*EXPERIMENTS, *MODES)]
    if unknown or (len(asked.names) > 1 and set(asked.names) & set(MODES)):
        parser.error(f"expected experiments ({', '.join(EXPERIMENTS)}) or one of {', '.join(MODES)}")
    return asked


def _run(stand: Stand, names: Sequence[str], command: str, out: Path) -> int:
    """Run the experiments and write ``out`` after each, so that a late failure does not cost the early ones."""
    older = decode(out.read_bytes()) if out.exists() else None
    report = Report(machine=machine(), versions=versions(stand), sources=stand.sources.describe(), experiments={})
    for name in [each for each in EXPERIMENTS if each in names]:
        print(f"running {name} …", file=sys.stderr, flush=True)
        begun = time.monotonic()
        found = _signed(EXPERIMENTS[name](stand), command, quick=stand.quick)
        print(f"  took {time.monotonic() - begun:.0f} s", file=sys.stderr, flush=True)
        report = msgspec.structs.replace(report, experiments={**report.experiments, name: found})
        out.write_bytes(encode(_ordered(report.over(older))))
    print(render(report))
    print(f"written to {out}", file=sys.stderr)
    if report.missed():
        _complain(f"{len(report.missed())} figures missed their target")
    # A few rounds on a shared machine decide nothing, so only a full run fails.
    return 1 if report.missed() and not stand.quick else 0


def _ordered(report: Report) -> Report:
    """Return the report with its experiments in the order of a full run."""
    known = {name: report.experiments[name] for name in EXPERIMENTS if name in report.experiments}
    return msgspec.structs.replace(report, experiments=known)


def _signed(experiment: Experiment, command: str, *, quick: bool) -> Experiment:
    today = datetime.now(UTC).date().isoformat()
    return msgspec.structs.replace(experiment, command=command, date=today, quick=quick)


def _complain(text: str) -> int:
    print(text, file=sys.stderr)
    return 1


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except SetupError as exc:
        sys.exit(explain(exc))
