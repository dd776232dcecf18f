"""Writes findings as one HTML page that needs no other file and no script."""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from bench.tables import cell
from lab.findings import Chart, Finding, Findings
from lab.report.charts import svg

_TEMPLATE = Path(__file__).with_name("page.html")


def page(findings: Findings) -> str:
    """Return the page; text is escaped, pictures are inline."""
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    template = environment.from_string(_TEMPLATE.read_text(encoding="utf-8"))
    return template.render(findings=findings, picture=_picture, rows=_rows) + "\n"


def _picture(chart: Chart) -> Markup:
    # the drawing module escapes every word it is given
    return Markup(svg(chart))  # noqa: S704


def _rows(finding: Finding) -> tuple[list[str], list[tuple[str, list[str]]]]:
    """Return the cases across, and each measure with its cells."""
    cases = list(dict.fromkeys(figure.case for figure in finding.figures))
    found = {(figure.measure, figure.case): figure for figure in finding.figures}
    measures = dict.fromkeys(figure.measure for figure in finding.figures)
    return cases, [(measure, [cell(found.get((measure, case))) for case in cases]) for measure in measures]
