"""``python -m lab invoke``: runs one event and exits."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path

from lab.commands.arguments import add_options, checked_values
from lab.commands.event_file import read_event
from lab.commands.function_options import FUNCTION_OPTIONS, add_function_options, described_function
from lab.local_lambda import LocalLambda


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("event", type=Path, help="a JSON file, - for standard input")
    add_options(parser, FUNCTION_OPTIONS)
    add_function_options(parser)
    parser.set_defaults(run=run)


def run(parsed: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Run one event; the response goes to standard output, the log with its REPORT line to standard error."""
    values = checked_values(parsed, FUNCTION_OPTIONS)
    event = read_event(parsed.event)
    with LocalLambda(lambda directory: [described_function(parsed, values, environ, directory)]) as lab:
        outcome = lab.invoke(event)
    sys.stdout.buffer.write(outcome.payload + b"\n")
    sys.stdout.flush()
    sys.stderr.write(outcome.log_tail.decode(errors="replace"))
    return 1 if outcome.error_type else 0
