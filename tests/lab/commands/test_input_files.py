"""A file that is not the JSON which a command reads is one line that names it, and says what was expected."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.lab.command_line import one_line, run

EVENT, FINDINGS = "an event in JSON", "the findings that `python -m lab run` writes"
RECORDING, RUNS = "a recording of `python -m lab run`", "the runs that `python -m lab validate` writes"
RECORDED_RUN = "a run that `tour --record` or the live page has recorded"


@pytest.mark.parametrize(
    ("arguments", "option", "expected"),
    [
        pytest.param(["invoke", "{file}"], "", EVENT, id="invoke"),
        pytest.param(["tune", "--event", "{file}"], "--event: ", EVENT, id="tune"),
        pytest.param(["report", "--results", "{file}", "--page", "{file}.html"], "--results: ", FINDINGS, id="report"),
        pytest.param(["simulate", "--replay", "{file}"], "--replay: ", RECORDING, id="simulate --replay"),
        pytest.param(["simulate", "--samples", "{file}"], "--samples: ", RECORDING, id="simulate --samples"),
        pytest.param(["replay", "{file}", "--html", "{file}.html"], "", RECORDED_RUN, id="replay"),
        pytest.param(["run", "--quick", "throttle", "--out", "{file}"], "--out: ", FINDINGS, id="run"),
        pytest.param(["validate", "--out", "{file}"], "--out: ", RUNS, id="validate"),
    ],
)
@pytest.mark.parametrize(
    ("data", "problem"),
    [
        pytest.param(b'{"x":' * 100_000, "JSON is nested too deeply", id="very many brackets"),
        pytest.param(b'{"x": "', "Input data was truncated", id="half of it"),
    ],
)
def test_the_file_is_named(
    arguments: list[str], option: str, expected: str, data: bytes, problem: str, tmp_path: Path
) -> None:
    path = tmp_path / "given.json"
    path.write_bytes(data)
    line = one_line(run(*(each.replace("{file}", str(path)) for each in arguments)))
    assert line == f"lab: {option}{path}: expected {expected}: {problem}"
    assert [each.name for each in tmp_path.iterdir()] == ["given.json"]
    assert path.read_bytes() == data


def test_bytes_that_are_no_text_are_not_findings(tmp_path: Path) -> None:
    path = tmp_path / "given.json"
    path.write_bytes(b'{"machine": {"cpu": "\xe9"}}')
    line = one_line(run("report", "--results", str(path), "--page", f"{path}.html"))
    assert line.startswith(f"lab: --results: {path}: expected {FINDINGS}: ")
