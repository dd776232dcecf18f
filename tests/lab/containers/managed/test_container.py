"""One container with several workers: AWS's own runtime client forks them, on any Python it supports."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from lab.containers.outcomes import Outcome
from lab.containers.timeline import ContainerState
from tests.support.lab.fleet_client import FleetClient, MakeFleet
from tests.support.lab.frozen import is_frozen
from tests.support.waiting import wait_until


def body(outcome: Outcome) -> Any:
    return json.loads(outcome.payload)


def log(outcome: Outcome) -> list[dict[str, Any]]:
    return [json.loads(line) for line in outcome.log_tail.decode().splitlines() if line.startswith("{")]


def pids(client: FleetClient, count: int) -> set[int]:
    """Return the workers that serve ``count`` invocations at once."""
    held = [client.hold(uuid4().hex) for _ in range(count)]
    wait_until(lambda: all(each.started for each in held))
    return {body(each.release())["pid"] for each in held}


# from 3.12 on the client waits for events in a thread; AWS offers Managed Instances from 3.13 on
@pytest.mark.parametrize("runtime", ["python3.11", "python3.13"])
def test_a_container_takes_several_invocations_at_once(make_fleet: MakeFleet, runtime: str) -> None:
    client = make_fleet(max_concurrency=3, environment={"AWS_EXECUTION_ENV": f"AWS_Lambda_{runtime}"})
    held = [client.hold(name).wait_started() for name in "abc"]
    outcomes = [each.release() for each in held]
    assert len({outcome.container for outcome in outcomes}) == 1
    assert len({body(outcome)["pid"] for outcome in outcomes}) == 3
    assert len({outcome.request_id for outcome in outcomes}) == 3
    assert not any(outcome.cold for outcome in outcomes)


def test_every_caller_gets_its_own_response(make_fleet: MakeFleet) -> None:
    client = make_fleet(max_concurrency=3, throttle=False)
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda index: client.value("echo", value=index), range(60))) == list(range(60))


def test_workers_share_the_temp_directory_and_know_how_many_they_are(make_fleet: MakeFleet) -> None:
    client = make_fleet(max_concurrency=2)
    kept = [client.value("keep")["before"] for _ in range(2)]
    assert kept == [False, True]
    assert {"AWS_LAMBDA_MAX_CONCURRENCY", "AWS_LAMBDA_LOG_FORMAT"} <= set(client.value("where")["environment"])
    assert len(pids(client, 2)) == 2


def test_a_container_with_workers_is_never_frozen(make_fleet: MakeFleet, tmp_path: Path) -> None:
    client = make_fleet(max_concurrency=2)
    path = tmp_path / "count"
    pid = client.value("later", path=str(path))["pid"]
    wait_until(lambda: client.fleet.timeline.states()[ContainerState.IDLE] == 1)
    before = path.stat().st_size if path.exists() else 0
    wait_until(lambda: path.exists() and path.stat().st_size > before)
    assert not is_frozen(pid)


def test_a_timeout_ends_neither_the_worker_nor_its_neighbor(make_fleet: MakeFleet) -> None:
    client = make_fleet(max_concurrency=2, timeout_s=2.0)
    workers = pids(client, 2)
    late = client.hold("late").wait_started()
    wait_until(lambda: any(each.error for each in client.fleet.timeline.news(0).served), seconds=30)
    assert client.value("echo", value=1) == 1
    assert body(late.release())["errorType"] == "Sandbox.Timedout"
    # its worker has gone on, and its late reply reaches nobody
    assert pids(client, 2) == workers


def test_a_late_reply_is_not_taken_for_that_to_a_retry(make_fleet: MakeFleet) -> None:
    client = make_fleet(max_concurrency=2, timeout_s=3.0)
    late = client.hold("late", request_id="one").wait_started()
    wait_until(lambda: any(each.error for each in client.fleet.timeline.news(0).served), seconds=30)
    retry = client.hold("retry", request_id="one").wait_started()
    late.let_go()
    wait_until(lambda: client.free_workers() == [1])
    assert body(retry.release()) == {"pid": retry.pid}
    assert retry.pid != late.pid


def test_a_worker_that_crashes_leaves_the_others(make_fleet: MakeFleet) -> None:
    client = make_fleet(max_concurrency=2, timeout_s=2.0)
    neighbor = client.hold("neighbor").wait_started()
    crashed = client.invoke("exit", code=3)
    assert body(crashed)["errorType"] == "Sandbox.Timedout", "nobody reports the end of a worker"
    neighbor.release()
    wait_until(lambda: client.free_workers() == [1])
    assert client.invoke("where").container == crashed.container
    client.invoke("exit", code=3)
    wait_until(lambda: not client.fleet.containers)


def test_too_much_memory_of_all_workers_ends_the_container(make_fleet: MakeFleet) -> None:
    client = make_fleet(max_concurrency=2, memory_mb=200)
    with ThreadPoolExecutor(2) as pool:
        filled = [pool.submit(client.invoke, "fill", mb=120, hold=True) for _ in range(2)]
        assert {body(each.result())["errorType"] for each in filled} == {"Runtime.OutOfMemory"}
    wait_until(lambda: client.fleet.timeline.states().total() == 0)


def test_less_memory_than_the_limit_ends_nothing(make_fleet: MakeFleet) -> None:
    client = make_fleet(max_concurrency=2, memory_mb=200)
    assert client.value("fill", mb=60) == 60 * 2**20


@pytest.mark.parametrize("what", ["echo", "raise"])
def test_the_log_is_json_and_reports_neither_bill_nor_memory(make_fleet: MakeFleet, what: str) -> None:
    outcome = make_fleet(max_concurrency=1).invoke(what)
    start, *_, report = log(outcome)
    assert (start["type"], start["record"]["requestId"]) == ("platform.start", outcome.request_id)
    assert (report["type"], report["record"]["requestId"]) == ("platform.report", outcome.request_id)
    assert set(report["record"]["metrics"]) == {"durationMs"}
    assert report["record"]["status"] == {"echo": "success", "raise": "error"}[what]
    assert outcome.report.billed_ms == 0
