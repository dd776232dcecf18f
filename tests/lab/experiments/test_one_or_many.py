"""The quick run of ``one_or_many``: containers are counted, and zips measured."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from lab.experiments.support.layouts import MANY, ONE
from lab.recording import Recording
from tests.support.lab.figures import RunQuick, median, spread


@pytest.mark.parametrize("layout", [ONE, MANY])
def test_a_burst_starts_a_container_for_each_request(finding: RunQuick, layout: str) -> None:
    """With ``new_container_when_busy`` off they would be fewer."""
    found = finding("one_or_many")
    assert median(found, layout, "burst: containers started") == median(found, layout, "burst: requests") == 4


def test_both_layouts_get_the_same_traffic(finding: RunQuick) -> None:
    found = finding("one_or_many")
    assert median(found, ONE, "sparse: requests") == median(found, MANY, "sparse: requests")


def test_containers_of_one_function_serve_every_route(finding: RunQuick) -> None:
    """One function per route needs at least as many containers as there are routes."""
    found = finding("one_or_many")
    assert median(found, MANY, "functions") == 3
    assert median(found, MANY, "sparse: containers started") >= 3


def test_the_zip_of_a_route_is_smaller_than_the_monolith(finding: RunQuick) -> None:
    found = finding("one_or_many")
    assert spread(found, MANY, "zip").most < median(found, ONE, "zip")


def test_the_recording_names_functions(recorded: Callable[[str], Recording]) -> None:
    samples = recorded("one_or_many").samples
    assert len({sample.function for sample in samples}) == 3
    assert all(sample.container and sample.status == 200 for sample in samples)
