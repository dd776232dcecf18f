"""The command line: what can be asked, each in a file of ``lab/commands/``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence

from lab.commands import cost, invoke, report, run, serve, simulate
from lab.errors import LabError
from lab.experiments.runner import Interrupted

_COMMANDS = (serve, invoke, run, report, cost, simulate)


def main(arguments: Sequence[str], environ: Mapping[str, str]) -> int:
    """Run one command; return the exit code. What goes wrong is one line on standard error."""
    asked = _parser().parse_args(arguments)
    try:
        code: int = asked.run(asked, environ)
    except LabError as exc:
        print(f"lab: {exc}", file=sys.stderr)
        return 1
    except Interrupted as exc:
        print(f"lab: {exc}", file=sys.stderr)
        return 130
    except KeyboardInterrupt:
        return 130
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m lab", description="A local Lambda around AWS's own runtime client."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    for command in _COMMANDS:
        command.add_parser(commands)
    return parser
