"""What every experiment has: a description, charts, results that can be stored, and a verdict of one sentence."""

from __future__ import annotations

import re

import msgspec
import pytest

from lab.experiments import EXPERIMENTS
from lab.experiments.support.findings import UNDECIDED, BarChart, Finding, LineChart, TimelineChart
from lab.report.charts import svg
from tests.support.lab.figures import RunQuick


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_a_finding_is_complete(finding: RunQuick, name: str) -> None:
    found = finding(name)
    assert found.title
    assert found.claim.endswith(".")
    assert found.method.endswith(".")
    cells = [(each.case, each.measure) for each in found.figures]
    assert cells
    assert len(cells) == len(set(cells)), "a table has one figure in a cell"
    assert msgspec.json.decode(msgspec.json.encode(found), type=Finding) == found


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_a_verdict_is_one_sentence_with_figures(finding: RunQuick, name: str) -> None:
    verdict = finding(name).verdict
    assert verdict.endswith(".")
    assert not re.search(r"[.!?] [A-Z]", verdict), verdict
    assert re.search(r"\d", verdict), verdict


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_a_verdict_says_how_often_its_figures_were_taken(finding: RunQuick, name: str) -> None:
    assert re.search(r"\bn = \d", finding(name).verdict)


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_a_verdict_without_a_basis_says_so_itself(finding: RunQuick, name: str) -> None:
    found = finding(name)
    assert found.basis != UNDECIDED or UNDECIDED in found.verdict


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_no_chart_is_empty(finding: RunQuick, name: str) -> None:
    charts = finding(name).charts
    assert charts
    for chart in charts:
        match chart:
            case LineChart(lines=drawn) | BarChart(cases=drawn) | TimelineChart(rows=drawn):
                assert drawn
                assert all(drawn.values())
        assert svg(chart).startswith("<svg")
