"""Writes docs/bench.md, the page with every table."""

from __future__ import annotations

from bench.report.results import Results
from measurement.tables import table

TITLE = """# Measured

Written by `python -m bench readme` from [bench/results.json](../bench/results.json), which `make bench` writes; the
[README](../README.md#measured) shows the headlines and the charts. A figure is the median, with the least and the most
in brackets when there were several.
"""


def page(results: Results) -> str:
    """Return the whole page."""
    return f"{TITLE}\n{tables(results)}\n"


def tables(results: Results) -> str:
    """Return the method and the table of each experiment, then what they ran on."""
    parts = [f"**{each.title}.** {each.method}\n\n{table(each.figures)}" for each in results.experiments.values()]
    return "\n\n".join([*parts, provenance(results)])


def provenance(results: Results) -> str:
    """Return machine, versions and commands in one line."""
    machine = ", ".join(f"{value} {name}" if name == "cores" else value for name, value in results.machine.items())
    versions = ", ".join(f"{name} {value}" for name, value in results.versions.items())
    commands = ", ".join(dict.fromkeys(f"`{each.command}` on {each.date}" for each in results.experiments.values()))
    return f"Machine: {machine}. Versions: {versions}. Made by {commands}."
