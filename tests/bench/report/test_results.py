from __future__ import annotations

import msgspec

from bench.report.results import ExperimentResult, Results
from measurement.figures import Target
from tests.support.bench_results import experiment
from tests.support.figures import figure


def made_on(machine: str, **experiments: ExperimentResult) -> Results:
    return Results(machine={"cpu": machine}, versions={}, sources={}, experiments=experiments)


def test_figures_that_miss_their_target_are_found() -> None:
    figures = [figure("JPEG", name, value, "×", Target(1.1)) for name, value in (("met", 0.9), ("missed", 1.2))]
    found = made_on("this", engine=experiment(*figures, figure("JPEG", "no target", 7)))
    assert [each.spread.median for each in found.missed()] == [1.2]


def test_a_partial_run_keeps_the_rest_if_the_machine_is_the_same() -> None:
    older = made_on("this", engine=experiment(title="old"), memory=experiment(title="kept"))
    again = made_on("this", engine=experiment(title="new"))
    titles = {name: each.title for name, each in again.keeping(older).experiments.items()}
    assert titles == {"engine": "new", "memory": "kept"}
    assert again.keeping(None) == again
    elsewhere = made_on("another", engine=experiment(title="new"))
    assert list(elsewhere.keeping(older).experiments) == ["engine"]
    upgraded = msgspec.structs.replace(again, versions={"pillow": "14"})
    assert list(upgraded.keeping(older).experiments) == ["engine"]
    newer = msgspec.structs.replace(again, machine={**again.machine, "kernel": "Linux 7"})
    assert list(newer.keeping(older).experiments) == ["engine", "memory"]
