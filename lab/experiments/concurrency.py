"""The latency of n requests at the same moment, in containers and in threads of one process."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Final

import msgspec

from lab.experiments.support.findings import DOCUMENTED, Finding, LineChart, Span, TimelineChart, figure
from lab.experiments.support.http_client import request
from lab.experiments.support.load import together
from lab.experiments.support.servers import gunicorn, serving
from lab.experiments.support.timeline_rows import timeline_rows
from lab.experiments.support.workbench import FUNCTIONS, Workbench
from measurement.figures import Figure
from measurement.processes import free_port

WAIT_S: Final = 0.2
COLD, WARM, THREADS = "cold containers", "warm containers", "one threaded process"
_CHARTED: Final = 20
_LATER_S: Final = 0.1


class Burst(msgspec.Struct, frozen=True):
    """n requests at once: the latency of each in ms, and the containers, or processes, that responded."""

    latencies: list[float]
    responders: frozenset[str]


class Round(msgspec.Struct, frozen=True, kw_only=True):
    """One n: the bursts against each kind of server, one for each repetition, and what the containers did.

    ``cold_again`` counts cold starts of the second burst, ``in_hand`` the requests that the server had in hand when
    it got twice as many as it has threads; ``rows`` are those of the last repetition.
    """

    count: int
    bursts: Mapping[str, Sequence[Burst]]
    cold_again: Sequence[int]
    in_hand: Sequence[int]
    rows: Mapping[str, tuple[Span, ...]]


def run(workbench: Workbench) -> Finding:
    """Send n requests at once to a fresh fleet, to the warm one, and to one process of n threads, several times."""
    counts = workbench.pick((1, 8), (1, 2, 5, 10, 20, 50, 100))
    repetitions = workbench.pick(1, 5)
    return judge([_round(workbench, count, repetitions) for count in workbench.steps("concurrency", counts)])


def judge(rounds: Sequence[Round]) -> Finding:
    """Return what follows from the rounds: every burst starts a container for each request, or needs one process."""
    holds = all(_in_containers(rounds)) and all(_in_one_process(rounds))
    charted = [each for each in rounds if each.count <= _CHARTED][-1]
    return Finding(
        title="Concurrency",
        claim="n requests at the same moment start n containers; a server takes them all in one process.",
        method=f"Each request waits {1000 * WAIT_S:.0f} ms, as for a database, in the same handler. All n are sent at "
        "once over loopback HTTP: through the gateway to a fleet without containers, again to the same fleet, and to "
        f"one gunicorn process with n threads, {len(rounds[-1].cold_again)} times. The server then gets 2n, which "
        "shows that it takes n at a time, no fewer and no more. A container takes one request at a "
        "time because the lab does as AWS says; the latencies are this machine's. Cold starts here share its "
        "cores; on Lambda they do not.",
        figures=tuple(each for found in rounds for each in _figures(found)),
        verdict=_verdict(rounds, holds=holds),
        holds=holds,
        basis=DOCUMENTED,
        charts=(
            LineChart(
                title="Median latency of n requests at once",
                across="requests at once",
                up="ms",
                lines={name: tuple(_points(rounds, name)) for name in (COLD, WARM, THREADS)},
            ),
            TimelineChart(title=f"{charted.count} requests at once, twice, to containers", rows=charted.rows),
        ),
    )


def _in_containers(rounds: Sequence[Round]) -> list[bool]:
    """Return for each burst whether as many containers started as there were requests."""
    return [len(each.responders) == found.count for found in rounds for each in found.bursts[COLD]]


def _in_one_process(rounds: Sequence[Round]) -> list[bool]:
    """Return for each repetition whether one process answered, and had all requests in hand at the same time."""
    return [
        len(each.responders) == 1 and in_hand == found.count
        for found in rounds
        for each, in_hand in zip(found.bursts[THREADS], found.in_hand, strict=True)
    ]


def burst(url: str, count: int, *, responder: str = "container") -> Burst:
    """Send ``count`` waiting requests at the same moment; ``responder`` is what names the one that responded."""
    responses = _at_once(f"{url}/?wait_s={WAIT_S}", count)
    return Burst([latency for latency, _ in responses], frozenset(str(body[responder]) for _, body in responses))


def _at_once(url: str, count: int) -> list[tuple[float, dict[str, Any]]]:
    """Send requests at the same moment, each over its own connection; return the latency in ms and the answer."""

    def one() -> tuple[float, dict[str, Any]]:
        began = time.perf_counter()
        response = request(url)
        latency = 1000 * (time.perf_counter() - began)
        return latency, msgspec.json.decode(response.body)

    return together([one] * count)


def _most_in_hand(url: str, threads: int, number: int) -> int:
    """Send twice as many requests as there should be threads; return how many the server had in hand at once.

    None of them is answered before so many are in hand, and each a little later, so that more threads would show.
    ``number`` tells this time from the others.
    """
    answers = _at_once(f"{url}/?together={threads}&time={number}&wait_s={_LATER_S}", 2 * threads)
    return max(int(answer["in_hand"]) for _, answer in answers)


def _server(workbench: Workbench, threads: int) -> AbstractContextManager[str]:
    port = free_port()
    command = [*gunicorn("waiting:wsgi", port), "--threads", str(threads), "--chdir", str(FUNCTIONS)]
    return serving(command, port, {}, workbench.directory)


def _round(workbench: Workbench, count: int, repetitions: int) -> Round:
    bursts: dict[str, list[Burst]] = {COLD: [], WARM: [], THREADS: []}
    cold_again = []
    for _ in range(repetitions):
        with workbench.lab(workbench.function("waiting.proxy", timeout_s=60.0)) as lab:
            bursts[COLD].append(burst(lab.url, count))
            bursts[WARM].append(burst(lab.url, count))
            cold_again.append(lab.timeline.totals.cold_starts - len(bursts[COLD][-1].responders))
            rows = timeline_rows(lab.timeline)
    with _server(workbench, count) as server:
        burst(server, 1, responder="process")
        bursts[THREADS] = [burst(server, count, responder="process") for _ in range(repetitions)]
        in_hand = [_most_in_hand(server, count, number) for number in range(repetitions)]
    return Round(count=count, bursts=bursts, cold_again=cold_again, in_hand=in_hand, rows=rows)


def _latencies(found: Round, name: str) -> list[float]:
    return [latency for each in found.bursts[name] for latency in each.latencies]


def _figures(found: Round) -> Iterator[Figure]:
    case = f"{found.count} at once"
    for name in found.bursts:
        yield figure(case, f"latency, {name}", _latencies(found, name), unit="ms")
    yield figure(case, "containers started", [len(each.responders) for each in found.bursts[COLD]])
    yield figure(case, "cold starts, second time", found.cold_again)
    yield figure(case, "processes of the server", [len(each.responders) for each in found.bursts[THREADS]])
    yield figure(case, "requests in its hands, of twice as many", found.in_hand)


def _points(rounds: Sequence[Round], name: str) -> Iterator[tuple[float, float]]:
    for each in rounds:
        yield each.count, figure("", "", _latencies(each, name)).spread.median


def _verdict(rounds: Sequence[Round], *, holds: bool) -> str:
    last = rounds[-1]
    cold, warm, threads = (next(_points([last], name))[1] for name in (COLD, WARM, THREADS))
    in_containers, in_process = _in_containers(rounds), _in_one_process(rounds)
    return (
        f"{'Yes' if holds else 'No'}: n requests at once started n containers in {sum(in_containers)} of "
        f"{len(in_containers)} bursts of {rounds[0].count} to {last.count}, and one process took all n at the same "
        f"time in {sum(in_process)} of {len(in_process)} (n = {len(last.cold_again)} for each size); of {last.count} "
        f"requests the median took {cold:.0f} ms when all containers were cold, {warm:.0f} ms when they were warm, and "
        f"{threads:.0f} ms in one process with {last.count} threads."
    )
