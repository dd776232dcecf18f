"""Writes findings as Markdown: a document of all of them, and the summary for the README."""

from __future__ import annotations

from typing import Final

from lab.experiments.support.findings import Finding, Findings
from measurement.tables import table

# the charts for the README; the document has all
_SHOWN: Final = ("concurrency", "one_or_many", "cold_start", "pooling", "proxy_overhead")


def chart_name(experiment: str, number: int) -> str:
    """Return the file name of an experiment's chart."""
    return f"lab-{experiment}-{number}.svg"


def summary(findings: Findings) -> str:
    """Return a table of claims and verdicts, and the most important charts."""
    rows = ["| experiment | claim | verdict |", "|---|---|---|"]
    for name, each in findings.experiments.items():
        rows.append(f"| [{name}](docs/experiments.md#{name}) | {each.claim} | {each.verdict} |")
    shown = [(name, findings.experiments[name]) for name in _SHOWN if name in findings.experiments]
    charts = [f"![{each.charts[0].title}](docs/charts/{chart_name(name, 0)})" for name, each in shown if each.charts]
    return "\n\n".join(["\n".join(rows), *charts, made_by(findings)])


def document(findings: Findings) -> str:
    """Return every experiment in full: claim, method, verdict, charts and table."""
    head = (
        "# Experiments\n\nClaims about a monolith on Lambda, tested in the [lab](lab.md). "
        "`python -m lab run` measures, `python -m lab report` writes this page, "
        "[the same in one HTML file](experiments.html) and the README's table. A figure is a median, with the "
        "minimum and the maximum in parentheses."
    )
    parts = [_experiment(name, finding) for name, finding in findings.experiments.items()]
    return "\n\n".join([head, *parts, made_by(findings)]) + "\n"


def made_by(findings: Findings) -> str:
    """Return the machine, and the commands with their dates."""
    machine = ", ".join(f"{name} {value}" for name, value in findings.machine.items())
    commands = dict.fromkeys(f"`{each.command}` on {each.date}" for each in findings.experiments.values())
    took = sum(each.seconds for each in findings.experiments.values())
    return f"Machine: {machine}. Made by {', '.join(commands)}, in {took:.0f} seconds."


def _experiment(name: str, finding: Finding) -> str:
    return "\n\n".join(
        [
            f"## {name}",
            f"**Claim.** {finding.claim}",
            f"**Method.** {finding.method}",
            f"**Verdict.** {finding.verdict}",
            *(f"![{chart.title}](charts/{chart_name(name, at)})" for at, chart in enumerate(finding.charts)),
            table(finding.figures),
        ]
    )
