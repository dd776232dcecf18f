"""Running experiments: by name, in order, written one by one, and interrupted without a trace."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import datetime
from functools import partial
from pathlib import Path

import msgspec
import pytest

from lab import recorded_traffic
from lab.errors import SetupError
from lab.experiments import runner
from lab.experiments.support import results_file
from lab.experiments.support.findings import BarChart, Finding, Findings, figure
from lab.experiments.support.workbench import Workbench
from lab.output_file import OutputFile
from tests.support.lab.samples import sample
from tests.support.waiting import wait_until

INTERRUPTED = """
import signal, sys, time
from pathlib import Path
from lab import cli
from lab.experiments import runner
from lab.experiments import EXPERIMENTS

def waits(workbench):
    with workbench.lab(workbench.function("waiting.handler")) as lab:
        lab.invoke(b"{}")
        Path(sys.argv[1]).write_text(" ".join(str(each.name) for each in lab.fleet.containers))
        # short sleeps: the system may deliver the signal to another thread, and this one handles it when it wakes
        for _ in range(600):
            time.sleep(0.1)

EXPERIMENTS["waits"] = waits
# a background job of a shell starts with SIGINT ignored
signal.signal(signal.SIGINT, signal.default_int_handler)
sys.exit(cli.main(["run", "concurrency", "waits", "--quick", "--out", sys.argv[2]], {}))
"""


def found(verdict: str) -> Finding:
    return Finding(
        title="T",
        claim="c",
        method="m",
        figures=(figure("a", "b", [1.0]), figure("a", "told", [2], given=True)),
        verdict=verdict,
        charts=(BarChart(title="t", across="ms", cases={"a": {"b": 1.0}}),),
    )


def rewrite(path: Path, findings: Findings) -> None:
    with OutputFile(path) as out:
        results_file.write(out, findings)


def test_each_finding_is_written_as_soon_as_it_is_there(tmp_path: Path) -> None:
    out = tmp_path / "deep" / "results.json"
    kept: list[list[str]] = []

    def first(workbench: Workbench) -> Finding:
        (workbench.directory / "scratch").write_text("x")
        return found(f"quick: {workbench.quick}")

    def second(workbench: Workbench) -> Finding:
        kept.append(list(results_file.read(out).experiments))
        return found("second")

    findings = runner.run([], quick=True, out=out, experiments={"first": first, "second": second})
    assert kept == [["first"]]
    assert list(findings.experiments) == ["first", "second"]
    assert results_file.read(out) == findings
    assert findings.experiments["first"].verdict == "quick: True"
    assert findings.experiments["first"].command == "python -m lab run --quick"


def test_all_that_one_run_writes_has_its_start(tmp_path: Path) -> None:
    out = tmp_path / "results.json"
    table = {name: lambda workbench, name=name: found(name) for name in ("first", "second")}
    runs = runner.run([], quick=False, out=out, experiments=table).experiments
    (began,) = {each.run for each in runs.values()}
    assert datetime.fromisoformat(began).tzinfo
    assert {each.date for each in runs.values()} == {began[:10]}
    # as a later run would, in another second
    earlier = {name: msgspec.structs.replace(each, run="2026-01-01T00:00:00+00:00") for name, each in runs.items()}
    rewrite(out, msgspec.structs.replace(results_file.read(out), experiments=earlier))
    runner.run(["first"], quick=False, out=out, experiments=table)
    assert len({each.run for each in results_file.read(out).experiments.values()}) == 2


def test_a_file_from_before_runs_had_a_start_is_read(tmp_path: Path) -> None:
    out = tmp_path / "results.json"
    findings = runner.run([], quick=False, out=out, experiments={"first": lambda workbench: found("first")})
    without = {name: msgspec.structs.replace(each, run="") for name, each in findings.experiments.items()}
    rewrite(out, msgspec.structs.replace(findings, experiments=without))
    assert '"run"' not in out.read_text()
    assert results_file.read(out).experiments["first"].run == ""


def test_running_one_again_keeps_the_others(tmp_path: Path) -> None:
    out = tmp_path / "results.json"
    table = {name: lambda workbench, name=name: found(name) for name in ("first", "second")}
    runner.run([], quick=False, out=out, experiments=table)
    runner.run(["first"], quick=False, out=out, experiments={**table, "first": lambda workbench: found("again")})
    verdicts = [(name, finding.verdict) for name, finding in results_file.read(out).experiments.items()]
    assert verdicts == [("first", "again"), ("second", "second")]


def test_another_kernel_keeps_the_others_with_the_one_they_ran_on(tmp_path: Path) -> None:
    out = tmp_path / "results.json"
    table = {name: lambda workbench, name=name: found(name) for name in ("first", "second")}
    before = runner.run([], quick=False, out=out, experiments=table)
    rewrite(out, msgspec.structs.replace(before, machine={**before.machine, "kernel": "Linux 2.6"}))
    runner.run(["first"], quick=False, out=out, experiments=table)
    after = results_file.read(out)
    assert {name: each.kernel for name, each in after.experiments.items()} == {"first": "", "second": "Linux 2.6"}
    assert after.machine == before.machine


def test_what_another_machine_drops_is_said_before_anything_runs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One experiment on a new machine deleted all others from the tracked file without a word."""
    out = tmp_path / "results.json"
    said: list[str] = []

    def first(workbench: Workbench) -> Finding:
        said.append(capsys.readouterr().err)
        return found("first")

    table = {"first": first, "second": lambda workbench: found("second")}
    before = runner.run([], quick=False, out=out, experiments=table)
    rewrite(out, msgspec.structs.replace(before, machine={**before.machine, "cpu": "another"}))
    runner.run(["first"], quick=False, out=out, experiments=table)
    now = before.machine["cpu"]
    assert said == ["", f"lab: {out} will lose second, measured on another machine: cpu was another, is {now}\n"]
    assert list(results_file.read(out).experiments) == ["first"]


def test_a_recording_is_replaced_when_there_is_a_finding(tmp_path: Path) -> None:
    """Ctrl-C left the samples of a new run beside the findings of an old one."""
    out = tmp_path / "results.json"

    def first(workbench: Workbench, idle_s: float) -> Finding:
        workbench.record("first", [sample(0.0)], idle_s=idle_s)
        if idle_s > 2:
            raise KeyboardInterrupt
        return found("first")

    for idle_s in (1.0, 2.0):
        runner.run([], quick=True, out=out, experiments={"first": partial(first, idle_s=idle_s)})
    with pytest.raises(runner.Interrupted):
        runner.run([], quick=True, out=out, experiments={"first": partial(first, idle_s=3.0)})
    (kept,) = (tmp_path / "samples").iterdir()
    assert recorded_traffic.read(kept, "--replay").idle_s == 2


def test_an_unknown_name_is_reported_with_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="no experiment 'nope'; expected some of one_or_many"):
        runner.run(["nope"], quick=True, out=tmp_path / "results.json")


def test_a_file_that_cannot_be_written_is_reported_before_anything_runs(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    ran: list[Workbench] = []

    def first(workbench: Workbench) -> Finding:
        ran.append(workbench)
        return found("first")

    with pytest.raises(SetupError, match="file"):
        runner.run([], quick=True, out=tmp_path / "file" / "results.json", experiments={"first": first})
    assert not ran


def test_ctrl_c_keeps_finished_experiments_and_leaves_no_process(tmp_path: Path) -> None:
    mark, out = tmp_path / "waits", tmp_path / "results.json"
    with subprocess.Popen(
        [sys.executable, "-c", INTERRUPTED, str(mark), str(out)],
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        wait_until(lambda: mark.exists() or process.poll() is not None, seconds=60)
        process.send_signal(signal.SIGINT)
        errors = process.communicate(timeout=60)[1]
    assert process.returncode == 130
    assert [line for line in errors.splitlines() if line] == [
        f"lab: interrupted in waits; 1 of 2 experiments are in {out}"
    ]
    assert list(results_file.read(out).experiments) == ["concurrency"]
    wait_until(lambda: not _session(process.pid))


def _session(leader: int) -> list[int]:
    """Return the running processes of the session."""
    alive = [int(name) for name in os.listdir("/proc") if name.isdigit()]
    found = []
    for pid in alive:
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[3]) == leader and fields[0] != "Z":
            found.append(pid)
    return found
