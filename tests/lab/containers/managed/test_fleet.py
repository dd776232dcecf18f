"""Environments are started ahead; requests that find no free worker are refused, and only then is one added."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import pytest

from lab.containers.files import ContainerFiles
from lab.containers.managed.container import ManagedContainer
from lab.containers.managed.fleet import ManagedFleet
from lab.containers.runtime_api import Invocation
from lab.containers.timeline import ContainerState, Timeline
from lab.errors import Exited, InitError, Throttled
from tests.support.lab.fleet_client import MakeFleet
from tests.support.waiting import wait_until


def test_a_request_that_finds_no_free_worker_is_refused_and_adds_a_container(make_fleet: MakeFleet) -> None:
    client = make_fleet(max_concurrency=1)
    first = client.hold("a").wait_started()
    with pytest.raises(Throttled) as refused:
        client.invoke("where")
    assert refused.value.reason == "ConcurrentInvocationLimitExceeded"
    wait_until(lambda: sum(client.free_workers()) == 1)
    other = client.invoke("where")
    assert other.container != first.release().container
    assert client.fleet.timeline.totals.cold_starts == 0


def test_without_new_containers_a_refusal_adds_none(make_fleet: MakeFleet) -> None:
    client = make_fleet(max_concurrency=1, new_container_when_busy=False)
    client.hold("a").wait_started()
    with pytest.raises(Throttled):
        client.invoke("where")
    assert [change.state for change in client.fleet.timeline.since(0)].count(ContainerState.INIT) == 1


def test_requests_in_turn_are_not_refused(make_fleet: MakeFleet) -> None:
    client = make_fleet(max_concurrency=1)
    assert [client.value("where")["seen"] for _ in range(10)] == list(range(1, 11))


def test_environments_are_started_ahead_and_share_the_load(make_fleet: MakeFleet) -> None:
    client = make_fleet(max_concurrency=2)
    client.fleet.prepare(client.function, 2)
    assert client.free_workers() == [2, 2]
    held = [client.hold(name).wait_started() for name in "abcd"]
    containers = [each.release().container for each in held]
    assert sorted(map(containers.count, set(containers))) == [2, 2]


def test_first_requests_wait_for_the_environment_that_one_of_them_starts(make_fleet: MakeFleet) -> None:
    client = make_fleet(max_concurrency=3)
    held = [client.hold(name) for name in "abc"]
    wait_until(lambda: all(each.started for each in held))
    assert len({each.release().container for each in held}) == 1


def test_containers_of_retired_code_end_after_their_invocations(make_fleet: MakeFleet) -> None:
    client = make_fleet(max_concurrency=2)
    held = client.hold("a").wait_started()
    client.fleet.retire({client.function.key})
    assert len(client.fleet.containers) == 1
    assert not held.release().error_type
    wait_until(lambda: not client.fleet.containers)


def test_a_function_that_cannot_be_loaded(make_fleet: MakeFleet) -> None:
    client = make_fleet(handler="no_import.handler", max_concurrency=2)
    with pytest.raises(InitError):
        client.fleet.load_once(client.function)
    outcome = client.invoke("echo")
    assert json.loads(outcome.payload)["errorType"] == "Runtime.ImportModuleError"
    wait_until(lambda: not client.fleet.containers)


def test_stopping_answers_whoever_waits(make_fleet: MakeFleet) -> None:
    client = make_fleet(max_concurrency=2)
    held = client.hold("a").wait_started()
    client.fleet.stop()
    assert held.release().error_type == "Runtime.ExitError"


def test_a_container_that_dies_while_it_starts_is_closed_after_its_report(
    make_fleet: MakeFleet, tmp_path: Path
) -> None:
    client, ended = make_fleet(max_concurrency=1), list[ManagedContainer]()
    context = client.fleet._context
    fleet = ManagedFleet(tmp_path, context, end=ended.append)
    files = ContainerFiles(tmp_path)
    container = ManagedContainer(client.function, files, context, on_change=fleet._on_change)
    fleet._containers[client.function.key].append(container)
    container.on_exit()
    assert ended == []
    container.starting = False  # as ``start`` says when it has written its report
    container.on_exit()
    assert ended == [container]
    container.close()


class InterruptingTimeline(Timeline):
    """A timeline at whose first container in this state Ctrl-C is pressed."""

    def __init__(self, state: ContainerState) -> None:
        super().__init__()
        self._left = state

    def enter(self, container: str, state: ContainerState, *, note: str = "", cpu_ms: float = 0.0) -> None:
        """Raise KeyboardInterrupt at that state."""
        super().enter(container, state, note=note, cpu_ms=cpu_ms)
        if state == self._left:
            raise KeyboardInterrupt


@pytest.mark.parametrize("state", [ContainerState.INIT, ContainerState.SERVE])
def test_closing_waits_for_no_caller_that_was_interrupted(
    make_fleet: MakeFleet, tmp_path: Path, state: ContainerState
) -> None:
    client, ended = make_fleet(max_concurrency=1), list[ManagedContainer]()
    context = msgspec.structs.replace(client.fleet._context, timeline=InterruptingTimeline(state))
    fleet = ManagedFleet(tmp_path, context, end=ended.append)
    invocation = Invocation(request_id="one", event=b"{}", deadline=0.0, arn=client.function.arn)
    with pytest.raises(KeyboardInterrupt):
        fleet.invoke(client.function, invocation)
    assert not fleet._busy()
    fleet.close()
    (container,) = ended
    container.close()


def test_closing_waits_for_a_container_that_starts(make_fleet: MakeFleet) -> None:
    client = make_fleet(max_concurrency=1)
    with ThreadPoolExecutor(1) as pool:
        starting = pool.submit(client.fleet.prepare, client.function)
        wait_until(lambda: any(each.pid for each in client.fleet.containers))
        client.fleet.close()
        with pytest.raises(Exited, match="killed"):
            starting.result()
