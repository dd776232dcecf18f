"""The simulation replays what the lab recorded: real containers, real waits, the same cold starts."""

from __future__ import annotations

import time
from pathlib import Path

import msgspec
import pytest

from lab import recorded_traffic
from lab.cli import main
from lab.containers.outcomes import Outcome
from lab.experiments.support import results_file
from lab.experiments.support.load import Sent, at_once, play
from lab.recorded_traffic import Sample
from lab.simulate.replay import compare, replay, totals
from measurement.machine import cores
from tests.support.lab.fleet_client import FleetClient, MakeFleet
from tests.support.lab.samples import sample
from tests.support.waiting import wait_until

IDLE_S = 2.0


WAIT_S = 0.4


class Recorder:
    """Sends bursts of requests through a client, one after the other, as one recording."""

    def __init__(self, client: FleetClient) -> None:
        self._client = client
        self._began = time.monotonic()
        self.samples: list[Sample] = []

    def together(self, count: int) -> None:
        self._add(time.monotonic(), at_once(count, self._wait))

    def spaced(self, count: int, gap_s: float) -> None:
        self._add(time.monotonic(), play([index * gap_s for index in range(count)], self._wait))

    def _wait(self, number: int) -> Outcome:
        return self._client.invoke("wait", seconds=WAIT_S)

    def _add(self, at: float, wave: list[Sent]) -> None:
        later = at - self._began
        self.samples += [
            msgspec.structs.replace(each, due=each.due + later, began=each.began + later, ended=each.ended + later)
            for each in (sent.sample for sent in wave)
        ]


def test_a_replay_has_the_cold_starts_of_the_recording(make_fleet: MakeFleet, tmp_path: Path) -> None:
    client = make_fleet(idle_s=IDLE_S)
    recorder = Recorder(client)
    recorder.together(1)
    recorder.together(4)
    recorder.spaced(4, 2 * WAIT_S)
    # the three containers that were not needed any more have ended, the one in use has not
    for _ in range(20):
        recorder.spaced(2, 2 * WAIT_S)
        if len(client.fleet.containers) == 1:
            break
    recorder.together(3)
    measured = totals(recorder.samples)
    again = replay(recorder.samples, IDLE_S)
    assert again.cold == measured.cold >= 1 + 3 + 2
    assert again.p50_ms == pytest.approx(measured.p50_ms, rel=0.1)
    # the same when the wait for a core is simulated, not taken from the recording
    played = replay(recorder.samples, IDLE_S, starters=cores())
    assert played.cold == measured.cold
    assert played.p50_ms == pytest.approx(measured.p50_ms, rel=0.1)
    # the comparison is sensitive: with another idle time the number differs
    assert replay(recorder.samples, 60).cold < measured.cold
    path = tmp_path / "record.json"
    path.write_bytes(msgspec.json.encode(recorder.samples))
    assert main(["simulate", "--replay", str(path), "--idle", str(IDLE_S)], {}) == 0


def test_throttled_requests_are_refused_in_the_replay(make_fleet: MakeFleet) -> None:
    client = make_fleet(limit=2)
    recorder = Recorder(client)
    recorder.together(2)
    wait_until(lambda: client.fleet.concurrency.running == 0)
    recorder.together(5)
    measured, again = totals(recorder.samples), replay(recorder.samples, 300.0, 2)
    assert (measured.refused, measured.cold) == (3, 2)
    assert (sum(again.refused.values()), again.cold) == (3, 2)


def test_a_replayed_request_takes_its_recorded_time() -> None:
    samples = [
        sample(0.0, cold=True, init_ms=400, duration_ms=100, container="a"),
        sample(0.6, duration_ms=50, container="a"),
        sample(0.62, cold=True, init_ms=200, duration_ms=80, container="b"),
    ]
    again = replay(samples, 300.0, starters=0)
    assert (again.cold, again.containers_started, again.busy_peak) == (2, 2, 2)
    assert again.p50_ms == pytest.approx(totals(samples).p50_ms or 0)
    assert again.p99_ms == pytest.approx(totals(samples).p99_ms or 0)


def test_a_start_that_was_not_recorded_takes_the_median_of_the_others() -> None:
    samples = [
        sample(0.0, cold=True, init_ms=400, duration_ms=100),
        # recorded just after a response, replayed just before it
        sample(0.49, duration_ms=100),
        sample(0.495, status=429),
    ]
    again = replay(samples, 300.0, limit=3, starters=0)
    assert again.cold == 3
    assert again.p50_ms == pytest.approx(500)


def test_the_wait_for_a_core_is_as_recorded_or_played() -> None:
    waited = msgspec.structs.replace(sample(0.0, cold=True, init_ms=1000, duration_ms=10), ended=5.0)
    samples = [waited, waited]
    assert replay(samples, 300.0).p50_ms == pytest.approx(5000)
    assert replay(samples, 300.0, starters=0).p50_ms == pytest.approx(1010)
    assert replay(samples, 300.0, starters=1).p50_ms == pytest.approx((1010 + 2010) / 2)


def test_functions_have_containers_of_their_own() -> None:
    samples = [
        sample(0.0, cold=True, init_ms=100, duration_ms=10, function="a"),
        sample(1.0, cold=True, init_ms=100, duration_ms=10, function="b"),
        sample(2.0, duration_ms=10, function="a"),
    ]
    assert replay(samples, 300.0).cold == 2


def test_the_committed_recordings_are_replayed_faithfully() -> None:
    paths = sorted((results_file.RESULTS.parent / "samples").glob("*.json"))
    again = [compare(recorded_traffic.read(path, "--replay")) for path in paths]
    assert len(again) == 2
    for each in again:
        assert each.simulated.cold == each.recorded.cold
        assert each.p50_deviation is not None
        assert each.p50_deviation < 0.1
