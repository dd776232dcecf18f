"""The report: every experiment in it, nothing but what the JSON has, and the files in the project current."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from lab import cli, report
from lab.accounts.package import PROJECT
from lab.containers.timeline import ContainerState
from lab.experiments import EXPERIMENTS, runner
from lab.experiments.support.findings import BarChart, Finding, Findings, LineChart, Span, TimelineChart, figure
from lab.report.charts import COLOURS, svg
from lab.report.page import page

LINES = LineChart(title="Latency <1 s", across="n", up="ms", lines={"cold & warm": ((0.0, 1.0), (2.0, 3.5))})
BARS = BarChart(title="Parts", across="ms", cases={"ours": {"init": 3.0, "serve": 1.0}, "theirs": {"init": 9.0}})
SPANS = TimelineChart(
    title="Containers",
    rows={"a": (Span(0.0, 0.5, "init"), Span(0.5, 2.0, "serve")), "b": (Span(1.0, 2.0, "frozen"),)},
)


def findings(verdict: str = "It held & stood.") -> Findings:
    one = Finding(
        title="One",
        claim="Everybody says <so>.",
        method="Tried.",
        figures=(figure("few", "time", [1.0, 2.0, 9.0], unit="ms"), figure("many", "count", [4])),
        verdict=verdict,
        holds=True,
        charts=(LINES, BARS, SPANS),
        command="python -m lab run",
        date="2026-11-21",
    )
    return Findings(machine={"cpu": "a processor", "cores": "2"}, experiments={"concurrency": one})


@pytest.mark.parametrize("chart", [LINES, BARS, SPANS])
def test_a_chart_is_well_formed_and_says_its_words(chart: LineChart | BarChart | TimelineChart) -> None:
    tree = ElementTree.fromstring(svg(chart))
    words = [element.text for element in tree.iter("{http://www.w3.org/2000/svg}text")]
    assert chart.title in words
    names = {
        LineChart: ["cold & warm", "ms"],
        BarChart: ["ours", "theirs", "init"],
        TimelineChart: ["starting", "frozen", "seconds"],
    }
    assert set(names[type(chart)]) <= set(words)


def test_a_span_is_as_long_as_its_time_in_the_colour_of_its_state() -> None:
    boxes = re.findall(r'width="([\d.]+)" height="10" fill="(#\w+)"', svg(SPANS))
    wide = {colour: float(width) for width, colour in boxes[-3:]}
    assert wide[COLOURS["serve"]] == pytest.approx(3 * wide[COLOURS["init"]], abs=0.2)


def test_the_colours_are_those_of_the_live_page() -> None:
    style = (PROJECT / "lab" / "pages" / "lab.css").read_text()
    light = dict(re.findall(r"--(\w+): (#\w{6})", style.partition("@media")[0]))
    assert {state: light[state] for state in COLOURS} == COLOURS
    assert set(COLOURS) == {str(state) for state in ContainerState} - {"gone"}


def test_the_page_needs_nothing_else_and_escapes_every_word() -> None:
    text = page(findings())
    assert "Everybody says &lt;so&gt;." in text
    assert "It held &amp; stood." in text
    assert text.count("<svg") == 3
    assert "<script" not in text
    assert not re.search(r"""(src|href)=["'](?!#)""", text)
    assert "2 ms (1..9)" in text.replace("2.0", "2")


def test_the_report_is_current_until_the_findings_change(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("# T\n<!-- lab:begin -->\n<!-- lab:end -->\n")
    (tmp_path / "docs" / "charts").mkdir(parents=True)
    old = tmp_path / "docs" / "charts" / "lab-gone-0.svg"
    old.write_text("<svg/>")
    assert report.stale(findings(), tmp_path)
    report.write(findings(), tmp_path)
    assert not old.exists()
    assert report.stale(findings(), tmp_path) == []
    assert report.write(findings(), tmp_path) == []
    changed = report.stale(findings("It fell."), tmp_path)
    assert {path.name for path in changed} == {"README.md", "experiments.md", "experiments.html"}


def test_the_project_shows_what_the_last_full_run_found() -> None:
    found = runner.read(runner.RESULTS)
    assert list(found.experiments) == list(EXPERIMENTS)
    assert not any(finding.quick for finding in found.experiments.values())
    assert report.stale(found) == []


def test_the_command_writes_the_page_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "page.html"
    assert cli.main(["report", "--page", str(out)], {}) == 0
    assert out.read_text() == page(runner.read(runner.RESULTS))
    assert cli.main(["report", "--results", str(tmp_path / "none.json")], {}) == 1
    assert "No such file" in capsys.readouterr().err
