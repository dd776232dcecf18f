"""Turns a fleet's timeline into the rows of a chart, one per container."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import inf

from lab.containers.timeline import ContainerState, StateChange, Timeline
from lab.experiments.support.findings import Span

# a kill has no duration; a chart has to show it
_KILL_SHARE = 0.01


def timeline_rows(
    timeline: Timeline, *, begin: float = 0.0, end: float = inf, only: frozenset[str] | None = None
) -> dict[str, tuple[Span, ...]]:
    """Return the states of each container between two times in seconds, numbered in order of their start.

    ``only`` selects containers. Times count from ``begin``; a state that has not ended, ends now.
    """
    last = min(end, timeline.now())
    by_container: dict[str, list[StateChange]] = {}
    for change in timeline.since(0):
        if only is None or change.container in only:
            by_container.setdefault(change.container, []).append(change)
    rows = [_row(changes, begin, last) for changes in by_container.values()]
    return {str(number): row for number, row in enumerate((row for row in rows if row), 1)}


def _row(changes: Sequence[StateChange], begin: float, last: float) -> tuple[Span, ...]:
    ends = [*(following.at for _, following in pairwise(changes)), last]
    spans = []
    for change, end in zip(changes, ends, strict=True):
        is_kill = change.state is ContainerState.KILLED
        until = change.at + _KILL_SHARE * (last - begin) if is_kill else min(end, last)
        if change.state is not ContainerState.GONE and until > begin and change.at < last:
            spans.append(Span(round(max(0.0, change.at - begin), 4), round(until - begin, 4), change.state.value))
    return tuple(spans)
