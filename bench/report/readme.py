"""Writes the README's block: a few results in words, one chart, and how many targets were missed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

import msgspec

from bench.report.missed import missed_count
from bench.report.page import provenance
from bench.report.results import Results
from bench.report.summary import short_text

CHART: Final = "docs/charts/bench-engines.svg"


class Sentence(msgspec.Struct, frozen=True):
    """One result in words: the experiment, a text with gaps, and the figure for each gap by case and measure."""

    experiment: str
    text: str
    figures: tuple[tuple[str, str], ...]


SENTENCES: Final = (
    Sentence(
        "engine",
        "**Engine.** Resizing a 12 MP JPEG to 480 wide takes {} of CPU in a warm process. That is {} what sharp takes, "
        "and {} what naive Pillow takes.",
        (
            ("baseline", "Monolambda"),
            ("baseline", "Monolambda / sharp"),
            ("baseline", "Monolambda / naive Pillow"),
        ),
    ),
    Sentence(
        "server",
        "**Server.** To make an upload small and send it back, `make serve` takes {} the CPU of node with sharp at 2 "
        "MP, and {} at 12 MP. It answers {} and {} as many requests a second as a cluster of node with sharp.",
        (
            ("2 MP JPEG", "CPU, Monolambda / node + sharp"),
            ("12 MP JPEG", "CPU, Monolambda / node + sharp"),
            ("2 MP JPEG", "requests/s, Monolambda / node + sharp"),
            ("12 MP JPEG", "requests/s, Monolambda / node + sharp"),
        ),
    ),
    Sentence(
        "lambda_cold_start",
        "**Cold start.** Until its first JPEG, the package takes {} the CPU of a bare Flask and Pillow app, and {} "
        "that of a naive package. Until its first page it takes {} that of the bare app, and until its first "
        "`/healthz` {}.",
        (
            ("CPU", "Monolambda / bare"),
            ("CPU", "Monolambda / naive"),
            ("CPU, first page", "Monolambda / bare"),
            ("CPU, /healthz", "Monolambda / bare"),
        ),
    ),
    Sentence(
        "handler",
        "**Handler.** Turning an event into a WSGI call adds {} to an answer of 1 KB, and {} to an image of 500 KB.",
        (("v1, 1 KB answer", "Monolambda, on top"), ("v1, 500 KB image", "Monolambda, on top")),
    ),
)


def readme_block(results: Results, charts: Mapping[str, str]) -> str:
    """Return the block; ``charts`` are titles by path."""
    chart = f"![{charts[CHART]}]({CHART})" if CHART in charts else ""
    parts = ["\n".join(_sentences(results)), chart, missed_count(results), provenance(results)]
    return "\n\n".join(part for part in parts if part)


def _sentences(results: Results) -> Iterator[str]:
    for sentence in SENTENCES:
        result = results.experiments.get(sentence.experiment)
        figures = {(each.case, each.measure): each for each in result.figures} if result else {}
        if set(sentence.figures) <= set(figures):
            yield f"- {sentence.text.format(*(short_text(figures[place]) for place in sentence.figures))}"
