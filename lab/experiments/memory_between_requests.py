"""What a container keeps from one request to the next, and what it must not: another caller's data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import msgspec

from lab.containers.outcomes import Outcome
from lab.experiments.support.findings import BarChart, Finding, figure
from lab.experiments.support.images import png
from lab.experiments.support.invocations import http_event, invoke, response, value
from lab.experiments.support.isolation import AppCallers, IsolationResult, LeakCallers, crossing
from lab.experiments.support.load import at_once
from lab.experiments.support.polling import comes_true
from lab.experiments.support.workbench import Workbench
from lab.local_lambda import LocalLambda
from measurement.results import Figure

AT_ONCE: Final = 2
_IDLE_S: Final = 0.6
_PATIENCE_S: Final = 30.0
FRESH, SAME, OTHER, ENDED = "first of all", "same container", "another container", "after it ended"


class Rendition(msgspec.Struct, frozen=True, kw_only=True):
    """One resize: what had happened to this rendition before, where the app found it, and the duration in ms."""

    before: str
    cache: str
    duration_ms: float


class Leftovers(msgspec.Struct, frozen=True):
    """What a request found of those before: names in memory and in the temp directory."""

    memory: list[str]
    files: list[str]


def run(workbench: Workbench) -> Finding:
    """Ask for renditions again and again, leave files in temp directories, and mix many callers in few containers."""
    widths = range(20, 20 + workbench.pick(6, 24) * 2, 2)
    app = workbench.app(name="app", environment={"MONOLAMBDA_LOG_LEVEL": "error"})
    keeping, leaking = (workbench.function(f"{name}.handler", name=name) for name in ("keeping", "leaking"))
    with workbench.lab(app, keeping, leaking, idle_s=_IDLE_S) as lab:
        kept = _kept(lab)
        answers = _answers(workbench, lab, widths)
    with workbench.lab(app, leaking) as lab:
        clients, rounds = workbench.pick((12, 4), (60, 10))
        mixed = {
            "the app": crossing(lab, AppCallers(lab, clients), rounds=rounds),
            "a function that leaks": crossing(lab, LeakCallers(clients), rounds=rounds),
        }
    own = mixed["the app"]
    remembered = all(each.cache == "memory" for each in answers if each.before == SAME)
    holds = remembered and not own.crossed and bool(kept[SAME].files) and not kept[OTHER].files
    return Finding(
        title="Memory between requests",
        claim="A warm container keeps memory and temp files for its next request, and no request sees another's data.",
        method=f"The app makes {len(widths)} renditions in {AT_ONCE} containers over one storage, each rendition again "
        "in the same container, in the other one, and after both have ended. A small function lists what earlier calls "
        f"left in memory and in the temp directory. Then {clients} callers with a picture of their own each send "
        f"{rounds} times four kinds of requests in random order through {own.containers} containers, and every answer "
        "is checked: its colour, its id, its request id. The same check is made of a function that keeps its first "
        "caller in a global.",
        figures=(
            *(each for before in (FRESH, SAME, OTHER, ENDED) for each in _cache_figures(before, answers)),
            *(each for before, found in kept.items() for each in _kept_figures(before, found)),
            *(each for name, found in mixed.items() for each in _mixed_figures(name, found)),
        ),
        verdict=_verdict(answers, kept, mixed, holds=holds),
        holds=holds,
        charts=(
            BarChart(
                title="Where a rendition was found",
                across="% of the requests",
                cases={before: _shares(answers, before) for before in (FRESH, SAME, OTHER, ENDED)},
            ),
        ),
    )


def _kept(lab: LocalLambda) -> dict[str, Leftovers]:
    """Return what a call finds in the container of the last one, in another one, and after that has ended."""
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
    return Leftovers(**value(outcome))


def _answers(workbench: Workbench, lab: LocalLambda, widths: Sequence[int]) -> list[Rendition]:
    """Ask two containers for every width, twice, and once more after they have ended."""
    uploaded = response(invoke(lab, "app", http_event("POST", "/upload", png((64, 48), 1))))
    image_id: str = msgspec.json.decode(uploaded.body)["images"][0]["id"]
    history: dict[int, set[str]] = {width: set() for width in widths}
    answers: list[Rendition] = []
    # neighbours swap places from turn to turn, so that each container meets what the other one made
    pairs = list(zip(widths[::2], widths[1::2], strict=True))
    for turn in workbench.steps("memory_between_requests", range(4)):
        for pair in pairs:
            answers += _pair(lab, image_id, pair[:: (1, -1)[turn % 2]], history)
    _wait_until_ended(lab)
    ended = set().union(*history.values())
    for width in widths:
        answers += _pair(lab, image_id, (width,), history, ended=ended)
    return answers


def _pair(
    lab: LocalLambda,
    image_id: str,
    widths: Sequence[int],
    history: dict[int, set[str]],
    *,
    ended: set[str] | None = None,
) -> list[Rendition]:
    """Ask for several widths at once, and say of each what its past makes one expect."""
    outcomes: dict[int, Outcome] = {}

    def call(number: int) -> Outcome:
        target = f"/resize?id={image_id}&width={widths[number]}"
        outcomes[widths[number]] = invoke(lab, "app", http_event("GET", target))
        return outcomes[widths[number]]

    at_once(len(widths), call)
    answers = []
    for width, outcome in outcomes.items():
        cache = dict(response(outcome).headers)["X-Cache"]
        before = _before(outcome.container, history[width], ended or set())
        history[width].add(outcome.container)
        answers.append(Rendition(before=before, cache=cache, duration_ms=outcome.report.duration_ms))
    return answers


def _before(container: str, served: set[str], ended: set[str]) -> str:
    if not served:
        return FRESH
    if container in served:
        return SAME
    return ENDED if served <= ended else OTHER


def _wait_until_ended(lab: LocalLambda) -> None:
    if not comes_true(lambda: not lab.fleet.containers, within_s=_PATIENCE_S):
        raise RuntimeError("expected idle containers to end, waited in vain")


def _of(answers: Sequence[Rendition], before: str) -> list[Rendition]:
    return [each for each in answers if each.before == before]


def _shares(answers: Sequence[Rendition], before: str) -> dict[str, float]:
    found = _of(answers, before)
    ways = ("memory", "storage", "miss")
    return {way: 100 * sum(each.cache == way for each in found) / max(1, len(found)) for way in ways}


def _cache_figures(before: str, answers: Sequence[Rendition]) -> Iterator[Figure]:
    found = _of(answers, before)
    if found:
        yield figure(before, "resizes", [len(found)])
        for way, share in _shares(answers, before).items():
            yield figure(before, f"found in {way}" if way != "miss" else "made anew", [share], unit="%")
        yield figure(before, "duration", [each.duration_ms for each in found], unit="ms")


def _kept_figures(before: str, found: Leftovers) -> Iterator[Figure]:
    yield figure(before, "earlier calls found in memory", [len(found.memory)])
    yield figure(before, "files found in the temp directory", [len(found.files)])


def _mixed_figures(name: str, found: IsolationResult) -> Iterator[Figure]:
    yield figure(name, "answers checked", [found.checked])
    yield figure(name, "answers with another caller's data", [found.crossed])
    yield figure(name, "containers", [found.containers])
    yield figure(name, "callers a container served", found.callers)


def _verdict(
    answers: Sequence[Rendition], kept: Mapping[str, Leftovers], mixed: Mapping[str, IsolationResult], *, holds: bool
) -> str:
    same, other, ended = (_shares(answers, before) for before in (SAME, OTHER, ENDED))
    app, leaking = mixed.values()
    files = "stayed" if kept[SAME].files and not kept[OTHER].files and not kept[ENDED].files else "did not stay"
    return (
        f"{'Yes' if holds else 'No'}: a rendition asked for again came from memory in {same['memory']:.0f} % of the "
        f"cases in the same container, from storage in {other['storage']:.0f} % in another one and in "
        f"{ended['storage']:.0f} % after it had ended, temp files {files} with their container alone, and "
        f"{app.crossed} of {app.checked} answers held another caller's data, where the same check found "
        f"{leaking.crossed} of {leaking.checked} in a function that leaks."
    )
