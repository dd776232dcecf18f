"""Work that is left for after the answer: when it really runs in a container that is frozen."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

import msgspec

from lab.experiments.support.findings import Finding, LineChart, Span, TimelineChart, figure
from lab.experiments.support.images import png
from lab.experiments.support.invocations import deploy, http_event, invoke, response
from lab.experiments.support.polling import comes_true
from lab.experiments.support.timeline_rows import spans
from lab.experiments.support.workbench import Workbench
from lab.http.server import Response
from lab.local_lambda import LocalLambda
from measurement.results import Figure

WORK_S: Final = 0.2
THREAD, SELF, SERVER = "thread, frozen", "self-invocation", "thread, never frozen"
# how long the next request takes: one that is over at once may freeze the work again in the middle
NEXT_S: Final = 0.1
_PATIENCE_S: Final = 30.0
# how long a lost piece of work is waited for after its container has ended
_GRACE_S: Final = 0.3

# gap until the next request in s -> how long after the answer the work was done, in ms
Delays = Mapping[float, list[float]]


class DeferredJobs(msgspec.Struct, frozen=True, kw_only=True):
    """The app's ``Prefer: respond-async``: when the caller had its 202, and when the job was done after that, in ms."""

    answered_ms: list[float]
    done_ms: list[float]


def run(workbench: Workbench) -> Finding:
    """Leave work for later in each way, with a growing gap until the next request."""
    gaps, repeats = workbench.pick((0.3, 0.7), (0.25, 0.5, 1.0, 2.0, 4.0)), workbench.pick(1, 3)
    delays, rows = _delays(workbench, gaps, repeats)
    lost, abandoned = _abandoned(workbench, workbench.pick(1, 5))
    jobs = _jobs(workbench, workbench.pick(2, 5))
    holds = lost == abandoned and all(done > 900 * gap for gap, several in delays[THREAD].items() for done in several)
    return Finding(
        title="After the response",
        claim="Work scheduled after the answer does not run on Lambda until the next request, if there is one.",
        method=f"A handler answers and leaves {1000 * WORK_S:.0f} ms of waiting and a note of the time: to a thread, "
        f"or to an asynchronous invocation of itself. The next request comes after a gap and takes {1000 * NEXT_S:.0f} "
        "ms, or never comes. A container that is not frozen stands for a server. The app's own way, Prefer: "
        "respond-async on POST /resize, is asked for its status every 10 ms.",
        figures=(
            *(each for way, found in delays.items() for each in _figures(way, found)),
            figure(THREAD, "lost, when no request followed", [100 * lost / abandoned], unit="%"),
            figure("the app, respond-async", "answered", jobs.answered_ms, unit="ms"),
            figure("the app, respond-async", "done after the answer", jobs.done_ms, unit="ms"),
        ),
        verdict=_verdict(delays, lost, abandoned, jobs, holds=holds),
        holds=holds,
        charts=(
            LineChart(
                title="When work left for later was done",
                across="seconds until the next request",
                up="ms after the answer",
                lines={way: tuple(_points(found)) for way, found in delays.items()},
            ),
            TimelineChart(title="A container whose thread has to wait", rows=rows),
        ),
    )


def _delays(
    workbench: Workbench, gaps: tuple[float, ...], repeats: int
) -> tuple[dict[str, Delays], dict[str, tuple[Span, ...]]]:
    with (
        ThreadPoolExecutor(3) as pool,
        workbench.lab(workbench.function("waiting.handler")) as lab,
        workbench.lab(workbench.function("waiting.handler"), freeze=False) as unfrozen,
    ):
        places = {THREAD: (lab, "thread"), SELF: (lab, "self"), SERVER: (unfrozen, "thread")}
        for number, (place, _) in enumerate(places.values()):
            deploy(place, workbench.function("deferring.handler", name=f"later-{number}"))
        waiting = {
            way: pool.submit(_per_gap, workbench, place, f"later-{number}", do, gaps=gaps, repeats=repeats)
            for number, (way, (place, do)) in enumerate(places.items())
        }
        found = {way: waiting[way].result() for way in workbench.steps("after_response: later", list(waiting))}
        frozen = {each.name for each in lab.fleet.containers if each.function.name == "later-0"}
        return found, spans(lab.timeline, only=frozenset(frozen))


def _per_gap(
    workbench: Workbench, lab: LocalLambda, name: str, do: str, *, gaps: tuple[float, ...], repeats: int
) -> Delays:
    note = workbench.directory / name
    return {gap: [delay(lab, name, do, gap, note) for _ in range(repeats)] for gap in gaps}


def delay(lab: LocalLambda, name: str, do: str, gap: float, note: Path) -> float:
    """Leave work for later, send the next request after ``gap`` seconds; return when ``note`` was written, in ms."""
    note.unlink(missing_ok=True)
    invoke(lab, name, {"do": do, "work_s": WORK_S, "path": str(note)})
    answered = time.time()
    time.sleep(gap)
    invoke(lab, name, {"do": "wait", "wait_s": NEXT_S})
    _wait(lambda: note.exists() and note.read_text())
    return 1000 * (float(note.read_text()) - answered)


def _abandoned(workbench: Workbench, repeats: int) -> tuple[int, int]:
    """Return how often work was lost in a container that nobody called again, and how often it was tried."""
    notes = [workbench.directory / f"abandoned-{number}" for number in range(repeats)]
    with workbench.lab(workbench.function("deferring.handler", name="later"), idle_s=3 * WORK_S) as lab:
        for note in workbench.steps("after_response: abandoned", notes):
            invoke(lab, "later", {"do": "thread", "work_s": WORK_S, "path": str(note)})
            _wait(lambda: not lab.fleet.containers)
        time.sleep(_GRACE_S)
    return sum(not note.exists() for note in notes), repeats


def _jobs(workbench: Workbench, repeats: int) -> DeferredJobs:
    """Return how long the app's own deferred work takes; each job is another picture."""
    answered, done = [], []
    with workbench.lab(workbench.function("waiting.handler")) as lab:
        deploy(lab, workbench.app(name="app"))
        for number in workbench.steps("after_response: the app", range(repeats)):
            began = time.perf_counter()
            accepted = _ask(lab, "POST", "/resize?width=48", png((64, 48), number), Prefer="respond-async")
            answered.append(1000 * (time.perf_counter() - began))
            began = time.perf_counter()
            place = dict(accepted.headers)["Location"].partition("/status/")[2]
            _wait(lambda place=place: _is_done(lab, place))  # type: ignore[misc]
            done.append(1000 * (time.perf_counter() - began))
    return DeferredJobs(answered_ms=answered, done_ms=done)


def _is_done(lab: LocalLambda, job: str) -> bool:
    state: dict[str, Any] = msgspec.json.decode(_ask(lab, "GET", f"/status/{job}").body)
    if state["status"] == "failed":
        raise RuntimeError(f"the job failed: {state}")
    return bool(state["status"] == "done")


def _ask(lab: LocalLambda, method: str, target: str, body: bytes = b"", **headers: str) -> Response:
    return response(invoke(lab, "app", http_event(method, target, body, **headers)))


def _wait(condition: Callable[[], object]) -> None:
    """Wait for a condition; raise RuntimeError when it does not come true."""
    if not comes_true(condition, within_s=_PATIENCE_S, look_s=0.01):
        raise RuntimeError("expected work to be done, waited in vain")


def _figures(way: str, found: Delays) -> Iterator[Figure]:
    for gap, several in found.items():
        yield figure(way, f"done after the answer, next request after {gap:g} s", several, unit="ms")


def _points(found: Delays) -> Iterator[tuple[float, float]]:
    for gap, several in found.items():
        yield gap, figure("", "", several).spread.median


def _verdict(delays: Mapping[str, Delays], lost: int, abandoned: int, jobs: DeferredJobs, *, holds: bool) -> str:
    gap = max(delays[THREAD])
    late = {way: list(_points(found))[-1][1] for way, found in delays.items()}
    job = figure("", "", jobs.done_ms).spread.median
    return (
        f"{'Yes' if holds else 'No'}: with the next request {gap:g} s later, {1000 * WORK_S:.0f} ms of work in a "
        f"thread was done {late[THREAD]:.0f} ms after the answer, {late[SERVER]:.0f} ms where nothing is frozen and "
        f"{late[SELF]:.0f} ms by self-invocation; without a next request {lost} of {abandoned} threads never "
        f"finished, and the app's own deferred resize was done after {job:.0f} ms."
    )
