"""``python -m lab simulate``: traffic this machine cannot hold, by arithmetic."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from lab import recording
from lab.commands import arguments
from lab.commands.simulate_options import OPTIONS, cases
from lab.simulate.replay import replayed
from lab.simulate.runs import comparison, table
from lab.simulate.runs import run as simulated


def add_parser(commands: Any) -> None:
    """Add the command and its options."""
    parser = commands.add_parser("simulate", help="Lambda's rules on traffic this machine cannot hold")
    arguments.add(parser, OPTIONS)
    parser.add_argument("--samples", type=Path, metavar="JSON", help="times as `lab run` measured them")
    parser.add_argument("--replay", type=Path, metavar="JSON", help="repeat what such a file recorded, and compare")
    parser.add_argument("--json", action="store_true", help="the same as JSON, with series for charts")
    parser.set_defaults(run=run)


def run(asked: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Print what came out."""
    values = arguments.read(asked, OPTIONS)
    if asked.replay:
        found = recording.read(asked.replay, "--replay", idle_s=values["idle"], limit=values["limit"])
        again = [replayed(record, values["starters"]) for record in found]
        _print(again if asked.json else "\n\n".join(map(comparison, again)))
        return 0
    runs = [simulated(case) for case in list(cases(values, asked.samples))]
    _print(runs if asked.json else table(runs))
    return 0


def _print(found: object) -> None:
    print(found if isinstance(found, str) else msgspec.json.encode(found).decode())
