"""The findings as Markdown."""

from __future__ import annotations

from msgspec.structs import replace

from lab.experiments import EXPERIMENTS
from lab.experiments.support.findings import BASES
from lab.report.markdown import chart_name, document, summary
from tests.support.lab.findings import findings


def test_the_summary_has_the_claim_and_the_verdict_of_what_the_readme_shows() -> None:
    found = findings()
    (finding,) = found.experiments.values()
    text = summary(replace(found, experiments={"pooling": finding, "payload": finding}))
    assert "“Everybody says <so>.” It held & stood. *Measured here.* ([pooling](docs/experiments.md#pooling))" in text
    assert "payload" not in text
    assert "\nMachine: cpu a processor, cores 2. " in text


def test_the_readme_shows_five_verdicts() -> None:
    (finding,) = findings().experiments.values()
    everything = replace(findings(), experiments=dict.fromkeys(EXPERIMENTS, finding))
    assert summary(everything).count("- **") == 5


def test_the_document_begins_with_a_row_for_each_experiment() -> None:
    text = document(findings())
    assert "| [pooling](#pooling) | Everybody says <so>. | It held & stood. | measured here |" in text
    assert text.index("](#pooling)") < text.index("## pooling")


def test_the_document_says_what_each_verdict_rests_on() -> None:
    text = document(findings())
    assert "**Verdict.** It held & stood. *Measured here.*" in text
    assert all(f"- **{basis}**: {meaning}" in text for basis, meaning in BASES.items())


def test_the_document_has_every_chart_and_the_table() -> None:
    text = document(findings())
    assert all(f"](charts/{chart_name('pooling', number)})" in text for number in range(3))
    assert "| time | 2 ms (1..9) |" in text
    assert text.endswith(
        "Machine: cpu a processor, cores 2. Made by `python -m lab run` on 2026-11-21, in 0 seconds.\n"
    )
