"""``python -m lab cost``: a month's bill on Lambda and on a server."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import Any

import msgspec

from lab.commands import arguments
from lab.commands.cost_options import OPTIONS, question
from lab.costs.comparison import answer, text


def add_parser(commands: Any) -> None:
    """Add the command and its options."""
    parser = commands.add_parser("cost", help="what a month costs on Lambda and on a server, and where they meet")
    arguments.add(parser, OPTIONS)
    parser.add_argument("--free-tier", action="store_true", help="take off what never expires")
    parser.add_argument("--balancer", action="store_true", help="a load balancer before the servers")
    parser.add_argument("--json", action="store_true", help="the same as JSON, and more digits")
    parser.set_defaults(run=run)


def run(asked: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Print the bill."""
    values = arguments.read(asked, OPTIONS)
    given = answer(question(values, free_tier=asked.free_tier, balancer=asked.balancer))
    print(msgspec.json.format(msgspec.json.encode(given)).decode() if asked.json else text(given))
    return 0
