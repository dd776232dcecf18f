"""The ways in which an invocation can fail, and what the container is like afterwards."""

from __future__ import annotations

from typing import Final

from lab.validate.probe import GUIDE, LIFECYCLE, Probe
from lab.validate.probed_function import ProbeAnswer, ProbedFunction, Undecided

_TROUBLE: Final = f"{GUIDE}/troubleshooting-invocation.html"
_LONGEST_TIMEOUT_S: Final = 10


def _exception(function: ProbedFunction) -> str:
    answer = function.invoke("raise")
    return f"{answer.status} {answer.function_error}: {', '.join(sorted(answer.error))}"


def _message(function: ProbedFunction, answer: ProbeAnswer) -> str:
    """Return error type and message without the request id, and without the function's own timeout."""
    message = str(answer.error.get("errorMessage", "")).rpartition("Error: ")[2]
    message = message.replace(f"{function.timeout_s:.2f} seconds", "the timeout")
    return f"{answer.error.get('errorType', 'no errorType')}: {message}"


def _exit(function: ProbedFunction) -> str:
    return _message(function, function.invoke("exit"))


def _timeout(function: ProbedFunction) -> str:
    return _message(function, _timed_out(function))


def _timed_out(function: ProbedFunction, mark: str = "") -> ProbeAnswer:
    if function.timeout_s > _LONGEST_TIMEOUT_S:
        raise Undecided(f"the function's timeout is {function.timeout_s} s: deploy it with --timeout 3")
    return function.invoke("sleep", seconds=3 * function.timeout_s, mark=mark)


def _memory(function: ProbedFunction) -> str:
    return _message(function, function.invoke("fill"))


def _memory_report(function: ProbedFunction) -> str:
    log = function.invoke("fill", tail=True).log.decode(errors="replace")
    return log.rpartition("Error Type: ")[2].split("\n")[0].strip() if "Error Type: " in log else "no error type"


def _after_exit(function: ProbedFunction) -> str:
    mark = function.new_mark()
    function.invoke("exit", mark=mark)
    return _restarted(function, mark)


def _after_timeout(function: ProbedFunction) -> str:
    mark = function.new_mark()
    _timed_out(function, mark)
    return _restarted(function, mark)


def _restarted(function: ProbedFunction, mark: str) -> str:
    """Look at the container that has the mark of the one that failed, or else at a new one."""
    for answer in function.widening():
        is_kept, is_new = mark in answer.value["marks"], len(answer.value["seen"]) == 1
        if is_kept or is_new:
            init = "Init Duration" if b"Init Duration" in answer.log else "no Init Duration"
            return f"temp directory {'kept' if is_kept else 'new'}, {init}"
    raise Undecided("later invocations met other containers")


_RESET: Final = "temp directory kept, no Init Duration"

PROBES: Final[tuple[Probe[ProbedFunction], ...]] = (
    Probe(
        trait="an exception",
        documented="200 Unhandled: errorMessage, errorType, requestId, stackTrace",
        source=f"{GUIDE}/python-exceptions.html",
        look=_exception,
    ),
    Probe(
        trait="a process that exits",
        documented="Runtime.ExitError: Runtime exited with error: exit status 3",
        source=_TROUBLE,
        look=_exit,
    ),
    Probe(trait="the invocation after a process that exits", documented=_RESET, source=LIFECYCLE, look=_after_exit),
    Probe(
        trait="a timeout",
        documented="Sandbox.Timedout: Task timed out after the timeout",
        source=_TROUBLE,
        look=_timeout,
    ),
    Probe(trait="the invocation after a timeout", documented=_RESET, source=LIFECYCLE, look=_after_timeout),
    Probe(trait="out of memory: the answer", documented="", source=_TROUBLE, look=_memory),
    Probe(trait="out of memory: the REPORT line", documented="", source=_TROUBLE, look=_memory_report),
)
