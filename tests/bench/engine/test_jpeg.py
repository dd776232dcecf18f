"""The engine experiment, run with few rounds: what it compares, and the quality of our images."""

from __future__ import annotations

import os

import pytest

from bench.report.results import Results
from tests.support.bench_results import medians

CASES = {"baseline", "progressive", "baseline to baseline"}


def values(results: Results, measure: str) -> dict[str, float]:
    return {case: value for (case, name), value in medians(results, "engine").items() if name == measure}


def test_the_results_name_what_they_ran_on(engine_results: Results) -> None:
    assert {"cpu", "cores", "kernel"} <= set(engine_results.machine)
    assert {"python", "pillow", "jpeg", "sharp", "vips", "node"} <= set(engine_results.versions)
    assert "--quick" in engine_results.experiments["engine"].command
    assert engine_results.experiments["engine"].quick


@pytest.mark.parametrize(
    "subject", ["Monolambda", "sharp", "pyvips", "thumbor's engine", "naive Pillow", "bare pipeline"]
)
def test_every_subject_was_timed_and_compared_on_every_case(engine_results: Results, subject: str) -> None:
    if subject == "thumbor's engine" and "thumbor" not in engine_results.versions and not os.environ.get("CI"):
        pytest.skip("thumbor could not be installed")
    for measure in (subject, f"bytes, {subject}", f"SSIM, {subject}"):
        found = values(engine_results, measure)
        assert set(found) == CASES
        assert all(value > 0 for value in found.values())


def test_the_bare_pipeline_makes_what_we_make_of_a_baseline_file(engine_results: Results) -> None:
    for case in ("baseline", "baseline to baseline"):
        ours, bare = (values(engine_results, f"SSIM, {subject}")[case] for subject in ("Monolambda", "bare pipeline"))
        assert abs(ours - bare) <= 0.0001


def test_the_targets_are_on_our_cpu_over_that_of_sharp(engine_results: Results) -> None:
    figures = engine_results.experiments["engine"].figures
    targets = {each.case: each.target.value for each in figures if each.target and each.measure == "Monolambda / sharp"}
    assert targets == {"baseline": 0.8, "progressive": 0.85, "baseline to baseline": 1.1}


def test_our_images_are_as_close_to_the_source_as_those_of_sharp(engine_results: Results) -> None:
    assert all(difference >= -0.001 for difference in values(engine_results, "SSIM, Monolambda − sharp").values())
