"""The load in its short form, on the real server and the real lab, and what its figures are made of."""

from __future__ import annotations

import random

import pytest

from bench.load.clients import AnsweredCall
from bench.load.experiment import BATCH, WARM, Batch, Load, figures_of, steady_growth
from bench.load.mix import MIX, Material, calls
from bench.report.results import Results
from lab.containers.timeline import ContainerState, Timeline
from measurement.process_tree import TreeUse
from tests.support.bench_results import medians, quick_run

MIB = 1_000_000


@pytest.fixture(scope="module")
def short(tmp_path_factory: pytest.TempPathFactory) -> Results:
    return quick_run(tmp_path_factory.mktemp("load") / "results.json", "load")


def test_the_server_and_the_lab_answer_everything_as_they_should(short: Results) -> None:
    found = medians(short, "load")
    for case in ("make serve", "lab"):
        assert found[case, "requests"] == 400
        assert found[case, "errors"] == 0
        assert found[case, "CPU per request"] > 0
        assert found[case, "open files, growth per 10,000 requests"] <= 50, "two in 400 requests"
        assert found[case, "threads, growth per 10,000 requests"] <= 50


def test_the_mix_is_as_it_says_and_can_be_repeated() -> None:
    material = Material(b"image", ["id"])
    made = calls(random.Random(1), material, 5000)
    assert made == calls(random.Random(1), material, 5000)
    assert sum(share for share, _ in MIX.values()) == 100
    assert 25 <= sum(bool(call.attack) for call in made) <= 90
    assert 400 <= sum(call.status == 201 for call in made) <= 600
    assert len({call.body for call in made if call.status == 201}) == sum(call.status == 201 for call in made)


def loaded(*uses: TreeUse, error: str = "", warm: int = 1) -> Load:
    batches = [
        Batch([AnsweredCall(float(ms), error if ms == 7 else "") for ms in range(100)], {1: use}) for use in uses
    ]
    return Load(batches[:warm], batches[warm:])


def test_what_grows_is_seen() -> None:
    uses = [TreeUse(float(number), (100 + 3 * number) * MIB, 20 + number, 8) for number in range(11)]
    found = {each.measure: each for each in figures_of("case", loaded(*uses), 1000)}
    assert found["memory, growth per 1,000 requests"].spread.median == pytest.approx(3.0)
    assert found["memory, growth per 1,000 requests"].met is False
    assert found["open files, growth per 10,000 requests"].met is False
    assert found["threads, growth per 10,000 requests"].met is True
    assert found["CPU per request"].spread.median == pytest.approx(1.0)
    # a hundred values ten times over: the 99th percentile is a hundredth of the way from 98 to 99
    assert (found["latency, p50"].spread.median, found["latency, p99"].spread.median) == (50, 98.01)


def test_a_pool_that_takes_more_threads_is_told_apart_from_a_leak() -> None:
    assert steady_growth([8, 8, 8, 11, 11]) == 0
    assert steady_growth([8, 11, 11, 11, 11]) == 0
    assert steady_growth([8, 9, 10, 11, 12]) == 4
    assert steady_growth([8, 8, 9, 9, 10, 10]) == 2


def test_what_fills_before_the_count_is_told_apart_from_what_grows() -> None:
    memory = (100, 130, 150, 151, 152, 153)
    load = loaded(*(TreeUse(1.0, each * MIB, 20, 8) for each in memory), warm=3)
    found = {each.measure: each for each in figures_of("case", load, 1000)}
    assert found["memory, growth before the count"].spread.median == pytest.approx(50)
    assert found["memory, growth per 1,000 requests"].spread.median == pytest.approx(1)


def test_a_process_that_starts_is_told_and_is_no_leak() -> None:
    old, new = TreeUse(1.0, 100 * MIB, 20, 8), TreeUse(0.5, 40 * MIB, 9, 4)
    load = loaded(old, old, old)
    load = Load(load.warm, [*load.measured, Batch(load.measured[0].outcomes, {1: old, 2: new})])
    found = {each.measure: each.spread.median for each in figures_of("case", load, 1000)}
    assert (found["processes started"], found["memory"]) == (1, 140)
    assert found["CPU per request"] == pytest.approx(0.5 / 3, abs=0.01)
    growths = [each for measure, each in found.items() if "growth" in measure]
    assert growths == [0, 0, 0, 0]


def test_the_history_of_the_lab_is_full_before_anything_is_counted() -> None:
    """It keeps 20,000 changes of state, three for a request: half a megabyte for each 1,000 until then."""
    timeline = Timeline()
    for _ in range(WARM * BATCH):
        for state in (ContainerState.SERVE, ContainerState.AFTER, ContainerState.FROZEN):
            timeline.enter("container", state)
    kept = len(timeline.since(0))
    timeline.enter("container", ContainerState.SERVE)
    assert len(timeline.since(0)) == kept


def test_one_wrong_answer_misses_the_target(capsys: pytest.CaptureFixture[str]) -> None:
    use = TreeUse(1.0, MIB, 20, 8)
    found = {each.measure: each for each in figures_of("case", loaded(use, use, error="expected 200"), 1000)}
    assert (found["errors"].spread.median, found["errors"].met) == (1, False)
    assert "expected 200" in capsys.readouterr().err
