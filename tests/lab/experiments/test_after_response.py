"""The quick run of ``after_response``: a frozen thread waits for the next request, whenever that is."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from lab.experiments.after_response import SELF, SERVER, THREAD
from lab.experiments.tools.findings import Finding
from tests.lab.experiments.cells import median, spread

Run = Callable[[str], Finding]


@pytest.mark.parametrize("gap", [0.3, 0.7])
def test_a_thread_waits_for_the_next_request(finding: Run, gap: float) -> None:
    """With ``freeze`` off it is done long before."""
    measure = f"done after the answer, next request after {gap:g} s"
    assert spread(finding("after_response"), THREAD, measure).least > 900 * gap


def test_work_without_a_next_request_is_lost(finding: Run) -> None:
    assert median(finding("after_response"), THREAD, "lost, when no request followed") == 100


@pytest.mark.parametrize("way", [SELF, SERVER])
def test_other_ways_get_it_done(finding: Run, way: str) -> None:
    """How soon is the machine's; that it was done is what made a figure."""
    for gap in (0.3, 0.7):
        assert spread(finding("after_response"), way, f"done after the answer, next request after {gap:g} s").n == 1


def test_the_app_answers_and_does_the_work_elsewhere(finding: Run) -> None:
    found = finding("after_response")
    assert spread(found, "the app, respond-async", "answered").n == 2
    assert spread(found, "the app, respond-async", "done after the answer").n == 2
