from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from bench.cli import COMMANDS, lost, parse
from bench.experiments import EXPERIMENTS
from bench.report.charts import CHARTS
from bench.report.generated import RESULTS
from bench.report.results import Results
from bench.report.results_file import decode
from bench.report.summary import ENGINES
from measurement.stamps import ROOT
from tests.support.bench_results import experiment, results


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


@pytest.mark.parametrize("text", [b'{"machine":' * 100_000, b'{"machine": {"cpu": "\xe9"}}', b"[]"])
def test_a_file_that_holds_something_else_is_named_before_anything_is_measured(text: bytes, tmp_path: Path) -> None:
    out = tmp_path / "found.json"
    out.write_bytes(text)
    command = [sys.executable, "-m", "bench.cli", "--quick", "--out", str(out), "engine"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"{out}: expected the results that `python -m bench` writes: ")
    assert (done.returncode, out.read_bytes()) == (2, text)


@pytest.mark.parametrize("name", ["missing/found.json", "."])
def test_a_file_that_cannot_be_written_is_named_before_anything_is_measured(name: str, tmp_path: Path) -> None:
    out = tmp_path / name
    command = [sys.executable, "-m", "bench.cli", "--quick", "--out", str(out), "engine"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"--out: {out} cannot be written: ")
    assert (done.returncode, list(tmp_path.iterdir())) == (2, [])


def test_what_a_run_would_drop_is_named_with_the_reason() -> None:
    older = results(1.0, memory=experiment(title="Memory"))
    newer = msgspec.structs.replace(older, versions={"pillow": "14.0.0"}, experiments={})
    assert lost(newer, older, ["engine"]) == "memory, measured with something else: pillow was 13.0.0, is 14.0.0"
    assert lost(newer, older, ["engine", "memory"]) == lost(newer, None, ["engine"]) == ""
    other_kernel = msgspec.structs.replace(older, machine={**older.machine, "kernel": "Linux 7"})
    assert lost(other_kernel, older, ["engine"]) == ""


def test_the_report_shows_existing_experiments() -> None:
    assert {chart.experiment for chart in CHARTS.values()} | set(ENGINES) <= set(EXPERIMENTS)


def test_a_quick_run_leaves_the_published_results_alone(engine_results: Results) -> None:
    assert all(each.quick for each in engine_results.experiments.values())
    assert not any(each.quick for each in decode(RESULTS.read_bytes()).experiments.values())
