"""``python -m lab simulate``: tables, JSON, replays and bad options."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import msgspec
import pytest

from lab import recorded_traffic
from lab.cli import main
from lab.commands import simulate
from lab.commands.arguments import checked_values
from lab.commands.simulate_options import OPTIONS, cases
from lab.recorded_traffic import Recording
from tests.support.lab.samples import sample


def test_a_replay_is_compared_with_its_recording(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "record.json"
    path.write_bytes(msgspec.json.encode([sample(0.0, cold=True, init_ms=100, duration_ms=10), sample(1.0)]))
    assert main(["simulate", "--replay", str(path)], {}) == 0
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["cold", "1", "1"] in rows
    assert main(["simulate", "--replay", str(path), "--json"], {}) == 0
    (answer,) = msgspec.json.decode(capsys.readouterr().out)
    assert answer["recorded"]["cold"] == answer["simulated"]["cold"] == 1


def test_recordings_are_replayed_by_their_own_limits(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    # with the default of 300 seconds the second request would not be cold
    samples = tuple(sample(at, cold=True, init_ms=100, duration_ms=10) for at in (0.0, 10.0))
    paths = [tmp_path / f"{name}.json" for name in ("still", "other")]
    for path in paths:
        recorded_traffic.write(path, Recording(name=path.stem, samples=samples, idle_s=5.0))
    assert main(["simulate", "--replay", *map(str, paths)], {}) == 0
    tables = [table.splitlines() for table in capsys.readouterr().out.split("\n\n")]
    assert [table[0].split() for table in tables] == [[name, "recorded", "simulated"] for name in ("still", "other")]
    assert {table[-1] for table in tables} == {"the same cold starts, p50 0.0 % apart"}


def test_a_replay_says_when_it_does_not_agree(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "record.json"
    # sent at once, yet recorded as warm
    path.write_bytes(
        msgspec.json.encode([sample(0.0, cold=True, init_ms=100, duration_ms=10), sample(0.0, duration_ms=50)])
    )
    assert main(["simulate", "--replay", str(path)], {}) == 0
    assert capsys.readouterr().out.splitlines()[-1].startswith("not the same cold starts, p50 ")


def test_there_is_a_line_for_each_rate_and_attachment(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["simulate", "--rate", "5", "20", "--attach", "0", "2", "--seconds", "20"]
    assert main(arguments, {}) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[:2] for line in lines[1:5]] == [["5", "0"], ["5", "2"], ["20", "0"], ["20", "2"]]
    assert main([*arguments, "--json"], {}) == 0
    runs = json.loads(capsys.readouterr().out)
    assert [each["rate"] for each in runs] == [5, 5, 20, 20]
    series = runs[0]["result"]["series"]
    assert sum(series["arrivals"]) == runs[0]["result"]["requests"]
    assert sum(series["cold"]) == runs[0]["result"]["cold"]
    assert len(series["containers"]) * series["step_s"] == pytest.approx(20)


def test_large_numbers_are_written_without_an_exponent(capsys: pytest.CaptureFixture[str]) -> None:
    # seven digits of a rate, of seconds and of dollars
    few = ["--rate", "1e6", "--seconds", "1", "--limit", "1", "--provisioned", "1"]
    assert main(["simulate", *few], {}) == 0
    rate = capsys.readouterr().out
    assert rate.splitlines()[1].split()[0] == "1,000,000"
    assert "refused at 1,000,000/s, attach 0 s: " in rate
    long = ["--rate", "0.001", "--seconds", "2678400", "--limit", "90000", "--provisioned", "90000"]
    assert main(["simulate", *long], {}) == 0
    dollars = capsys.readouterr().out
    assert dollars.splitlines()[-1].endswith(" model, 2,678,400 s")
    assert "e+" not in rate + dollars


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["--rate", "0"], "--rate: expected a number from 1e-06 to 1,000,000, received '0'"),
        (["--attach", "11"], "--attach: expected a number from 0 to 10, received '11'"),
        (["--reuse", "none"], "--reuse: expected most_recent, oldest, received 'none'"),
        (
            ["--rate", "50000", "--seconds", "86400", "--arrivals", "spike"],
            "--model: cohort does not follow a spike, and 4,319,500,100 requests need it",
        ),
        (
            ["--model", "cohort", "--rate", "0.05"],
            "--model: cohort has not been checked at 0.05 requests a second: it needs at least 0.25 in flight, 0.0068 "
            "are expected",
        ),
        (
            ["--model", "cohort", "--rate", "20", "--idle", "0.4"],
            "--model: cohort has not been checked with an --idle of 0.4 s: it needs at least 60",
        ),
        (
            ["--model", "cohort", "--arrivals", "diurnal", "--swing", "1", "--period", "60"],
            "--model: cohort has not been checked with a --period of 60 s: it needs at least 600",
        ),
        (
            ["--rate", "1000", "--seconds", "86400", "--idle", "2"],
            "--model: cohort has not been checked with an --idle of 2 s: it needs at least 60; exact follows up to "
            "20,000,000 requests, 86,400,000 are expected",
        ),
        (
            ["--model", "cohort", "--service-sigma", "2"],
            "--model: cohort has not been checked with a --service-sigma of 2: it needs at most 0.6",
        ),
        (
            ["--model", "cohort", "--limit", "2"],
            "--model: cohort has not been checked with a --limit of 2: it needs at least 15",
        ),
        (
            ["--model", "cohort", "--ping-every", "240", "--warm", "5"],
            "--model: cohort has not been checked with a --warm of 5: it needs at most 3",
        ),
        (
            ["--rate", "1", "--seconds", "86400", "--ping-every", "1", "--warm", "10000"],
            "--model: cohort has not been checked with a --warm of 10000: it needs at most 3; exact follows up to "
            "20,000,000 requests, 864,086,400 are expected with the pings of --ping-every",
        ),
        (
            ["--model", "exact", "--rate", "1", "--seconds", "86400", "--ping-every", "1", "--warm", "10000"],
            "--model: exact follows up to 20,000,000 requests, 864,086,400 are expected with the pings of --ping-every",
        ),
        *(
            (
                ["--model", model, "--ping-every", "1e-9"],
                "--ping-every: expected 0, or a number from 1 to 86,400, received 1e-09",
            )
            for model in ("auto", "exact", "cohort")
        ),
        (
            ["--arrivals", "diurnal", "--period", "1"],
            "--period: expected at least 42 for 86,400 seconds, received 1",
        ),
        *(
            (
                ["--model", model, "--limit", "5", "--provisioned", "6"],
                "--provisioned: 6 are more than the --limit of 5",
            )
            for model in ("auto", "exact", "cohort")
        ),
        (["--model", "cohort", "--reuse", "oldest"], "--model: cohort knows neither --reuse oldest nor --starters"),
        (["--samples", "{tmp}/none"], "--samples: {tmp}/none: No such file or directory"),
        (
            ["--replay", "{tmp}/text"],
            "--replay: {tmp}/text: expected a recording of `python -m lab run`: JSON is malformed: invalid character "
            "(byte 0)",
        ),
        (["--replay", "{tmp}/empty"], "--replay: {tmp}/empty holds no samples"),
        *(
            ([option, "{tmp}/" + name], f"{option}: {{tmp}}/{name}: expected a recording of `python -m lab run`: {why}")
            for option in ("--replay", "--samples")
            for name, why in {
                "early": "Expected `float` >= 0.0 - at `$[0].ended`",
                "backwards": "expected ended not before began - at `$[0]`",
                "init": "Expected `float` >= 0.0 - at `$[0].init_ms`",
                "idle": "Expected `float` >= 0.0 - at `$.idle_s`",
                "limit": "Expected `int` >= 1 - at `$.limit`",
            }.items()
        ),
        (["--samples", "{tmp}/warm"], "--samples: expected warm and cold requests, received 1 and 0"),
    ],
)
def test_every_bad_option_has_a_line(
    arguments: list[str], line: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty").write_text("[]")
    (tmp_path / "text").write_text("~")
    (tmp_path / "early").write_text('[{"due":0,"began":0,"ended":-1}]')
    (tmp_path / "backwards").write_text('[{"due":0,"began":2,"ended":1}]')
    (tmp_path / "init").write_text('[{"due":0,"began":0,"ended":1,"init_ms":-1}]')
    (tmp_path / "idle").write_text('{"idle_s":-1,"samples":[]}')
    (tmp_path / "limit").write_text('{"limit":0,"samples":[{"due":0,"began":0,"ended":1}]}')
    (tmp_path / "warm").write_bytes(msgspec.json.encode([sample(0, duration_ms=5)]))
    assert main(["simulate", *(each.replace("{tmp}", str(tmp_path)) for each in arguments)], {}) == 1
    assert capsys.readouterr().err == f"lab: {line.replace('{tmp}', str(tmp_path))}\n"


@pytest.mark.parametrize(
    ("arguments", "lines"),
    [
        (
            ["--samples", "{tmp}", "--service-ms", "5", "--init-sigma", "1"],
            [
                "--service-ms: has no effect beside --samples, which has the times",
                "--init-sigma: has no effect beside --samples, which has the times",
            ],
        ),
        (
            ["--replay", "{tmp}", "--rate", "5", "--idle", "9", "--limit", "3", "--starters", "2"],
            ["--rate: has no effect beside --replay, which takes --idle, --limit, --starters and --json"],
        ),
        (
            ["--replay", "{tmp}", "--samples", "{tmp}"],
            ["--samples: has no effect beside --replay, which takes --idle, --limit, --starters and --json"],
        ),
        (
            ["--arrivals", "spike", "--swing", "0.8", "--base", "5"],
            ["--swing: has no effect without --arrivals diurnal"],
        ),
        (["--spike-at", "5"], ["--spike-at: has no effect without --arrivals spike"]),
        (["--warm", "2"], ["--warm: has no effect without --ping-every"]),
    ],
)
def test_an_option_without_an_effect_is_refused(
    arguments: list[str], lines: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "record.json"
    path.write_bytes(msgspec.json.encode([sample(0.0, cold=True, init_ms=100, duration_ms=10), sample(1.0)]))
    assert main(["simulate", *(each.replace("{tmp}", str(path)) for each in arguments)], {}) == 1
    assert capsys.readouterr().err == "lab: " + "\nlab: ".join(lines) + "\n"


@pytest.mark.parametrize(
    ("arguments", "model"),
    [
        pytest.param(["--rate", "0.05", "--seconds", "86400"], "exact", id="a quiet day"),
        pytest.param(["--rate", "1000", "--seconds", "86400"], "cohort", id="a busy day"),
        pytest.param(["--rate", "1000", "--arrivals", "diurnal"], "cohort", id="the day of docs/simulate.md"),
        pytest.param(["--rate", "200", "--seconds", "86400", "--service-sigma", "2"], "exact", id="uneven times"),
        pytest.param(["--rate", "5", "--seconds", "2000000", "--service-ms", "0.5"], "exact", id="not in the range"),
        pytest.param(["--rate", "100", "--seconds", "86400", "--idle", "2"], "exact", id="idle for too short a time"),
        pytest.param(["--rate", "20", "--seconds", "500000", "--attach", "9"], "exact", id="too long an attachment"),
        pytest.param(["--arrivals", "diurnal", "--period", "60"], "exact", id="too short a period"),
    ],
)
def test_auto_takes_the_coarse_model_only_where_it_was_checked(arguments: list[str], model: str) -> None:
    values = checked_values(build(arguments), OPTIONS)
    assert [case.model for case in cases(values, ())] == [model]


def build(arguments: list[str]) -> argparse.Namespace:
    command = argparse.ArgumentParser()
    simulate.configure(command)
    return command.parse_args(arguments)
