"""How many containers there are, which one serves, and how long it stays."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from lab.containers.patience import Patience
from lab.containers.start_gate import StartGate
from lab.containers.timeline import ContainerState
from lab.errors import Throttled, TooLarge
from measurement.machine import cores
from tests.support.lab.fleet_client import MakeFleet, MakeFunction
from tests.support.waiting import wait_until


class CountingGate(StartGate):
    """A gate that knows how many starts it had inside at once."""

    def __init__(self) -> None:
        # without a measured demand each start counts as a whole core
        super().__init__(cores(), demand_s=lambda _: None)
        self.most = self._now = 0
        self._counting = threading.Lock()

    @contextmanager
    def turn(self, pid: Callable[[], int], patience: Patience | None = None) -> Iterator[None]:
        """Count the start while it is inside."""
        with super().turn(pid, patience):
            with self._counting:
                self._now += 1
                self.most = max(self.most, self._now)
            yield
            with self._counting:
                self._now -= 1


class InterruptingGate(StartGate):
    """A gate at whose start of this number Ctrl-C is pressed."""

    def __init__(self, number: int) -> None:
        super().__init__(cores())
        self._left = number

    @contextmanager
    def turn(self, pid: Callable[[], int], patience: Patience | None = None) -> Iterator[None]:
        """Raise KeyboardInterrupt in the start that is interrupted."""
        with super().turn(pid, patience):
            self._left -= 1
            if not self._left:
                raise KeyboardInterrupt
            yield


def test_sequential_invocations_use_one_container(make_fleet: MakeFleet) -> None:
    client = make_fleet()
    assert [client.value("where")["seen"] for _ in range(5)] == [1, 2, 3, 4, 5]
    assert client.fleet.timeline.totals.cold_starts == 1


def test_a_second_container_starts_when_all_are_busy(make_fleet: MakeFleet) -> None:
    client = make_fleet()
    first, second = client.hold("a"), client.hold("b")
    wait_until(lambda: first.started and second.started)
    assert first.release().container != second.release().container


def test_without_new_containers_invocations_queue_for_the_one(make_fleet: MakeFleet) -> None:
    client = make_fleet(new_container_when_busy=False)
    first = client.hold("a").wait_started()
    second = client.hold("b")
    assert not second.started
    one = first.release().container
    assert second.wait_started().release().container == one


@pytest.mark.parametrize(("reuse", "expected"), [("most_recent", "second"), ("oldest", "first")])
def test_the_most_recently_used_container_is_reused(make_fleet: MakeFleet, reuse: str, expected: str) -> None:
    client = make_fleet(reuse=reuse)
    held = {"first": client.hold("a").wait_started(), "second": client.hold("b").wait_started()}
    containers = {}
    for name, each in held.items():
        containers[name] = each.release().container
        free = len(containers)
        wait_until(lambda free=free: client.fleet.timeline.states()[ContainerState.FROZEN] == free)  # type: ignore[misc]
    assert client.invoke("where").container == containers[expected]


def test_a_burst_starts_many_containers_few_at_a_time(make_fleet: MakeFleet) -> None:
    gate = CountingGate()
    client = make_fleet(gate=gate)
    count = 24
    held = [client.hold(f"h{index}") for index in range(count)]
    wait_until(lambda: all(each.started for each in held), seconds=60)
    assert len({each.release().container for each in held}) == count
    assert gate.most == cores()


@pytest.mark.parametrize(("idle_s", "stays"), [(0.1, False), (300.0, True)])
def test_an_idle_container_ends(make_fleet: MakeFleet, idle_s: float, stays: bool) -> None:
    client = make_fleet(idle_s=idle_s)
    container = client.invoke("where").container
    if stays:
        assert len(client.fleet.containers) == 1
        return
    wait_until(lambda: not client.fleet.containers)
    wait_until(lambda: client.fleet.timeline.states().total() == 0)
    assert client.invoke("where").container != container


def test_a_container_that_was_idle_too_long_is_not_used_again(make_fleet: MakeFleet) -> None:
    """Also before the thread that ends such containers has seen it, which takes 20 ms and more."""
    client = make_fleet(idle_s=0.0)
    assert len({client.invoke("where").container for _ in range(4)}) == 4


def test_invocations_above_the_limit_are_throttled(make_fleet: MakeFleet) -> None:
    client = make_fleet(limit=1)
    held = client.hold("a").wait_started()
    with pytest.raises(Throttled) as refused:
        client.invoke("where")
    assert refused.value.reason == "ConcurrentInvocationLimitExceeded"
    assert client.fleet.timeline.totals.throttles == 1
    held.release()
    assert client.value("where")


def test_without_throttling_there_is_no_limit(make_fleet: MakeFleet) -> None:
    client = make_fleet(limit=1, throttle=False)
    client.hold("a").wait_started()
    assert client.value("where")


def test_a_reservation_is_a_limit_and_reduces_the_shared_concurrency(
    make_fleet: MakeFleet, make_function: MakeFunction
) -> None:
    client = make_fleet(limit=2)
    reserved = make_function(name="reserved")
    client.fleet.concurrency.reserve("reserved", 1)
    held = client.hold("a", reserved).wait_started()
    with pytest.raises(Throttled) as refused:
        client.fleet.invoke(reserved, b'{"do": "where"}')
    assert refused.value.reason == "ReservedFunctionConcurrentInvocationLimitExceeded"
    client.hold("b").wait_started()
    with pytest.raises(Throttled):
        client.invoke("where")
    held.release()
    with pytest.raises(Throttled):
        client.invoke("where")


@pytest.mark.parametrize(("number", "before"), [(1, []), (2, ["exit"])], ids=["init", "invocation"])
def test_a_container_whose_caller_was_interrupted_ends(make_fleet: MakeFleet, number: int, before: list[str]) -> None:
    """Nobody reports its invocation any more, for which the end of the fleet would wait seconds in vain."""
    client = make_fleet(gate=InterruptingGate(number))
    for what in before:
        client.invoke(what)
    with pytest.raises(KeyboardInterrupt):
        client.invoke("where")
    assert not client.fleet.containers
    assert client.value("where")


def test_containers_of_retired_code_end_after_their_invocation(make_fleet: MakeFleet) -> None:
    client = make_fleet()
    held = client.hold("a").wait_started()
    client.fleet.retire({client.function.key})
    assert not held.release().error_type
    wait_until(lambda: not client.fleet.containers)


def test_the_containers_of_one_function_end_also_after_a_crash(
    make_fleet: MakeFleet, make_function: MakeFunction
) -> None:
    client = make_fleet()
    client.invoke("exit")
    client.fleet.invoke(make_function(name="other"), b'{"do": "where"}')
    assert client.fleet.end_containers(client.function.name) == 1
    assert [each.function.name for each in client.fleet.containers] == ["other"]


def test_every_caller_gets_its_own_response(make_fleet: MakeFleet) -> None:
    client = make_fleet()
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda index: client.value("echo", value=index), range(60))) == list(range(60))


def test_an_event_above_the_limit_is_not_run(make_fleet: MakeFleet) -> None:
    client = make_fleet()
    frame = len(b'{"do":"echo","value":""}')
    assert len(client.value("echo", value="x" * (6_291_456 - frame))) == 6_291_456 - frame
    with pytest.raises(TooLarge, match="smaller than 6291456 bytes"):
        client.invoke("echo", value="x" * (6_291_457 - frame))
    assert client.fleet.timeline.totals.invocations == 1


def test_larger_limits_let_event_and_response_pass(make_fleet: MakeFleet) -> None:
    client = make_fleet(request_bytes=8_000_000, response_bytes=8_000_000)
    assert len(client.value("echo", value="x" * 7_000_000)) == 7_000_000
