"""``python -m lab cost``: a month's bill on Lambda and on a server."""

from __future__ import annotations

import argparse
from collections.abc import Mapping

import msgspec

from lab.commands.arguments import add_options, checked_values
from lab.commands.cost_options import OPTIONS, compared
from lab.costs.comparison import table


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    add_options(parser, OPTIONS)
    parser.add_argument(
        "--free-tier", action="store_true", help="subtract the part of the free tier that never expires"
    )
    parser.add_argument("--balancer", action="store_true", help="put a load balancer in front of the servers")
    parser.add_argument("--json", action="store_true", help="print JSON, with every digit")
    parser.set_defaults(run=run)


def run(parsed: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Print the bill."""
    values = checked_values(parsed, OPTIONS)
    comparison = compared(values, free_tier=parsed.free_tier, balancer=parsed.balancer)
    print(msgspec.json.format(msgspec.json.encode(comparison)).decode() if parsed.json else table(comparison))
    return 0
