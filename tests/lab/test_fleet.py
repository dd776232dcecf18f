"""How many containers there are, which one is used, and how long it stays."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from lab.accounts.function import Function
from lab.containers.launcher import cores
from lab.containers.timeline import ContainerState
from lab.errors import Throttled
from tests.lab.conftest import Stand, wait_until


def test_one_after_the_other_is_one_container(make_stand: Callable[..., Stand]) -> None:
    stand = make_stand()
    assert [stand.value("where")["seen"] for _ in range(5)] == [1, 2, 3, 4, 5]
    assert stand.fleet.timeline.totals.cold_starts == 1


def test_a_second_container_starts_when_all_are_busy(make_stand: Callable[..., Stand]) -> None:
    stand = make_stand()
    first, second = stand.hold("a"), stand.hold("b")
    wait_until(lambda: first.started and second.started)
    assert first.let_go().container != second.let_go().container


def test_without_the_trait_calls_queue_for_the_one_container(make_stand: Callable[..., Stand]) -> None:
    stand = make_stand(new_container_when_busy=False)
    first = stand.hold("a").wait_started()
    second = stand.hold("b")
    assert not second.started
    one = first.let_go().container
    assert second.wait_started().let_go().container == one


@pytest.mark.parametrize(("reuse", "expected"), [("most_recent", "second"), ("oldest", "first")])
def test_the_container_used_last_is_used_next(make_stand: Callable[..., Stand], reuse: str, expected: str) -> None:
    stand = make_stand(reuse=reuse)
    held = {"first": stand.hold("a").wait_started(), "second": stand.hold("b").wait_started()}
    containers = {}
    for name, each in held.items():
        containers[name] = each.let_go().container
        free = len(containers)
        wait_until(lambda free=free: stand.fleet.timeline.states()[ContainerState.FROZEN] == free)
    assert stand.do("where").container == containers[expected]


def test_many_at_once_are_many_containers_started_few_at_a_time(make_stand: Callable[..., Stand]) -> None:
    stand = make_stand()
    count = 24
    held = [stand.hold(f"h{index}") for index in range(count)]
    wait_until(lambda: all(each.started for each in held), seconds=60)
    assert len({each.let_go().container for each in held}) == count
    loading: set[str] = set()
    most = 0
    for change in stand.fleet.timeline.since(0):
        (loading.add if change.state is ContainerState.INIT else loading.discard)(change.container)
        most = max(most, len(loading))
    # each may still be listed for a moment while the next one starts
    assert most <= 2 * cores()


@pytest.mark.parametrize(("idle_s", "stays"), [(0.1, False), (300.0, True)])
def test_an_idle_container_ends(make_stand: Callable[..., Stand], idle_s: float, stays: bool) -> None:
    stand = make_stand(idle_s=idle_s)
    temp = stand.value("where")["temp"]
    if stays:
        assert len(stand.fleet.containers) == 1
        return
    wait_until(lambda: not stand.fleet.containers)
    wait_until(lambda: stand.fleet.timeline.states().total() == 0)
    assert stand.value("where")["temp"] != temp


def test_above_the_limit_calls_are_refused(make_stand: Callable[..., Stand]) -> None:
    stand = make_stand(limit=1)
    held = stand.hold("a").wait_started()
    with pytest.raises(Throttled) as refused:
        stand.do("where")
    assert refused.value.reason == "ConcurrentInvocationLimitExceeded"
    assert stand.fleet.timeline.totals.throttles == 1
    held.let_go()
    assert stand.value("where")


def test_without_throttling_there_is_no_limit(make_stand: Callable[..., Stand]) -> None:
    stand = make_stand(limit=1, throttle=False)
    stand.hold("a").wait_started()
    assert stand.value("where")


def test_a_reservation_is_a_limit_and_taken_from_the_others(
    make_stand: Callable[..., Stand], make_function: Callable[..., Function]
) -> None:
    stand = make_stand(limit=2)
    reserved = make_function(name="reserved")
    stand.fleet.concurrency.reserve("reserved", 1)
    held = stand.hold("a", reserved).wait_started()
    with pytest.raises(Throttled) as refused:
        stand.fleet.invoke(reserved, b'{"do": "where"}')
    assert refused.value.reason == "ReservedFunctionConcurrentInvocationLimitExceeded"
    stand.hold("b").wait_started()
    with pytest.raises(Throttled):
        stand.do("where")
    held.let_go()
    with pytest.raises(Throttled):
        stand.do("where")


def test_retired_code_serves_what_it_has_and_nothing_more(make_stand: Callable[..., Stand]) -> None:
    stand = make_stand()
    held = stand.hold("a").wait_started()
    stand.fleet.retire({stand.function.key})
    assert not held.let_go().error_type
    wait_until(lambda: not stand.fleet.containers)


def test_answers_go_to_who_asked(make_stand: Callable[..., Stand]) -> None:
    stand = make_stand()
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda index: stand.value("echo", value=index), range(60))) == list(range(60))
