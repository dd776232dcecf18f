"""What a container keeps from one request to the next, without leaking one caller's data to another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from statistics import median
from typing import Final

from lab.experiments.memory_between_requests.crossed_answers import (
    AppCallers,
    Callers,
    IsolationResult,
    LeakCallers,
    check_isolation,
)
from lab.experiments.memory_between_requests.kept import (
    AT_ONCE,
    ENDED,
    FRESH,
    OTHER,
    SAME,
    Leftovers,
    RenditionLookup,
    find_leftovers,
    look_up_renditions,
)
from lab.experiments.support.findings import MEASURED, BarChart, Finding, figure, in_words
from lab.experiments.support.workbench import Workbench
from measurement.figures import Figure

# on a busy machine a container waits this long for its next request
_IDLE_S: Final = 4.0
APP, LEAKING = "the app", "a function that leaks"


def run(workbench: Workbench) -> Finding:
    """Request renditions repeatedly, leave temp files behind, and mix many callers in few containers."""
    rounds, width_count = workbench.pick((1, 6), (5, 12))
    widths = range(20, 20 + width_count * 2, 2)
    app = workbench.app(name="app", environment={"MONOLAMBDA_LOG_LEVEL": "error"})
    leaking = workbench.function("leaking.handler", name="leaking")
    # each round of leftovers needs a function whose containers are new
    keeping = [workbench.function("keeping.handler", name=f"keeping-{number}") for number in range(rounds)]
    with workbench.lab(app, *keeping, idle_s=_IDLE_S) as lab:
        leftovers = find_leftovers(lab, [each.name for each in keeping])
        steps = workbench.steps("memory_between_requests", range(rounds))
        renditions = look_up_renditions(lab, widths, steps)
    with workbench.lab(app, leaking) as lab:
        clients, times = workbench.pick((12, 4), (60, 2))
        callers: dict[str, Callers] = {APP: AppCallers(lab, clients), LEAKING: LeakCallers(clients)}
        mixed = {
            name: [check_isolation(lab, each, times=times, seed=seed) for seed in range(rounds)]
            for name, each in callers.items()
        }
    return judge(renditions, leftovers, mixed)


def judge(
    renditions: Sequence[Sequence[RenditionLookup]],
    leftovers: Mapping[str, Sequence[Leftovers]],
    mixed: Mapping[str, Sequence[IsolationResult]],
) -> Finding:
    """Return what follows from the rounds, of which each has to be right.

    Raises RuntimeError when the check of responses does not even find the leak on purpose.
    """
    own = mixed[APP]
    if not all(each.crossed for each in mixed[LEAKING]):
        raise RuntimeError("the check found nothing in a function that leaks, so it shows nothing about the app")
    again = [_of(each, SAME) for each in renditions]
    remembered = all(again) and all(each.cache == "memory" for lookups in again for each in lookups)
    holds = remembered and not any(each.crossed for each in own) and _are_private(leftovers)
    return Finding(
        title="Memory between requests",
        claim="A warm container keeps memory and temp files for its next request, and no request sees another's data.",
        method=f"The app makes {len(_of(renditions[0], FRESH))} renditions in {AT_ONCE} containers that share a "
        "storage, and each one again in the same container, in the other one, and after both have ended "
        f"(n = {len(renditions)}, each with another image). A small function "
        "lists what earlier calls left in memory and in the temp directory. Then callers, each with an image of its "
        f"own, send {own[0].checked} requests of four kinds in random order to some shared containers "
        f"(n = {len(own)}), and every response is checked: its color, its id, its request id. The same check is "
        "applied to a function that keeps its first caller in a global variable.",
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
                cases={before: _bars(renditions, before) for before in (FRESH, SAME, OTHER, ENDED)},
            ),
        ),
    )


def _are_private(leftovers: Mapping[str, Sequence[Leftovers]]) -> bool:
    """Return whether temp files were found again in their own container, and in no other."""
    others = [*leftovers[OTHER], *leftovers[ENDED]]
    return all(each.files for each in leftovers[SAME]) and not any(each.files for each in others)


def _of(renditions: Sequence[RenditionLookup], before: str) -> list[RenditionLookup]:
    return [each for each in renditions if each.before == before]


def _shares(renditions: Sequence[Sequence[RenditionLookup]], before: str) -> dict[str, list[float]]:
    """Return the share of the requests in percent that each source had, round by round."""
    found = [lookups for each in renditions if (lookups := _of(each, before))]
    return {
        source: [100 * sum(each.cache == source for each in lookups) / len(lookups) for lookups in found]
        for source in ("memory", "storage", "miss")
    }


def _bars(renditions: Sequence[Sequence[RenditionLookup]], before: str) -> dict[str, float]:
    return {source: median(shares or [0.0]) for source, shares in _shares(renditions, before).items()}


def _cache_figures(before: str, renditions: Sequence[Sequence[RenditionLookup]]) -> Iterator[Figure]:
    found = [lookups for each in renditions if (lookups := _of(each, before))]
    if found:
        yield figure(before, "resizes", [len(lookups) for lookups in found])
        for source, shares in _shares(renditions, before).items():
            yield figure(before, f"found in {source}" if source != "miss" else "made anew", shares, unit="%")
        yield figure(before, "duration", [each.duration_ms for lookups in found for each in lookups], unit="ms")


def _leftover_figures(before: str, found: Sequence[Leftovers]) -> Iterator[Figure]:
    yield figure(before, "earlier calls found in memory", [len(each.memory) for each in found])
    yield figure(before, "files found in the temp directory", [len(each.files) for each in found])


def _isolation_figures(name: str, found: Sequence[IsolationResult]) -> Iterator[Figure]:
    yield figure(name, "answers checked", [each.checked for each in found])
    yield figure(name, "answers with another caller's data", [each.crossed for each in found])
    yield figure(name, "containers", [each.containers for each in found])
    yield figure(name, "callers a container served", [count for each in found for count in each.callers])


def _verdict(
    renditions: Sequence[Sequence[RenditionLookup]],
    leftovers: Mapping[str, Sequence[Leftovers]],
    mixed: Mapping[str, Sequence[IsolationResult]],
    *,
    holds: bool,
) -> str:
    same, other, ended = (_shares(renditions, before) for before in (SAME, OTHER, ENDED))
    app, leaking = (
        (in_words(each.crossed for each in found), in_words(each.checked for each in found)) for found in mixed.values()
    )
    return (
        f"{'Yes' if holds else 'No'} (n = {len(renditions)}): a repeated rendition came from memory in "
        f"{in_words(same['memory'] or [0])} % of the cases in the same container, from storage in "
        f"{in_words(other['storage'] or [0])} % in another one and in {in_words(ended['storage'] or [0])} % after it "
        f"had ended, temp files {'stayed' if _are_private(leftovers) else 'did not stay'} within their container, and "
        f"{app[0]} of {app[1]} responses held another caller's data, where the same check found {leaking[0]} of "
        f"{leaking[1]} in a function that leaks."
    )
