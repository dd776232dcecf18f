"""The tools of an experiment."""

from __future__ import annotations

from pathlib import Path

from lab import recorded_traffic
from lab.experiments.support.workbench import Workbench
from tests.support.lab.samples import sample


def test_a_quick_run_gets_the_quick_value(tmp_path: Path) -> None:
    assert [Workbench(tmp_path, quick).pick("quick", "full") for quick in (True, False)] == ["quick", "full"]


def test_a_recording_is_kept_by_the_name_of_its_experiment(tmp_path: Path) -> None:
    workbench = Workbench(tmp_path)
    workbench.record("mine", [sample(0.0)], idle_s=3.0)
    kept = recorded_traffic.read(workbench.recordings / "mine.json", "--replay")
    assert (kept.name, kept.idle_s, len(kept.samples)) == ("mine", 3.0, 1)


def test_a_function_has_the_fields_given(tmp_path: Path) -> None:
    function = Workbench(tmp_path).function("waiting.handler", name="mine", memory_mb=512, timeout_s=3.0)
    assert (function.handler, function.name, function.memory_mb, function.timeout_s) == (
        *("waiting.handler", "mine"),
        *(512, 3.0),
    )


def test_the_app_gets_a_storage_in_the_scratch_directory(tmp_path: Path) -> None:
    function = Workbench(tmp_path).app({"MONOLAMBDA_LOG_LEVEL": "error"}, name="app")
    assert function.environment["MONOLAMBDA_STORAGE"] == str(tmp_path / "storage")
    assert function.environment["MONOLAMBDA_LOG_LEVEL"] == "error"
