"""``python -m lab invoke``: one event and the end."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from lab.commands.function_options import add_function_options, function
from lab.errors import SetupError
from lab.local_lambda import LocalLambda


def add_parser(commands: Any) -> None:
    """Add the command and its options."""
    parser = commands.add_parser("invoke", help="run one event and end")
    parser.add_argument("event", type=Path, help="a JSON file, - for standard input")
    add_function_options(parser)
    parser.set_defaults(run=run)


def run(asked: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Run one event file; the answer goes to standard output, the log with its REPORT line to standard error."""
    event = _event(asked.event)
    with LocalLambda(lambda directory: [function(asked, environ, directory)]) as lab:
        outcome = lab.invoke(event)
    sys.stdout.buffer.write(outcome.payload + b"\n")
    sys.stdout.flush()
    sys.stderr.write(outcome.log_tail.decode(errors="replace"))
    return 1 if outcome.error_type else 0


def _event(path: Path) -> bytes:
    try:
        event = sys.stdin.buffer.read() if str(path) == "-" else path.read_bytes()
        msgspec.json.decode(event, type=msgspec.Raw)
    except OSError as exc:
        raise SetupError(f"{path}: {exc.strerror}") from exc
    except msgspec.DecodeError as exc:
        raise SetupError(f"{path} is not JSON: {exc}") from exc
    return event
