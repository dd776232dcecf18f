"""What a container keeps from one request to the next, without leaking one caller's data to another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import msgspec

from lab.containers.outcomes import Outcome
from lab.experiments.support.findings import MEASURED, BarChart, Finding, figure
from lab.experiments.support.images import solid_png
from lab.experiments.support.invocations import http_event, http_response, invoke, result
from lab.experiments.support.isolation import AppCallers, IsolationResult, LeakCallers, check_isolation
from lab.experiments.support.load import at_once
from lab.experiments.support.polling import becomes_true
from lab.experiments.support.workbench import Workbench
from lab.local_lambda import LocalLambda
from measurement.figures import Figure

AT_ONCE: Final = 2
# on a busy machine a container waits this long for its next request
_IDLE_S: Final = 2.0
_TIMEOUT_S: Final = 30.0
APP, LEAKING = "the app", "a function that leaks"
FRESH, SAME, OTHER, ENDED = "first of all", "same container", "another container", "after it ended"


class RenditionLookup(msgspec.Struct, frozen=True, kw_only=True):
    """One resize: where this rendition was made before, where the app found it (X-Cache), and its duration in ms."""

    before: str
    cache: str
    duration_ms: float


class Leftovers(msgspec.Struct, frozen=True):
    """The traces of earlier requests that a request found: names in memory and in the temp directory."""

    memory: list[str]
    files: list[str]


def run(workbench: Workbench) -> Finding:
    """Request renditions repeatedly, leave temp files behind, and mix many callers in few containers."""
    widths = range(20, 20 + workbench.pick(6, 24) * 2, 2)
    app = workbench.app(name="app", environment={"MONOLAMBDA_LOG_LEVEL": "error"})
    keeping, leaking = (workbench.function(f"{name}.handler", name=name) for name in ("keeping", "leaking"))
    with workbench.lab(app, keeping, leaking, idle_s=_IDLE_S) as lab:
        leftovers = _leftovers(lab)
        renditions = _renditions(workbench, lab, widths)
    with workbench.lab(app, leaking) as lab:
        clients, rounds = workbench.pick((12, 4), (60, 10))
        mixed = {
            APP: check_isolation(lab, AppCallers(lab, clients), rounds=rounds),
            LEAKING: check_isolation(lab, LeakCallers(clients), rounds=rounds),
        }
    return judge(renditions, leftovers, mixed)


def judge(
    renditions: Sequence[RenditionLookup],
    leftovers: Mapping[str, Leftovers],
    mixed: Mapping[str, IsolationResult],
) -> Finding:
    """Return what follows; raise RuntimeError when the check of responses does not even find the leak on purpose."""
    own = mixed[APP]
    if not mixed[LEAKING].crossed:
        raise RuntimeError("the check found nothing in a function that leaks, so it shows nothing about the app")
    again = _of(renditions, SAME)
    remembered = bool(again) and all(each.cache == "memory" for each in again)
    holds = remembered and not own.crossed and bool(leftovers[SAME].files) and not leftovers[OTHER].files
    return Finding(
        title="Memory between requests",
        claim="A warm container keeps memory and temp files for its next request, and no request sees another's data.",
        method=f"The app makes {len(_of(renditions, FRESH))} renditions in {AT_ONCE} containers that share a storage, "
        "and each one again in the same container, in the other one, and after both have ended. A small function "
        "lists what earlier calls left in memory and in the temp directory. Then callers, each with an image of its "
        f"own, send {own.checked} requests of four kinds in random order through {own.containers} containers, and "
        "every response is checked: its color, its id, its request id. The same check is applied to a function that "
        "keeps its first caller in a global variable.",
        verdict=_verdict(renditions, leftovers, mixed, holds=holds),
        holds=holds,
        basis=MEASURED,
        figures=(
            *(each for before in (FRESH, SAME, OTHER, ENDED) for each in _cache_figures(before, renditions)),
            *(each for before, found in leftovers.items() for each in _leftover_figures(before, found)),
            *(each for name, found in mixed.items() for each in _isolation_figures(name, found)),
        ),
        charts=(
            BarChart(
                title="Where a rendition was found",
                across="% of the requests",
                cases={before: _shares(renditions, before) for before in (FRESH, SAME, OTHER, ENDED)},
            ),
        ),
    )


def _leftovers(lab: LocalLambda) -> dict[str, Leftovers]:
    """Return what a call finds in the same container, in another one, and in a new one after the first has ended."""
    invoke(lab, "keeping", {"name": "first"})
    same = _found(invoke(lab, "keeping", {"name": "second"}))
    outcomes: list[Outcome] = []

    def call(number: int) -> Outcome:
        outcomes.append(invoke(lab, "keeping", {"name": f"pair-{number}"}))
        return outcomes[-1]

    while not (new := [outcome for outcome in outcomes if outcome.cold]):
        at_once(AT_ONCE, call)
    _wait_until_ended(lab)
    return {SAME: same, OTHER: _found(new[0]), ENDED: _found(invoke(lab, "keeping", {"name": "last"}))}


def _found(outcome: Outcome) -> Leftovers:
    return Leftovers(**result(outcome))


def _renditions(workbench: Workbench, lab: LocalLambda, widths: Sequence[int]) -> list[RenditionLookup]:
    """Request every width twice from each of two containers, and once more after they have ended."""
    uploaded = http_response(invoke(lab, "app", http_event("POST", "/upload", solid_png((64, 48), 1))))
    image_id: str = msgspec.json.decode(uploaded.body)["images"][0]["id"]
    history: dict[int, set[str]] = {width: set() for width in widths}
    renditions: list[RenditionLookup] = []
    # each pair swaps its order from turn to turn, so that each container also gets what the other one made
    pairs = list(zip(widths[::2], widths[1::2], strict=True))
    for turn in workbench.steps("memory_between_requests", range(4)):
        for pair in pairs:
            renditions += _request_at_once(lab, image_id, pair[:: (1, -1)[turn % 2]], history)
    _wait_until_ended(lab)
    ended = set().union(*history.values())
    for width in widths:
        renditions += _request_at_once(lab, image_id, (width,), history, ended=ended)
    return renditions


def _request_at_once(
    lab: LocalLambda,
    image_id: str,
    widths: Sequence[int],
    history: dict[int, set[str]],
    *,
    ended: set[str] | None = None,
) -> list[RenditionLookup]:
    """Request several widths at once, and say of each where it was made before."""
    outcomes: dict[int, Outcome] = {}

    def call(number: int) -> Outcome:
        target = f"/resize?id={image_id}&width={widths[number]}"
        outcomes[widths[number]] = invoke(lab, "app", http_event("GET", target))
        return outcomes[widths[number]]

    at_once(len(widths), call)
    renditions = []
    for width, outcome in outcomes.items():
        cache = dict(http_response(outcome).headers)["X-Cache"]
        before = _before(outcome.container, history[width], ended or set())
        history[width].add(outcome.container)
        renditions.append(RenditionLookup(before=before, cache=cache, duration_ms=outcome.report.duration_ms))
    return renditions


def _before(container: str, served: set[str], ended: set[str]) -> str:
    if not served:
        return FRESH
    if container in served:
        return SAME
    return ENDED if served <= ended else OTHER


def _wait_until_ended(lab: LocalLambda) -> None:
    if not becomes_true(lambda: not lab.fleet.containers, within_s=_TIMEOUT_S):
        raise RuntimeError(f"idle containers have not ended within {_TIMEOUT_S:.0f} s")


def _of(renditions: Sequence[RenditionLookup], before: str) -> list[RenditionLookup]:
    return [each for each in renditions if each.before == before]


def _shares(renditions: Sequence[RenditionLookup], before: str) -> dict[str, float]:
    found = _of(renditions, before)
    sources = ("memory", "storage", "miss")
    return {source: 100 * sum(each.cache == source for each in found) / max(1, len(found)) for source in sources}


def _cache_figures(before: str, renditions: Sequence[RenditionLookup]) -> Iterator[Figure]:
    found = _of(renditions, before)
    if found:
        yield figure(before, "resizes", [len(found)])
        for source, share in _shares(renditions, before).items():
            yield figure(before, f"found in {source}" if source != "miss" else "made anew", [share], unit="%")
        yield figure(before, "duration", [each.duration_ms for each in found], unit="ms")


def _leftover_figures(before: str, found: Leftovers) -> Iterator[Figure]:
    yield figure(before, "earlier calls found in memory", [len(found.memory)])
    yield figure(before, "files found in the temp directory", [len(found.files)])


def _isolation_figures(name: str, found: IsolationResult) -> Iterator[Figure]:
    yield figure(name, "answers checked", [found.checked])
    yield figure(name, "answers with another caller's data", [found.crossed])
    yield figure(name, "containers", [found.containers])
    yield figure(name, "callers a container served", found.callers)


def _verdict(
    renditions: Sequence[RenditionLookup],
    leftovers: Mapping[str, Leftovers],
    mixed: Mapping[str, IsolationResult],
    *,
    holds: bool,
) -> str:
    same, other, ended = (_shares(renditions, before) for before in (SAME, OTHER, ENDED))
    app, leaking = mixed.values()
    is_private = leftovers[SAME].files and not leftovers[OTHER].files and not leftovers[ENDED].files
    return (
        f"{'Yes' if holds else 'No'}: a repeated rendition came from memory in {same['memory']:.0f} % of the cases in "
        f"the same container, from storage in {other['storage']:.0f} % in another one and in {ended['storage']:.0f} % "
        f"after it had ended, temp files {'stayed' if is_private else 'did not stay'} within their container, and "
        f"{app.crossed} of {app.checked} responses held another caller's data, where the same check found "
        f"{leaking.crossed} of {leaking.checked} in a function that leaks."
    )
