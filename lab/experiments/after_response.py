"""Work that is left for after the response: when it really runs in a container that is frozen."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, Final

import msgspec

from lab.account.function import Function
from lab.experiments.support.findings import DOCUMENTED, Finding, LineChart, Span, TimelineChart, figure
from lab.experiments.support.images import solid_png
from lab.experiments.support.invocations import add_function, http_event, http_response, invoke
from lab.experiments.support.polling import wait_until
from lab.experiments.support.timeline_rows import timeline_rows
from lab.experiments.support.workbench import Workbench
from lab.http.server import Response
from lab.local_lambda import LocalLambda

WORK_S: Final = 0.2
THREAD, SELF, SERVER = "thread, frozen", "self-invocation", "thread, never frozen"
# the next request takes a while: if it ended at once, the work could be frozen again halfway
NEXT_S: Final = 0.1
_TIMEOUT_S: Final = 30.0
# how long to wait for lost work after its container has ended
_LOST_AFTER_S: Final = 0.3

# gap until the next request in s -> how long after the response the work was done, in ms
Delays = Mapping[float, list[float]]


class DeferredJobs(msgspec.Struct, frozen=True, kw_only=True):
    """The app's ``Prefer: respond-async``: time to the 202, and from there to the end of the job, in ms."""

    accepted_ms: list[float]
    done_ms: list[float]


class AbandonedWork(msgspec.Struct, frozen=True):
    """Work in a container without a next request: how often it was left, and how often it was never done."""

    left: int
    lost: int


def run(workbench: Workbench) -> Finding:
    """Leave work for later in each way, with growing gaps until the next request."""
    gaps, repeats = workbench.pick((0.3, 0.7), (0.25, 0.5, 1.0, 2.0, 4.0)), workbench.pick(1, 5)
    delays, rows = _delays(workbench, gaps, repeats)
    abandoned = _abandoned(workbench, workbench.pick(1, 5))
    return judge(delays, abandoned, _jobs(workbench, workbench.pick(2, 5)), rows)


def judge(
    delays: Mapping[str, Delays], abandoned: AbandonedWork, jobs: DeferredJobs, rows: Mapping[str, tuple[Span, ...]]
) -> Finding:
    """Return what follows from the delays: every thread has to wait for the next request, and without one be lost.

    Nothing follows when the work came as late where nothing is frozen: then it was not the freeze.
    """
    longest = max(delays[SERVER])
    waited = all(done > 900 * gap for gap, several in delays[THREAD].items() for done in several)
    kept = abandoned.left - abandoned.lost
    is_at_once = all(done < 900 * longest for done in delays[SERVER][longest])
    holds = waited and not kept if is_at_once else None
    return Finding(
        title="After the response",
        claim="Work scheduled for after the response does not run on Lambda until the next request, if there is one.",
        method=f"A handler responds and leaves {1000 * WORK_S:.0f} ms of waiting and a note of the time to a thread, "
        f"or to an asynchronous invocation of itself. The next request comes after a gap and takes {1000 * NEXT_S:.0f} "
        "ms, or never comes. A container that is not frozen stands for a server. The app's own way, Prefer: "
        "respond-async on POST /resize, is polled every 10 ms. That Lambda freezes a container is its rule; what "
        "becomes of the work then is measured.",
        figures=(
            *(
                figure(way, f"done after the response, next request after {gap:g} s", several, unit="ms")
                for way, found in delays.items()
                for gap, several in found.items()
            ),
            figure(THREAD, "lost, when no request followed", [100.0] * abandoned.lost + [0.0] * kept, unit="%"),
            figure("the app, respond-async", "accepted", jobs.accepted_ms, unit="ms"),
            figure("the app, respond-async", "done after the response", jobs.done_ms, unit="ms"),
        ),
        verdict=_verdict(delays, abandoned, jobs, holds=holds),
        holds=holds,
        basis=DOCUMENTED,
        charts=(
            LineChart(
                title="When work left for later was done",
                across="seconds until the next request",
                up="ms after the response",
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
        labs = {THREAD: (lab, "thread"), SELF: (lab, "self"), SERVER: (unfrozen, "thread")}
        for number, (used, _) in enumerate(labs.values()):
            add_function(used, _deferring(workbench, f"later-{number}"))
        waiting = {
            way: pool.submit(_per_gap, workbench, used, f"later-{number}", do, gaps=gaps, repeats=repeats)
            for number, (way, (used, do)) in enumerate(labs.items())
        }
        found = {way: waiting[way].result() for way in workbench.steps("after_response: later", list(waiting))}
        frozen = {each.name for each in lab.fleet.containers if each.function.name == "later-0"}
        return found, timeline_rows(lab.timeline, only=frozenset(frozen))


def _per_gap(
    workbench: Workbench, lab: LocalLambda, name: str, do: str, *, gaps: tuple[float, ...], repeats: int
) -> Delays:
    note = workbench.directory / name
    return {gap: [delay(lab, name, do, gap, note) for _ in range(repeats)] for gap in gaps}


def delay(lab: LocalLambda, name: str, do: str, gap: float, note: Path) -> float:
    """Leave work for later and send the next request after ``gap`` seconds; return when ``note`` was written, in ms."""
    note.unlink(missing_ok=True)
    invoke(lab, name, {"do": do, "work_s": WORK_S, "path": str(note)})
    responded = time.time()
    time.sleep(gap)
    invoke(lab, name, {"do": "wait", "wait_s": NEXT_S})
    wait_until(lambda: note.exists() and note.read_text(), "the note of the work", within_s=_TIMEOUT_S, interval_s=0.01)
    return 1000 * (float(note.read_text()) - responded)


def _deferring(workbench: Workbench, name: str) -> Function:
    """Return the function that leaves a note in the directory when its work is done."""
    return workbench.function("deferring.handler", name=name, file_systems=(workbench.directory,))


def _abandoned(workbench: Workbench, repeats: int) -> AbandonedWork:
    """Leave work in containers that get no next request."""
    notes = [workbench.directory / f"abandoned-{number}" for number in range(repeats)]
    with workbench.lab(_deferring(workbench, "later"), idle_s=3 * WORK_S) as lab:
        for note in workbench.steps("after_response: abandoned", notes):
            invoke(lab, "later", {"do": "thread", "work_s": WORK_S, "path": str(note)})
            wait_until(lambda: not lab.fleet.containers, "the end of the idle container", within_s=_TIMEOUT_S)
        time.sleep(_LOST_AFTER_S)
    return AbandonedWork(repeats, sum(not note.exists() for note in notes))


def _jobs(workbench: Workbench, repeats: int) -> DeferredJobs:
    """Return how long the app's own deferred work takes; each job resizes another image."""
    accepted, done = [], []
    with workbench.lab(workbench.function("waiting.handler")) as lab:
        add_function(lab, workbench.app(name="app"))
        for number in workbench.steps("after_response: the app", range(repeats)):
            began = time.perf_counter()
            response = _send(lab, "POST", "/resize?width=48", solid_png((64, 48), number), Prefer="respond-async")
            accepted.append(1000 * (time.perf_counter() - began))
            began = time.perf_counter()
            job = dict(response.headers)["Location"].partition("/status/")[2]
            wait_until(partial(_is_done, lab, job), "the end of the job", within_s=_TIMEOUT_S, interval_s=0.01)
            done.append(1000 * (time.perf_counter() - began))
    return DeferredJobs(accepted_ms=accepted, done_ms=done)


def _is_done(lab: LocalLambda, job: str) -> bool:
    state: dict[str, Any] = msgspec.json.decode(_send(lab, "GET", f"/status/{job}").body)
    if state["status"] == "failed":
        raise RuntimeError(f"the job failed: {state}")
    return bool(state["status"] == "done")


def _send(lab: LocalLambda, method: str, target: str, body: bytes = b"", **headers: str) -> Response:
    return http_response(invoke(lab, "app", http_event(method, target, body, **headers)))


def _points(found: Delays) -> Iterator[tuple[float, float]]:
    for gap, several in found.items():
        yield gap, figure("", "", several).spread.median


def _verdict(delays: Mapping[str, Delays], abandoned: AbandonedWork, jobs: DeferredJobs, *, holds: bool | None) -> str:
    gap, job = max(delays[THREAD]), figure("", "", jobs.done_ms).spread.median
    late = {way: list(_points(found))[-1][1] for way, found in delays.items()}
    answer = {True: "Yes", False: "No", None: "It cannot be told"}[holds]
    return (
        f"{answer}: {1000 * WORK_S:.0f} ms of work in a thread, with the next request {gap:g} s "
        f"later, was done {late[THREAD]:.0f} ms after the response, {late[SERVER]:.0f} ms where nothing is frozen, and "
        f"{late[SELF]:.0f} ms by self-invocation (n = {len(delays[THREAD][gap])}); without a next request "
        f"{abandoned.lost} of {abandoned.left} threads never finished; the app's own deferred resize was done after "
        f"{job:.0f} ms (n = {len(jobs.done_ms)})."
    )
