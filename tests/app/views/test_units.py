"""Figures as people read them, at the edges between units above all."""

from __future__ import annotations

import pytest

from app.core.config import MIB
from app.views import units


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 bytes"),
        (999, "999 bytes"),
        (1000, "1 KB"),
        (1449, "1.4 KB"),
        (1250, "1.3 KB"),
        (12_500, "13 KB"),
        (9949, "9.9 KB"),
        (9950, "10 KB"),
        (810_123, "810 KB"),
        (999_499, "999 KB"),
        (999_500, "1 MB"),
        (1_400_000, "1.4 MB"),
        (32_000_000, "32 MB"),
        (7_300_000_000, "7.3 GB"),
        (12_000_000_000_000, "12000 GB"),
    ],
)
def test_sizes(count: int, text: str) -> None:
    assert units.size(count) == text


@pytest.mark.parametrize(
    ("count", "text"),
    [(10 * MIB, "10 MiB"), (4_669_515, "4.4 MiB"), (32 * MIB - 1, "31 MiB"), (2048 * MIB, "2048 MiB"), (1024, "0 MiB")],
)
def test_limits_are_never_said_to_be_more_than_they_are(count: int, text: str) -> None:
    assert units.binary_size(count) == text


@pytest.mark.parametrize(
    ("milliseconds", "text"),
    [
        (0.0, "0 ms"),
        (0.44, "0.4 ms"),
        (9.96, "10 ms"),
        (38.2, "38 ms"),
        (999.4, "999 ms"),
        (999.5, "1 s"),
        (12_345, "12 s"),
    ],
)
def test_durations(milliseconds: float, text: str) -> None:
    assert units.duration(milliseconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-3.0, "just now"),
        (0.9, "just now"),
        (1.2, "1 second ago"),
        (59.9, "59 seconds ago"),
        (60.0, "1 minute ago"),
        (7199.0, "1 hour ago"),
        (7200.0, "2 hours ago"),
        (86_400.0, "1 day ago"),
    ],
)
def test_times(seconds: float, text: str) -> None:
    assert units.ago(seconds) == text
