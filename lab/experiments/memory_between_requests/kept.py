"""What requests find of earlier ones in the same container, in another one, and after the first has ended."""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set
from functools import partial
from typing import Final

import msgspec

from lab.containers.outcomes import Outcome
from lab.experiments.support.images import solid_png
from lab.experiments.support.invocations import http_event, http_response, invoke, result, stored_id
from lab.experiments.support.load import together
from lab.experiments.support.polling import wait_until
from lab.local_lambda import LocalLambda

AT_ONCE: Final = 2
FRESH, SAME, OTHER, ENDED = "first of all", "same container", "another container", "after it ended"
_TIMEOUT_S: Final = 30.0


class RenditionLookup(msgspec.Struct, frozen=True, kw_only=True):
    """One resize: where this rendition was made before, where the app found it (X-Cache), and its duration in ms."""

    before: str
    cache: str
    duration_ms: float


class Leftovers(msgspec.Struct, frozen=True):
    """The traces of earlier requests that a request found: names in memory and in the temp directory."""

    memory: list[str]
    files: list[str]


class _Image(msgspec.Struct):
    """One round's image, and by width the containers that made a rendition of it."""

    id: str
    history: dict[int, set[str]]
    lookups: list[RenditionLookup] = []


def find_leftovers(lab: LocalLambda, names: Sequence[str]) -> dict[str, list[Leftovers]]:
    """Return what a call finds in the same container, in another one, and in a new one after the first has ended.

    Each of the functions of these names is a round; all of their containers end together, which saves waiting.
    """
    found = [_while_warm(lab, name) for name in names]
    _wait_until_ended(lab)
    return {
        SAME: [same for same, _ in found],
        OTHER: [other for _, other in found],
        ENDED: [_found(invoke(lab, name, {"name": "last"})) for name in names],
    }


def _while_warm(lab: LocalLambda, name: str) -> tuple[Leftovers, Leftovers]:
    """Return what a second call finds in the same container, and what a first one finds in another."""
    invoke(lab, name, {"name": "first"})
    second = invoke(lab, name, {"name": "second"})
    if second.cold:
        raise RuntimeError(f"{name} ended before its second call: the machine is too busy")
    same = _found(second)
    cold: list[Outcome] = []

    def is_another_there() -> bool:
        calls = [partial(invoke, lab, name, {"name": f"pair-{number}"}) for number in range(AT_ONCE)]
        cold.extend(outcome for outcome in together(calls) if outcome.cold)
        return bool(cold)

    wait_until(is_another_there, f"another container of {name}", within_s=_TIMEOUT_S)
    return same, _found(cold[0])


def _found(outcome: Outcome) -> Leftovers:
    return Leftovers(**result(outcome))


def look_up_renditions(lab: LocalLambda, widths: Sequence[int], rounds: Iterable[int]) -> list[list[RenditionLookup]]:
    """Request every width of an image twice from each of two containers, and once more after they have ended.

    Each round has an image of its own.
    """
    images = []
    # each pair swaps its order from turn to turn, so that each container also gets what the other one made
    pairs = list(zip(widths[::2], widths[1::2], strict=True))
    for number in rounds:
        uploaded = invoke(lab, "app", http_event("POST", "/upload", solid_png((64, 48), number)))
        image = _Image(stored_id(uploaded), {width: set() for width in widths})
        images.append(image)
        for turn in range(4):
            for pair in pairs:
                _request_at_once(lab, image, pair[:: (1, -1)[turn % 2]])
    _wait_until_ended(lab)
    ended = {container for image in images for served in image.history.values() for container in served}
    for image in images:
        for width in widths:
            _request_at_once(lab, image, (width,), ended=ended)
    return [image.lookups for image in images]


def _request_at_once(lab: LocalLambda, image: _Image, widths: Sequence[int], *, ended: Set[str] = frozenset()) -> None:
    """Request several widths at once, and note of each where it was made before."""
    events = [http_event("GET", f"/resize?id={image.id}&width={width}") for width in widths]
    outcomes = together([partial(invoke, lab, "app", event) for event in events])
    for width, outcome in zip(widths, outcomes, strict=True):
        cache = dict(http_response(outcome).headers)["X-Cache"]
        before = _before(outcome.container, image.history[width], ended)
        image.history[width].add(outcome.container)
        image.lookups.append(RenditionLookup(before=before, cache=cache, duration_ms=outcome.report.duration_ms))


def _before(container: str, served: Set[str], ended: Set[str]) -> str:
    if not served:
        return FRESH
    if container in served:
        return SAME
    return ENDED if served <= ended else OTHER


def _wait_until_ended(lab: LocalLambda) -> None:
    wait_until(lambda: not lab.fleet.containers, "the end of all idle containers", within_s=_TIMEOUT_S)
