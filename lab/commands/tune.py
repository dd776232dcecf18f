"""``python -m lab tune``: the time and the price of one event at several memory settings."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import Final

import msgspec

from lab.commands.arguments import Number, Option, add_options, checked_values
from lab.commands.event_file import read_event
from lab.commands.function_options import MEMORY, TIMEOUT, add_function_options, described_function
from lab.errors import SetupError
from lab.output_file import OutputFile
from lab.traits import VCPU_MB
from lab.tune.measuring import tune
from lab.tune.table import table
from measurement.json_text import json_text, rounded

OPTIONS: Final[tuple[Option, ...]] = (
    Number(flag="--runs", default=10, low=1, high=10_000, whole=True, help="warm invocations at each setting"),
    Number(flag="--cold", default=3, low=1, high=1000, whole=True, help="cold starts at each setting"),
    Number(flag="--balance", default=0.5, high=1, help="of the balanced setting: 1 looks at the price, 0 at the time"),
    msgspec.structs.replace(TIMEOUT, help="seconds; a longer invocation fails the setting"),
)
_DEFAULT_MEMORY: Final = f"128,256,512,1024,{VCPU_MB},3008"


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("--event", type=Path, required=True, metavar="JSON", help="a file, - for standard input")
    parser.add_argument(
        "--memory", default=_DEFAULT_MEMORY, metavar="MB,MB", help="the settings to try (default %(default)s)"
    )
    add_options(parser, OPTIONS)
    add_function_options(parser)
    parser.add_argument("--out", type=Path, metavar="JSON", help="a file for every figure")
    parser.set_defaults(run=run)


def run(parsed: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Print the table, and write the figures to a file."""
    values = checked_values(parsed, OPTIONS)
    memories_mb = _memories_mb(parsed.memory)
    event = read_event(parsed.event, "--event")
    described = {"name": "tuned", "memory": VCPU_MB, "timeout": values["timeout"], "max_concurrency": None}
    with (
        OutputFile(parsed.out, "--out") if parsed.out else nullcontext() as out,
        tempfile.TemporaryDirectory(prefix="lab-") as directory,
    ):
        tuning = tune(
            described_function(parsed, described, environ, Path(directory)),
            event,
            memories_mb=memories_mb,
            warm_runs=values["runs"],
            cold_starts=values["cold"],
            balance=values["balance"],
        )
        print(table(tuning))
        if out:
            out.write(json_text(rounded(msgspec.to_builtins(tuning))))
    return 0


def _memories_mb(text: str) -> list[int]:
    try:
        return sorted({int(MEMORY.value(part.strip())) for part in text.split(",")})
    except ValueError as exc:
        raise SetupError(f"--memory: {exc}") from exc
