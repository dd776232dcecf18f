"""Writes findings as Markdown: a document of all of them, and a few verdicts for the README."""

from __future__ import annotations

from typing import Final

from lab.experiments.support.findings import BASES, Finding, Findings
from lab.report.sentences import sentences
from measurement.earlier_runs import other_kernels
from measurement.tables import table

# For the README: the claim of the project, then what people report of monoliths on Lambda. The document has all.
_SHOWN: Final = ("one_or_many", "cold_start", "proxy_overhead", "pooling", "failures")


def chart_name(experiment: str, number: int) -> str:
    """Return the file name of an experiment's chart."""
    return f"lab-{experiment}-{number}.svg"


def summary(findings: Findings) -> str:
    """Return the verdicts that the README shows, and the machine they were measured on."""
    shown = [(name, findings.experiments[name]) for name in _SHOWN if name in findings.experiments]
    lines = [
        f"- **{each.title}.** “{each.claim}” {sentences(each.verdict)} *{_sentence(each.basis)}* "
        f"([{name}](docs/experiments.md#{name}))"
        for name, each in shown
    ]
    return "\n\n".join(["\n".join(lines), made_by(findings)])


def document(findings: Findings) -> str:
    """Return every experiment in full: claim, method, verdict, charts and table."""
    head = (
        "# Experiments\n\n[All pages](README.md)\n\n"
        "Claims about a monolith on Lambda, tested in the [lab](lab.md). `python -m lab run` measures; `make docs` "
        "writes this page and [the same in one HTML file](experiments.html). A figure is a median, with the minimum "
        "and the maximum in parentheses. What was measured once says n = 1. A figure with neither was given, not "
        "measured: it is an input, or arithmetic with published prices.\n\n"
        f"Every verdict says what it rests on:\n\n{_bases()}"
    )
    rows = ["| experiment | claim | verdict | |", "|---|---|---|---|"]
    rows += [
        f"| [{name}](#{name}) | {each.claim} | {sentences(each.verdict)} | {each.basis} |"
        for name, each in findings.experiments.items()
    ]
    parts = [_experiment(name, finding) for name, finding in findings.experiments.items()]
    return "\n\n".join([head, "\n".join(rows), *parts, made_by(findings)]) + "\n"


def made_by(findings: Findings) -> str:
    """Return the machine, and the commands with their dates."""
    machine = ", ".join(f"{name} {value}" for name, value in findings.machine.items())
    commands = dict.fromkeys(f"`{each.command}` on {each.date}" for each in findings.experiments.values())
    took = sum(each.seconds for each in findings.experiments.values())
    made = f"Made by {', '.join(commands)}, in {took:.0f} seconds."
    return f"Machine: {machine}. {made}{other_kernels(findings.experiments)}"


def _bases() -> str:
    return "\n".join(f"- **{basis}**: {meaning}" for basis, meaning in BASES.items())


def _sentence(basis: str) -> str:
    return f"{basis[0].upper()}{basis[1:]}."


def _experiment(name: str, finding: Finding) -> str:
    return "\n\n".join(
        [
            f"## {name}",
            f"**Claim.** {finding.claim}",
            f"**Method.** {finding.method}",
            f"**Verdict.** {sentences(finding.verdict)} *{_sentence(finding.basis)}*",
            *(f"![{chart.title}](charts/{chart_name(name, at)})" for at, chart in enumerate(finding.charts)),
            table(finding.figures),
        ]
    )
