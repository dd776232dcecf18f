"""The targets that were missed: as a table for docs/bench.md, and counted for the README."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from bench.report.results import Results
from bench.report.summary import short_text
from measurement.figures import Figure
from measurement.plain import plain
from measurement.tables import markdown_table


def missed_table(results: Results) -> str:
    """Return a row for every missed target."""
    rows = [_row(title, figure) for title, figure in _with_target(results) if not figure.met]
    return markdown_table(["measured", "target"], rows) if rows else "All targets are met."


def missed_count(results: Results) -> str:
    """Return how many targets were missed, and of which experiments."""
    pairs = list(_with_target(results))
    missed = Counter(title for title, figure in pairs if not figure.met)
    targets = f"{len(pairs)} [targets](docs/bench.md#summary)"
    if not missed:
        return f"All {targets} are met."
    listed = "; ".join(f"{title}: {count}" for title, count in missed.items())
    return f"{missed.total()} of {targets} are [missed](docs/bench.md#missed-targets). {listed}."


def _with_target(results: Results) -> Iterator[tuple[str, Figure]]:
    for each in results.experiments.values():
        yield from ((each.title, figure) for figure in each.figures if figure.target)


def _row(title: str, figure: Figure) -> list[str]:
    bound = f"{figure.target.sense} {plain(figure.target.value, 3)} {figure.unit}".rstrip() if figure.target else ""
    return [f"{title}, {figure.case}: {figure.measure}", short_text(figure), bound]
