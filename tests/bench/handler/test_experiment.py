"""The handler experiment, run with few rounds: that its figures and targets are there, not what they say."""

from __future__ import annotations

from bench.report.results import Results
from tests.support.bench_results import medians

KINDS = ("1 KB answer", "500 KB image", "1 MB upload")
CASES = {f"{version}, {kind}" for version in ("v1", "v2") for kind in KINDS}


def test_the_handler_is_measured_on_every_case_in_both_payload_formats(package_results: Results) -> None:
    found = medians(package_results, "handler")
    for measure in ("direct WSGI call", "Monolambda, on top", "plain apig-wsgi, on top"):
        assert {case for case, name in found if name == measure} == CASES
    assert all(value > 0 for (_, name), value in found.items() if name == "direct WSGI call")


def test_text_and_image_have_targets_and_uploads_have_none(package_results: Results) -> None:
    figures = package_results.experiments["handler"].figures
    targets = {each.case: each.target for each in figures if "Monolambda" in each.measure}
    assert {case for case, target in targets.items() if target} == {case for case in CASES if "upload" not in case}
