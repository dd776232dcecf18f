"""Rows of a chart from the state changes of containers."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from lab.containers.timeline import ContainerState, Timeline
from lab.experiments.support.findings import Span
from lab.experiments.support.timeline_rows import timeline_rows

Clocked = tuple[Timeline, Callable[[float], None]]


@pytest.fixture
def clocked() -> Clocked:
    """Return a timeline and a function that sets its clock."""
    now = [0.0]

    def move(at: float) -> None:
        now[0] = at

    return Timeline(clock=lambda: now[0]), move


def test_a_row_ends_where_the_next_state_begins_or_now(clocked: Clocked) -> None:
    timeline, move = clocked
    for at, container, state in (
        (1, "a", ContainerState.INIT),
        (2, "b", ContainerState.INIT),
        (3, "a", ContainerState.SERVE),
        (4, "b", ContainerState.GONE),
    ):
        move(at)
        timeline.enter(container, state)
    move(10)
    assert timeline_rows(timeline) == {
        "1": (Span(1, 3, "init"), Span(3, 10, "serve")),
        "2": (Span(2, 4, "init"),),
    }


def test_a_kill_is_visible(clocked: Clocked) -> None:
    timeline, move = clocked
    timeline.enter("a", ContainerState.SERVE)
    move(5)
    timeline.enter("a", ContainerState.KILLED)
    move(10)
    assert timeline_rows(timeline) == {"1": (Span(0, 5, "serve"), Span(5, 5.1, "killed"))}


def test_rows_can_be_limited_to_a_time_and_to_containers(clocked: Clocked) -> None:
    timeline, move = clocked
    for container in ("a", "b"):
        timeline.enter(container, ContainerState.INIT)
    move(4)
    timeline.enter("a", ContainerState.FROZEN)
    move(6)
    assert timeline_rows(timeline, begin=2, only=frozenset({"a"})) == {"1": (Span(0, 2, "init"), Span(2, 4, "frozen"))}
    assert timeline_rows(timeline, begin=1, end=3) == {"1": (Span(0, 2, "init"),), "2": (Span(0, 2, "init"),)}
