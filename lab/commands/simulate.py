"""``python -m lab simulate``: Lambda's rules applied to traffic that this machine cannot hold."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path

import msgspec

from lab import recorded_traffic
from lab.commands.arguments import add_options, checked_values, given_flags
from lab.commands.simulate_conflicts import refuse_conflicts
from lab.commands.simulate_options import OPTIONS, cases
from lab.simulate.replay import compare
from lab.simulate.runs import comparison, simulated, table


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    add_options(parser, OPTIONS)
    parser.add_argument(
        "--samples", type=Path, nargs="+", metavar="JSON", help="draw times from recordings of `lab run`"
    )
    parser.add_argument("--replay", type=Path, nargs="+", metavar="JSON", help="replay such recordings, and compare")
    parser.add_argument("--json", action="store_true", help="print JSON, with series for charts")
    parser.set_defaults(run=run)


def run(parsed: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Print the simulated runs, or a replay beside its recording."""
    values = checked_values(parsed, OPTIONS)
    files = [flag for flag, paths in (("--samples", parsed.samples), ("--replay", parsed.replay)) if paths]
    refuse_conflicts([*files, *given_flags(parsed, OPTIONS)], values)
    if parsed.replay:
        limits = {"idle_s": values["idle"], "limit": values["limit"]}
        recordings = [recorded_traffic.read(path, "--replay", **limits) for path in parsed.replay]
        replays = [compare(each, values["starters"]) for each in recordings]
        _print(replays if parsed.json else "\n\n".join(map(comparison, replays)))
        return 0
    runs = [simulated(case) for case in list(cases(values, parsed.samples or ()))]
    _print(runs if parsed.json else table(runs))
    return 0


def _print(output: object) -> None:
    print(output if isinstance(output, str) else msgspec.json.encode(output).decode())
