"""The report in the project: current until the findings change."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from lab import report
from lab.experiments import EXPERIMENTS
from lab.experiments.support import results_file
from measurement.stamps import ROOT
from tests.support.lab.findings import findings

# taken once or computed from medians, and no headline
DETAILS = {
    "cold_start": r"import .*|as shipped: of load, building the app",
    "proxy_overhead": r".*: (of it transport|event / body)",
    "memory_size": r".*: a million requests, computed",
    "many_per_container": r"price: .*",
}


def test_the_report_is_current_until_the_findings_change(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("# T\n<!-- lab:begin -->\n<!-- lab:end -->\n")
    (tmp_path / "docs" / "charts").mkdir(parents=True)
    old = tmp_path / "docs" / "charts" / "lab-gone-0.svg"
    old.write_text("<svg/>")
    assert report.write(findings(), tmp_path)
    assert not old.exists()
    assert report.write(findings(), tmp_path) == []
    changed = report.write(findings("It fell."), tmp_path)
    assert {path.name for path in changed} == {"README.md", "experiments.md", "experiments.html"}


def test_the_project_shows_what_the_last_full_run_found() -> None:
    found = results_file.read(results_file.RESULTS)
    assert list(found.experiments) == list(EXPERIMENTS)
    assert not any(finding.quick for finding in found.experiments.values())
    readme = (ROOT / "README.md").read_text()
    assert [path for path, text in report.files(found, readme) if (ROOT / path).read_text() != text] == []


def test_the_last_full_run_was_one_run_of_a_quarter_of_an_hour_at_most() -> None:
    found = results_file.read(results_file.RESULTS).experiments.values()
    assert {finding.command for finding in found} == {"python -m lab run"}
    assert len({finding.date for finding in found}) == 1
    # when the run began; empty in a file from before it was kept
    assert len({finding.run for finding in found}) == 1
    assert sum(finding.seconds for finding in found) <= 900


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_a_verdict_rests_on_five_repetitions_or_says_that_there_was_one(name: str) -> None:
    found = results_file.read(results_file.RESULTS).experiments[name]
    repetitions = [int(count) for count in re.findall(r"\bn = (\d+)", found.verdict)]
    assert repetitions
    assert all(count == 1 or count >= 5 for count in repetitions)
    few = [f"{each.case}: {each.measure}" for each in found.figures if not each.given and each.spread.n < 5]
    headlines = [each for each in few if not re.fullmatch(DETAILS.get(name, ""), each)]
    assert 1 in repetitions or not headlines
