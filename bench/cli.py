"""The command line of ``python -m bench``, run in the benchmark's own environment."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from bench.cold_start import from_source
from bench.experiments import EXPERIMENTS
from bench.report import generated
from bench.report.page import tables
from bench.report.results import ExperimentResult, Results
from bench.report.results_file import encode, read
from bench.run_config import RunConfig
from bench.setup import BenchSetupError, explain, peers, thumbor
from bench.sources.photograph import draw
from bench.versions import versions
from measurement.machine import machine
from measurement.stamps import BUILD
from measurement.writable import try_to_write

COMMANDS = ("readme", "check", "imports")


def main(arguments: Sequence[str]) -> int:
    """Do what the command line asks; return 1 when a full run misses a target or the README is stale."""
    args = parse(arguments)
    if args.names in (["readme"], ["check"]):
        return _report(write=args.names == ["readme"])
    out = args.out or (BUILD / "quick.json" if args.quick else generated.RESULTS)
    # before anything is installed or measured
    if args.out:
        _expect_writable(args.out)
    older = read(out) if out.is_file() and args.names != ["imports"] else None
    config = RunConfig(draw(BUILD / "sources"), peers(), thumbor(), args.quick)
    if args.names == ["imports"]:
        print(from_source.extra_imports(config))
        return 0
    return _run(config, args.names or list(EXPERIMENTS), " ".join(["python -m bench", *arguments]), out, older)


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Return ``names``, ``quick`` and ``out``; exit with status 2 and a message for names that do not exist."""
    parser = argparse.ArgumentParser("python -m bench", description="Measure Monolambda beside its peers.")
    parser.add_argument("--quick", action="store_true", help="few rounds; leaves bench/results.json alone")
    parser.add_argument("--out", type=Path, help="the JSON file to write")
    parser.add_argument(
        "names",
        nargs="*",
        metavar="name",
        help=f"experiments to run, default all: {', '.join(EXPERIMENTS)}; or one of these alone: readme (write the "
        "README's block, docs/bench.md and the charts), check (that they are current), imports (what our cold start "
        "imports and a bare app does not)",
    )
    args = parser.parse_args(arguments)
    unknown = [name for name in args.names if name not in (*EXPERIMENTS, *COMMANDS)]
    if unknown or (len(args.names) > 1 and set(args.names) & set(COMMANDS)):
        parser.error(f"expected experiments ({', '.join(EXPERIMENTS)}) or one of {', '.join(COMMANDS)}")
    return args


def _expect_writable(out: Path) -> None:
    """Raise BenchSetupError when the file cannot be written; leave it as it is."""
    try:
        try_to_write(out)
    except OSError as exc:
        raise BenchSetupError(f"--out: {out} cannot be written: {exc.strerror}") from exc


def _report(*, write: bool) -> int:
    """Write what is generated from bench/results.json, or check that it is current."""
    if not generated.RESULTS.exists():
        return _fail("there is no bench/results.json yet: run `python -m bench` first")
    if write:
        generated.write()
    elif not generated.is_current():
        return _fail(
            "README.md, docs/bench.md or a chart differs from bench/results.json: run `python -m bench readme`"
        )
    return 0


def _run(config: RunConfig, names: Sequence[str], command: str, out: Path, older: Results | None) -> int:
    """Run the experiments, writing ``out`` after each, so that a late failure does not cost the early ones."""
    results = Results(machine=machine(), versions=versions(config), sources=config.sources.describe(), experiments={})
    if losses := lost(results, older, names):
        print(f"{out} will lose {losses}", file=sys.stderr, flush=True)
    for name in [each for each in EXPERIMENTS if each in names]:
        print(f"running {name} …", file=sys.stderr, flush=True)
        start = time.monotonic()
        result = _with_origin(EXPERIMENTS[name](config), command, quick=config.quick)
        print(f"  took {time.monotonic() - start:.0f} s", file=sys.stderr, flush=True)
        results = msgspec.structs.replace(results, experiments={**results.experiments, name: result})
        out.write_bytes(encode(_in_order(results.keeping(older))))
    print(tables(results))
    print(f"written to {out}", file=sys.stderr)
    if results.missed():
        _fail(f"{len(results.missed())} figures missed their target")
    # a few rounds on a shared machine decide nothing, so only a full run fails
    return 1 if results.missed() and not config.quick else 0


def lost(results: Results, older: Results | None, names: Sequence[str]) -> str:
    """Return which experiments of ``older`` will give way, and why; empty if none will."""
    gone = [name for name in older.experiments if name not in names] if older else []
    changes = results.changes(older) if older else []
    return f"{', '.join(gone)}, measured with something else: {', '.join(changes)}" if gone and changes else ""


def _in_order(results: Results) -> Results:
    """Return the results with their experiments in the order of a full run."""
    known = {name: results.experiments[name] for name in EXPERIMENTS if name in results.experiments}
    return msgspec.structs.replace(results, experiments=known)


def _with_origin(result: ExperimentResult, command: str, *, quick: bool) -> ExperimentResult:
    today = datetime.now(UTC).date().isoformat()
    return msgspec.structs.replace(result, command=command, date=today, quick=quick)


def _fail(message: str) -> int:
    print(message, file=sys.stderr)
    return 1


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except BenchSetupError as exc:
        sys.exit(explain(exc))
