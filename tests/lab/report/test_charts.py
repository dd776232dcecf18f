"""The charts as SVG."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from lab.containers.timeline import ContainerState
from lab.experiments.support.findings import BarChart, LineChart, TimelineChart
from lab.report.charts import COLORS, svg
from measurement.stamps import ROOT
from tests.support.lab.findings import BARS, LINES, SPANS


@pytest.mark.parametrize("chart", [LINES, BARS, SPANS])
def test_a_chart_is_well_formed_and_has_its_labels(chart: LineChart | BarChart | TimelineChart) -> None:
    tree = ElementTree.fromstring(svg(chart))
    words = [element.text for element in tree.iter("{http://www.w3.org/2000/svg}text")]
    assert chart.title in words
    names = {
        LineChart: ["cold & warm", "ms"],
        BarChart: ["ours", "theirs", "init"],
        TimelineChart: ["starting", "frozen", "seconds"],
    }
    assert set(names[type(chart)]) <= set(words)


def test_a_span_has_the_length_of_its_time_and_the_color_of_its_state() -> None:
    boxes = re.findall(r'width="([\d.]+)" height="10" fill="(#\w+)"', svg(SPANS))
    wide = {color: float(width) for width, color in boxes[-3:]}
    assert wide[COLORS["serve"]] == pytest.approx(3 * wide[COLORS["init"]], abs=0.2)


def test_the_colors_are_those_of_the_live_page() -> None:
    style = (ROOT / "lab" / "pages" / "lab.css").read_text()
    light = dict(re.findall(r"--(\w+): (#\w{6})", style.partition("@media")[0]))
    assert {state: light[state] for state in COLORS} == COLORS
    assert set(COLORS) == {str(state) for state in ContainerState} - {"gone"}
