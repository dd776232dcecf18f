"""The exact model against answers worked out by hand, and against Erlang's formula."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from lab.cli import main
from lab.simulate import exact_model
from lab.simulate.fleet import Fate, Requests, SimulatedFleet
from lab.simulate.peaks import erlang_b
from lab.simulate.rate_limits import InitSlots, TokenBucket
from lab.simulate.result import SimulationResult
from lab.simulate.rules import Rules
from lab.simulate.times import Lognormal, RequestTimes, load_of
from lab.simulate.traffic import Traffic, constant, diurnal, spike
from tests.lab.records import sample

LOAD = RequestTimes(
    service=Lognormal(median_ms=120, sigma=0.4),
    init=Lognormal(median_ms=600, sigma=0.2),
    first=Lognormal(median_ms=120, sigma=0.4),
)
FIXED = RequestTimes(service=Lognormal(median_ms=100), init=Lognormal(median_ms=500), first=Lognormal(median_ms=200))


def run(traffic: Traffic, load: RequestTimes = LOAD, *, seed: int = 1, **rules: Any) -> SimulationResult:
    return exact_model.simulate(traffic, load, Rules(**rules), seed=seed)


def at(times: Sequence[float], *, serve: float = 1.0, start: float = 2.0, first: float = 1.0) -> Requests:
    count = len(times)
    return Requests(
        np.array(times, dtype=float),
        np.full(count, serve),
        np.full(count, start),
        np.full(count, first),
        np.ones(count, dtype=np.int64),
    )


def played(requests: Requests, **rules: Any) -> tuple[list[str], SimulatedFleet]:
    fleet = SimulatedFleet(Rules(**rules))
    fleet.play(requests, 0, len(requests.at))
    return [Fate(fate).name for fate in requests.fate.tolist()], fleet


def test_a_request_takes_a_free_container_or_starts_one() -> None:
    # the first is busy until 3, so the second starts another; at 3 the first is free, at 3.5 none is
    requests = at([0.0, 1.0, 3.0, 3.5, 7.0])
    fates, fleet = played(requests)
    assert fates == ["COLD", "COLD", "WARM", "COLD", "WARM"]
    assert requests.latency().tolist() == [3.0, 3.0, 1.0, 3.0, 1.0]
    assert (fleet.started.total(), fleet.most_containers, fleet.most_busy) == (3, 3, 3)


def test_an_idle_container_ends() -> None:
    # free at 3: at 12.9 it has waited 9.9 seconds and is used, free again at 13.9, gone at 24
    assert played(at([0.0, 12.9, 24.0]), idle_s=10)[0] == ["COLD", "WARM", "COLD"]


@pytest.mark.parametrize(("reuse", "last"), [("most_recent", ["COLD", "WARM"]), ("oldest", ["WARM", "WARM"])])
def test_the_most_recent_is_reused_so_the_others_may_end(reuse: str, last: list[str]) -> None:
    # two containers; single requests either keep the same one awake or take turns
    turns = [0.0, 0.0, 8.0, 10.5, 16.0]
    fates, _ = played(at([*turns, 20.0, 20.0], start=1.0), reuse=reuse, idle_s=9)
    assert fates[: len(turns)] == ["COLD", "COLD", "WARM", "WARM", "WARM"]
    assert sorted(fates[len(turns) :]) == last


def test_the_limit_counts_requests_in_flight_also_those_that_initialise() -> None:
    assert played(at([0.0, 0.5, 1.0, 3.2]), limit=2)[0] == ["COLD", "COLD", "CONCURRENCY", "WARM"]


def test_a_function_gains_so_many_containers_in_ten_seconds() -> None:
    # 10 at once, and one more every second
    fates, _ = played(at([0.0] * 12 + [0.9, 1.1, 1.2], serve=60, first=60), scaling=10)
    assert fates == ["COLD"] * 10 + ["SCALING"] * 2 + ["SCALING", "COLD", "SCALING"]


def test_requests_a_second_are_limited_to_ten_times_the_concurrency() -> None:
    fates, _ = played(at([index / 1000 for index in range(100)], serve=0.0001, start=0, first=0.0001), limit=2)
    assert len(fates) - fates.count("RATE") == 21  # 20 at once, and 20 a second for 0.099 seconds


def test_starts_beyond_the_starters_wait_for_their_turn() -> None:
    requests = at([0.0, 0.0, 0.0], start=2.0, first=1.0)
    played(requests, starters=1)
    assert requests.latency().tolist() == [3.0, 5.0, 7.0]


def test_provisioned_containers_are_taken_first_and_never_end() -> None:
    fates, fleet = played(at([0.0, 0.5, 5000.0, 5000.5]), provisioned=1)
    assert fates == ["READY", "COLD", "READY", "COLD"]
    assert fleet.most_containers == 2
    assert fleet.state(10_000.0).containers == 1


def test_two_functions_share_the_limit_but_no_container() -> None:
    requests = at([0.0, 0.0, 3.0, 3.0, 3.0])
    requests.pool[1:] = 2
    fleet = SimulatedFleet(Rules(limit=2), 2)
    fleet.play(requests, 0, 5)
    assert [Fate(fate).name for fate in requests.fate.tolist()] == ["COLD", "COLD", "WARM", "COLD", "CONCURRENCY"]


def test_a_bucket_refills_and_keeps_no_more_than_its_size() -> None:
    bucket = TokenBucket(2, 1)
    assert [bucket.take(when) for when in (0, 0, 0, 0.5, 1.0, 100, 100, 100)] == [
        *(True, True, False, False, True),
        *(True, True, False),
    ]


def test_starters_take_turns() -> None:
    starters = InitSlots(2)
    assert [starters.begin(0.0, 3.0) for _ in range(4)] == [0.0, 0.0, 3.0, 3.0]
    assert InitSlots(0).begin(5.0, 3.0) == 5.0


def test_a_ping_keeps_exactly_one_container() -> None:
    sparse = constant(1 / 1000, 200_000)
    alone, kept = run(sparse), run(sparse, ping_every=240)
    assert alone.cold_share > 0.5  # the mean gap is longer than a container stays
    assert (kept.cold, kept.containers_peak, set(kept.series.containers)) == (0, 1, {1.0})
    assert kept.pings == 834


def test_a_ping_to_three_keeps_three() -> None:
    kept = run(constant(1 / 1000, 50_000), ping_every=240, warm=3)
    assert (kept.cold, kept.containers_started, set(kept.series.containers)) == (0, 3, {3.0})


def test_a_burst_of_two_meets_a_cold_container_beside_the_one_kept() -> None:
    burst = Traffic(edges=(0, 100, 100.0001, 200), rates=(0, 2e5, 0))
    result = run(burst, FIXED, ping_every=30)
    assert result.cold == result.requests - 1


def test_the_time_a_container_starts_in_is_what_a_cold_request_waits() -> None:
    result = run(constant(1 / 1000, 100_000), FIXED, idle_s=1)
    assert result.cold_share > 0.99
    assert result.p50_ms == pytest.approx(500 + 200)
    slower = run(constant(1 / 1000, 100_000), FIXED, idle_s=1, attach_s=10)
    assert slower.p50_ms == pytest.approx(10_000 + 500 + 200)


def test_the_bill_has_init_in_it_but_no_network_attachment() -> None:
    result = run(constant(1 / 1000, 100_000), FIXED, idle_s=1e6, attach_s=10)
    billed_s = 0.7 + (result.requests - 1) * 0.1
    assert result.cold == 1
    assert result.dollars == pytest.approx(result.requests * 0.20e-6 + billed_s * 0.0000166667)


def test_a_begun_millisecond_is_billed() -> None:
    load = msgspec.structs.replace(FIXED, service=Lognormal(median_ms=0.2), init=Lognormal(median_ms=0))
    result = run(constant(1, 1000), load, idle_s=1e6)
    assert result.dollars == pytest.approx(result.requests * (0.20e-6 + 0.001 * 0.0000166667), rel=0.02)


def test_provisioned_concurrency_and_pings_are_on_the_bill() -> None:
    quiet = Traffic(edges=(0, 1000), rates=(0.0,))
    assert run(quiet, provisioned=3).dollars == pytest.approx(3 * 1000 * 0.0000041667)
    pings = run(quiet, FIXED, ping_every=100, ping_ms=75, idle_s=1e6)
    assert pings.dollars == pytest.approx(10 * 0.20e-6 + (0.5 + 10 * 0.075) * 0.0000166667)
    busy = run(constant(1 / 10, 1000), FIXED, provisioned=3)
    ready = busy.requests * (0.20e-6 + 0.1 * 0.0000097222)
    assert busy.dollars == pytest.approx(3 * 1000 * 0.0000041667 + ready)


@pytest.mark.parametrize("sigma", [0.0, 1.0])
def test_a_full_account_refuses_what_erlang_says_whatever_the_times_are(sigma: float) -> None:
    service = Lognormal(median_ms=100, sigma=sigma)
    # INIT takes no time and no container ends, so that it is a loss system and nothing else
    load = RequestTimes(service=service, init=Lognormal(median_ms=0), first=service)
    traffic = constant(100, 3000)
    result = run(traffic, load, limit=10, idle_s=1e6, rate_per_place=1000)
    expected = erlang_b(100 * service.mean_ms / 1000, 10)
    assert result.refused_share == pytest.approx(expected, rel=0.05)
    assert result.containers_started == 10


def test_erlang_s_formula_has_its_known_values() -> None:
    assert erlang_b(1, 1) == pytest.approx(0.5)
    assert erlang_b(2, 3) == pytest.approx((8 / 6) / (1 + 2 + 2 + 8 / 6))
    assert erlang_b(0, 5) == 0


def test_without_a_limit_as_many_are_busy_as_arrive_in_one_service() -> None:
    # M/G/infinity: Poisson with mean rate x time, whatever the distribution
    load = msgspec.structs.replace(LOAD, init=Lognormal(median_ms=0))
    result = run(constant(400, 300), load, limit=10_000)
    busy = np.array(result.series.busy[30:])
    mean = 400 * load.service.mean_ms / 1000
    assert busy.mean() == pytest.approx(mean, rel=0.05)
    assert busy.var() == pytest.approx(mean, rel=0.35)


def test_a_sudden_thousand_a_second_needs_containers_until_the_first_are_ready() -> None:
    # before, one container at most; from second 10 on every request of 0.7 s starts one: 0.5 s INIT and 0.2 s of work
    result = run(spike(1000, 20, base=0.1, at=10, lasts=10), FIXED, limit=2000)
    assert result.cold == pytest.approx(700, rel=0.1)
    attached = run(spike(1000, 20, base=0.1, at=10, lasts=10), FIXED, attach_s=5)
    assert (attached.containers_peak, attached.busy_peak) == (1000, 1000)
    assert attached.refused["concurrency"] == pytest.approx(4700, rel=0.05)  # until the first is free after 5.7 s


def test_the_same_seed_gives_the_same_answer() -> None:
    assert run(constant(50, 60)) == run(constant(50, 60))
    assert run(constant(50, 60), seed=2) != run(constant(50, 60))


def test_traffic_has_the_rate_it_says() -> None:
    rng = np.random.default_rng(3)
    for traffic in (constant(50, 100), diurnal(50, 100, period=100), spike(200, 100, base=10, at=50, lasts=25)):
        arrivals = traffic.draw(rng)
        assert len(arrivals) == pytest.approx(traffic.expected(), rel=0.05)
        assert (np.diff(arrivals) >= 0).all()
    wave = diurnal(50, 100, swing=0.8, period=100)
    assert wave.rate_at(np.array([0.1, 25, 50])) == pytest.approx([10, 50, 90], abs=0.2)
    assert spike(200, 100, base=10, at=0, lasts=100).edges == (0.0, 100)


def test_measured_times_come_from_a_record() -> None:
    samples = [
        sample(0, cold=True, init_ms=300, duration_ms=40),
        sample(1, duration_ms=5),
        sample(2, duration_ms=7),
        sample(3, status=429),
    ]
    load = load_of(samples)
    rng = np.random.default_rng(0)
    assert set(load.service.draw(rng, 100).tolist()) == {5.0, 7.0}
    assert (load.service.mean_ms, load.init.mean_ms, load.first.mean_ms) == (6, 300, 40)


def test_the_command_prints_a_line_for_each_rate_and_attachment(capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["simulate", "--rate", "5", "20", "--attach", "0", "2", "--seconds", "20"]
    assert main(asked, {}) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[:2] for line in lines[1:5]] == [["5", "0"], ["5", "2"], ["20", "0"], ["20", "2"]]
    assert main([*asked, "--json"], {}) == 0
    runs = json.loads(capsys.readouterr().out)
    assert [each["rate"] for each in runs] == [5, 5, 20, 20]
    series = runs[0]["result"]["series"]
    assert sum(series["arrivals"]) == runs[0]["result"]["requests"]
    assert sum(series["cold"]) == runs[0]["result"]["cold"]
    assert len(series["containers"]) * series["step_s"] == pytest.approx(20)


@pytest.mark.parametrize(
    ("asked", "line"),
    [
        (["--rate", "0"], "--rate: expected a number from 1e-06 to 1,000,000, received '0'"),
        (["--attach", "11"], "--attach: expected a number from 0 to 10, received '11'"),
        (["--reuse", "none"], "--reuse: expected most_recent, oldest, received 'none'"),
        (
            ["--rate", "50000", "--seconds", "86400", "--arrivals", "spike"],
            "--model: cohort does not follow a spike, and 4,319,500,100 requests need it",
        ),
        (["--model", "cohort", "--reuse", "oldest"], "--model: cohort knows neither --reuse oldest nor --starters"),
        (["--samples", "{tmp}/none"], "--samples: {tmp}/none: No such file or directory"),
        (
            ["--replay", "{tmp}/text"],
            "--replay: {tmp}/text holds neither results nor samples: JSON is malformed: invalid character (byte 0)",
        ),
        (["--replay", "{tmp}/empty"], "--replay: {tmp}/empty holds no sample"),
        (["--samples", "{tmp}/warm"], "--samples: expected warm and cold requests, received 1 and 0"),
    ],
)
def test_every_bad_argument_has_a_line(
    asked: list[str], line: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty").write_text("[]")
    (tmp_path / "text").write_text("~")
    (tmp_path / "warm").write_bytes(msgspec.json.encode([sample(0, duration_ms=5)]))
    assert main(["simulate", *(each.replace("{tmp}", str(tmp_path)) for each in asked)], {}) == 1
    assert capsys.readouterr().err == f"lab: {line.replace('{tmp}', str(tmp_path))}\n"
