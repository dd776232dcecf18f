"""Recordings of traffic, written and read back."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from lab import recorded_traffic
from lab.errors import SetupError
from lab.recorded_traffic import Recording
from tests.support.lab.samples import sample


def test_a_recording_is_read_back_with_its_limits(tmp_path: Path) -> None:
    path = tmp_path / "samples" / "one.json"
    written = Recording(name="one", idle_s=3.0, limit=7, samples=(sample(0.5, cold=True, init_ms=12.5), sample(1.25)))
    recorded_traffic.write(path, written)
    assert recorded_traffic.read(path, "--replay", idle_s=99.0, limit=99) == written


def test_a_sample_is_one_line_with_a_short_container_id(tmp_path: Path) -> None:
    path = tmp_path / "one.json"
    recorded_traffic.write(
        path, Recording(samples=tuple(sample(number / 3, container="c" * 32) for number in range(50)))
    )
    lines = [line for line in path.read_text().splitlines() if "due" in line]
    assert len(lines) == 50
    assert {msgspec.json.decode(line.rstrip(","))["container"] for line in lines} == {"c" * 12}


def test_a_plain_list_of_samples_gets_the_limits_given(tmp_path: Path) -> None:
    path = tmp_path / "list.json"
    path.write_bytes(msgspec.json.encode([sample(0.0)]))
    assert recorded_traffic.read(path, "--replay", idle_s=5.0, limit=2) == Recording(
        idle_s=5.0, limit=2, samples=(sample(0.0),)
    )


@pytest.mark.parametrize(
    ("text", "problem"),
    [("[]", " holds no samples"), ("{}", ": expected a recording"), ("~", ": expected a recording")],
)
def test_a_file_without_samples_is_named(tmp_path: Path, text: str, problem: str) -> None:
    path = tmp_path / "other.json"
    path.write_text(text)
    with pytest.raises(SetupError, match=f"--replay: {path}{problem}"):
        recorded_traffic.read(path, "--replay")


def test_latency_counts_from_when_a_request_was_due() -> None:
    late = msgspec.structs.replace(sample(1.0, duration_ms=500), due=0.25)
    assert late.latency_ms == pytest.approx(1250)
