"""Turns what the fleet recorded into the rows of a picture: one a container, time to the right."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import inf

from lab.containers.timeline import ContainerState, StateChange, Timeline
from lab.experiments.support.findings import Span

# a death has no length, and a picture needs one
_DEATH = 0.01


def spans(
    timeline: Timeline, *, begin: float = 0.0, end: float = inf, only: frozenset[str] | None = None
) -> dict[str, tuple[Span, ...]]:
    """Return each container's states between two times in seconds, numbered as they started.

    ``only`` keeps these containers. Times count from ``begin``; what goes on ends now.
    """
    last = min(end, timeline.now())
    rows: dict[str, list[StateChange]] = {}
    for change in timeline.since(0):
        if only is None or change.container in only:
            rows.setdefault(change.container, []).append(change)
    drawn = [_row(changes, begin, last) for changes in rows.values()]
    return {str(number): row for number, row in enumerate((row for row in drawn if row), 1)}


def _row(changes: Sequence[StateChange], begin: float, last: float) -> tuple[Span, ...]:
    ends = [*(following.at for _, following in pairwise(changes)), last]
    found = []
    for change, end in zip(changes, ends, strict=True):
        until = change.at + _DEATH * (last - begin) if change.state is ContainerState.KILLED else min(end, last)
        if change.state is not ContainerState.GONE and until > begin and change.at < last:
            found.append(Span(round(max(0.0, change.at - begin), 4), round(until - begin, 4), change.state.value))
    return tuple(found)
