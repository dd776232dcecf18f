"""The history of containers, invocations and callers, for the live page to draw and the experiments to count."""

from __future__ import annotations

import threading
import time
from collections import Counter, deque
from collections.abc import Callable
from enum import StrEnum
from itertools import takewhile
from typing import TypeVar

import msgspec

from lab.containers.report_line import InvocationReport
from lab.costs import prices


class ContainerState(StrEnum):
    """What a container is doing; AFTER is between the reply and the freeze, GONE after a regular end.

    KILLED is the end of its process; a container that is reset may SERVE again.
    """

    INIT = "init"
    SERVE = "serve"
    AFTER = "after"
    IDLE = "idle"
    FROZEN = "frozen"
    KILLED = "killed"
    GONE = "gone"


class StateChange(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A container entered a state, ``at`` seconds after the lab started.

    ``note`` is the function and its version (``name:version``) at INIT, the request id at SERVE, and the reason
    at KILLED. ``cpu_ms`` comes with FROZEN: the CPU used between the reply and the freeze. IDLE takes the place
    of FROZEN when freezing is switched off.
    """

    sequence: int
    at: float
    container: str
    state: ContainerState
    note: str = ""
    cpu_ms: float = 0.0


class ServedInvocation(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The figures of one finished invocation, by Lambda's request id; ``at`` is its end."""

    sequence: int
    at: float
    request: str
    duration_ms: float
    billed_ms: int
    dollars: float
    init_ms: float | None = None
    cold: bool = False
    error: bool = False


class CallerAnswer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What one caller got, and when.

    ``request`` is the id of its invocation, empty if there was none: because concurrency was used up
    (``refused``), or the gateway answered by itself. ``timed_out`` says that it did so because it stopped waiting,
    which the status does not: a function may answer 503 or 504 too.
    """

    sequence: int
    began: float
    ended: float
    title: str
    status: int
    function: str
    request: str = ""
    refused: bool = False
    timed_out: bool = False


Entry = TypeVar("Entry", StateChange, ServedInvocation, CallerAnswer)


class TimelineNews(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that happened after a sequence number."""

    changes: list[StateChange]
    served: list[ServedInvocation]
    requests: list[CallerAnswer]


class Totals(msgspec.Struct, kw_only=True):
    """Counters since the lab started."""

    invocations: int = 0
    cold_starts: int = 0
    throttles: int = 0


class Timeline:
    """Running totals, and a history of the last ``keep`` state changes and of as many requests as make those."""

    def __init__(self, *, keep: int = 12_000, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._began = clock()
        self._lock = threading.Lock()
        self._changes: deque[StateChange] = deque(maxlen=keep)
        # a request changes the state of a container twice, and more often where it is cold
        self._served: deque[ServedInvocation] = deque(maxlen=keep // 2)
        self._requests: deque[CallerAnswer] = deque(maxlen=keep // 2)
        self._sequence = 0
        self._states: dict[str, ContainerState] = {}
        self.totals = Totals()

    def enter(self, container: str, state: ContainerState, *, note: str = "", cpu_ms: float = 0.0) -> None:
        """Record that ``container`` entered ``state``."""
        with self._lock:
            self._sequence += 1
            self._changes.append(
                StateChange(
                    sequence=self._sequence,
                    at=self._clock() - self._began,
                    container=container,
                    state=state,
                    note=note,
                    cpu_ms=cpu_ms,
                )
            )
            self._states[container] = state
            if state in (ContainerState.GONE, ContainerState.KILLED):
                self._states.pop(container, None)

    def count(self, report: InvocationReport, *, cold: bool, error: bool) -> None:
        """Count one finished invocation."""
        gb_seconds = prices.gb_seconds(memory_mb=report.memory_mb, billed_ms=report.billed_ms)
        with self._lock:
            self.totals.invocations += 1
            self.totals.cold_starts += cold
            self._sequence += 1
            self._served.append(
                ServedInvocation(
                    sequence=self._sequence,
                    at=self.now(),
                    request=report.request_id,
                    duration_ms=report.duration_ms,
                    billed_ms=report.billed_ms,
                    dollars=prices.invocations(1, gb_seconds),
                    init_ms=report.init_ms,
                    cold=cold,
                    error=error,
                )
            )

    def count_throttle(self) -> None:
        """Count one throttled request."""
        with self._lock:
            self.totals.throttles += 1

    def log_request(
        self,
        title: str,
        *,
        began: float,
        status: int,
        function: str,
        request: str = "",
        refused: bool = False,
        timed_out: bool = False,
    ) -> None:
        """Record that a caller has its answer now; ``began`` is when it asked."""
        with self._lock:
            self._sequence += 1
            self._requests.append(
                CallerAnswer(
                    sequence=self._sequence,
                    began=began,
                    ended=self.now(),
                    title=title,
                    status=status,
                    function=function,
                    request=request,
                    refused=refused,
                    timed_out=timed_out,
                )
            )

    def now(self) -> float:
        """Return the seconds since the lab started."""
        return self._clock() - self._began

    def since(self, sequence: int) -> list[StateChange]:
        """Return the changes after the one numbered ``sequence``; 0 for all that are kept."""
        with self._lock:
            return _after(self._changes, sequence)

    def news(self, sequence: int) -> TimelineNews:
        """Return everything after ``sequence``; 0 for all that is kept."""
        with self._lock:
            return TimelineNews(
                changes=_after(self._changes, sequence),
                served=_after(self._served, sequence),
                requests=_after(self._requests, sequence),
            )

    def states(self) -> Counter[ContainerState]:
        """Return how many living containers are in each state."""
        with self._lock:
            return Counter(self._states.values())


def _after(kept: deque[Entry], sequence: int) -> list[Entry]:
    """Return the newest entries, those after ``sequence``, in order; the rest, nearly all of them, is not looked at."""
    found = list(takewhile(lambda each: each.sequence > sequence, reversed(kept)))
    found.reverse()
    return found
