"""The findings as Markdown."""

from __future__ import annotations

from lab.report.markdown import chart_name, document, summary
from tests.support.lab.findings import findings


def test_the_summary_has_a_row_and_the_first_chart() -> None:
    text = summary(findings())
    assert "| [concurrency](docs/experiments.md#concurrency) | Everybody says <so>. | It held & stood. |" in text
    assert f"](docs/charts/{chart_name('concurrency', 0)})" in text
    assert chart_name("concurrency", 1) not in text


def test_the_document_has_every_chart_and_the_table() -> None:
    text = document(findings())
    assert all(f"](charts/{chart_name('concurrency', number)})" in text for number in range(3))
    assert "| time | 2 ms (1..9) |" in text
    assert text.endswith(
        "Machine: cpu a processor, cores 2. Made by `python -m lab run` on 2026-11-21, in 0 seconds.\n"
    )
