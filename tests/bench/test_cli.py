from __future__ import annotations

from pathlib import Path

import pytest

from bench.cli import COMMANDS, parse
from bench.experiments import EXPERIMENTS
from bench.report.charts import CHARTS
from bench.report.generated import RESULTS
from bench.report.results import Results
from bench.report.results_file import decode
from bench.report.summary import ENGINES


def test_names_and_flags_are_read() -> None:
    args = parse(["--quick", "--out", "found.json", "engine", "memory"])
    assert (args.quick, args.out, args.names) == (True, Path("found.json"), ["engine", "memory"])
    assert parse([]).names == []


@pytest.mark.parametrize("names", [["engines"], ["readme", "engine"], ["readme", "check"]])
def test_other_names_are_refused_with_those_there_are(names: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse(names)
    message = capsys.readouterr().err
    assert all(name in message for name in (*EXPERIMENTS, *COMMANDS))


def test_the_report_shows_existing_experiments() -> None:
    assert {chart.experiment for chart in CHARTS.values()} | set(ENGINES) <= set(EXPERIMENTS)


def test_a_quick_run_leaves_the_published_results_alone(engine_results: Results) -> None:
    assert all(each.quick for each in engine_results.experiments.values())
    assert not any(each.quick for each in decode(RESULTS.read_bytes()).experiments.values())
