"""Writes the findings as one HTML page that needs no other file and no script."""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from lab.experiments.support.findings import BASES, Chart, Findings
from lab.report.charts import svg
from lab.report.sentences import sentences
from measurement.tables import pivot

_TEMPLATE = Path(__file__).with_name("page.html")


def page(findings: Findings) -> str:
    """Return the page, with escaped text and inline charts."""
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    template = environment.from_string(_TEMPLATE.read_text(encoding="utf-8"))
    text = template.render(findings=findings, bases=BASES, chart_svg=_chart_svg, pivot=pivot, sentences=sentences)
    return text + "\n"


def _chart_svg(chart: Chart) -> Markup:
    # safe: the drawing module escapes all text
    return Markup(svg(chart))  # noqa: S704
