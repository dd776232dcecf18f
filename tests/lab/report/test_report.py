"""The report in the project: current until the findings change."""

from __future__ import annotations

from pathlib import Path

from lab import report
from lab.experiments import EXPERIMENTS
from lab.experiments.support import results_file
from tests.support.lab.findings import findings


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
    found = results_file.read(results_file.RESULTS)
    assert list(found.experiments) == list(EXPERIMENTS)
    assert not any(finding.quick for finding in found.experiments.values())
    assert report.stale(found) == []


def test_the_last_full_run_was_one_run_of_a_quarter_of_an_hour_at_most() -> None:
    found = results_file.read(results_file.RESULTS).experiments.values()
    assert {finding.command for finding in found} == {"python -m lab run"}
    assert len({finding.date for finding in found}) == 1
    # when the run began; empty in a file from before it was kept
    assert len({finding.run for finding in found}) == 1
    assert sum(finding.seconds for finding in found) <= 900
