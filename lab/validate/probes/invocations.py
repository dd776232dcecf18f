"""How the API answers: synchronous, asynchronous and dry, with the tail of the log."""

from __future__ import annotations

import base64
import json
import math
import re
import time
from typing import Final

from lab.validate.probe import GUIDE, INVOKE, Probe
from lab.validate.probed_function import ProbedFunction, Undecided

_LOGS: Final = f"{GUIDE}/python-logging.html"
_ASYNC: Final = f"{GUIDE}/invocation-async-error-handling.html"
_BILLING: Final = "https://aws.amazon.com/blogs/compute/aws-lambda-standardizes-billing-for-init-phase/"
_FIGURE: Final = re.compile(rb"(Billed Duration|Init Duration|Duration): ([\d.]+) ms")
_TAIL_BYTES: Final = 4096
_POLL_S: Final = 1.0
# a new account may run ten
_MOST_AT_ONCE: Final = 8


def _synchronous(function: ProbedFunction) -> str:
    answer = function.invoke("length", text="four")
    return f"{answer.status}, version {answer.version}"


def _request_id(function: ProbedFunction) -> str:
    answer = function.invoke("state")
    same = answer.request_id == answer.value["request_id"]
    return "the one in the context" if same else "another than in the context"


def _tail(function: ProbedFunction) -> str:
    return f"{len(function.invoke('print', tail=True, bytes=3 * _TAIL_BYTES).log):,} bytes of more"


def _lines(function: ProbedFunction) -> str:
    lines = function.invoke("state", tail=True).log.decode().splitlines()
    words = ("START RequestId: ", "END RequestId: ", "REPORT RequestId: ")
    return ", ".join(word.split()[0] for word in words if any(line.startswith(word) for line in lines)) or "none"


def _cold_log(function: ProbedFunction) -> str:
    return "with INIT_START" if b"INIT_START " in function.cold_log else "without INIT_START"


def _cold_bill(function: ProbedFunction) -> str:
    figures = _figures(function.cold_log)
    return _rounded_up(figures, figures["Duration"] + figures["Init Duration"], "INIT and duration")


def _warm_bill(function: ProbedFunction) -> str:
    function.invoke("state")
    figures = _figures(function.invoke("state", tail=True).log)
    if "Init Duration" in figures:
        raise Undecided("the invocation was a cold start")
    return _rounded_up(figures, figures["Duration"], "duration")


def _rounded_up(figures: dict[str, float], ms: float, what: str) -> str:
    # the parts are written with two digits, so their sum may be off by one of them
    expected = {math.ceil(ms - 0.02), math.ceil(ms), math.ceil(ms + 0.02)}
    return f"{what}, rounded up to 1 ms" if figures["Billed Duration"] in expected else "another amount"


def _figures(log: bytes) -> dict[str, float]:
    found = {name.decode(): float(value) for name, value in _FIGURE.findall(log.rpartition(b"REPORT ")[2])}
    if "Duration" not in found:
        raise Undecided("there is no REPORT line in the tail of the log")
    return found


def _dry_run(function: ProbedFunction) -> str:
    before = function.invoke("state").value
    status = function.send(b'{"do": "state"}', InvocationType="DryRun").status
    after = function.again(before)
    return f"{status}, {'runs nothing' if len(after['seen']) == len(before['seen']) + 1 else 'runs'}"


def _event(function: ProbedFunction) -> str:
    answer = function.send(b'{"do": "state"}', InvocationType="Event")
    return f"{answer.status}, {len(answer.payload)} bytes"


def _client_context(function: ProbedFunction) -> str:
    custom = {"who": "probe"}
    context = base64.b64encode(json.dumps({"custom": custom}).encode()).decode()
    value = function.send(b'{"do": "facts"}', ClientContext=context).value
    return "reaches the function" if value["context"]["client"] == custom else "is lost"


def _retries(function: ProbedFunction) -> str:
    """Count the runs of one event that fails, over the containers that answer: more and more, until all runs are met.

    One that has run it may not be among the first to be asked again.
    """
    request_id = function.send(b'{"do": "raise"}', InvocationType="Event").request_id
    runs: dict[str, int] = {}
    end, count = time.monotonic() + function.patience_s, 3
    while sum(runs.values()) < 3 and time.monotonic() < end:
        time.sleep(_POLL_S)
        for answer in function.at_once(count, "state", seconds=_POLL_S):
            runs[answer.value["container"]] = answer.value["seen"].count(request_id)
        count = min(count + 1, _MOST_AT_ONCE)
    return f"runs {sum(runs.values())} times under one request id"


PROBES: Final[tuple[Probe[ProbedFunction], ...]] = (
    Probe(trait="synchronous invocation", documented="200, version $LATEST", source=INVOKE, look=_synchronous),
    Probe(trait="request id of the answer", documented="the one in the context", source=INVOKE, look=_request_id),
    Probe(trait="LogType=Tail", documented=f"{_TAIL_BYTES:,} bytes of more", source=INVOKE, look=_tail),
    Probe(trait="log lines", documented="START, END, REPORT", source=_LOGS, look=_lines),
    Probe(
        trait="bill of a warm invocation",
        documented="duration, rounded up to 1 ms",
        source=_BILLING,
        look=_warm_bill,
    ),
    Probe(trait="DryRun", documented="204, runs nothing", source=INVOKE, look=_dry_run),
    Probe(trait="ClientContext", documented="reaches the function", source=INVOKE, look=_client_context),
)
COLD: Final[tuple[Probe[ProbedFunction], ...]] = (
    Probe(trait="LogType=Tail of a cold start", documented="", source=_LOGS, look=_cold_log),
    Probe(
        trait="bill of a cold start",
        documented="INIT and duration, rounded up to 1 ms",
        source=_BILLING,
        look=_cold_bill,
    ),
)
# these run beside later invocations
ASYNCHRONOUS: Final[tuple[Probe[ProbedFunction], ...]] = (
    Probe(trait="asynchronous invocation", documented="202, 0 bytes", source=INVOKE, look=_event),
    Probe(
        trait="an asynchronous event that fails",
        documented="runs 3 times under one request id",
        source=_ASYNC,
        look=_retries,
        slow=True,
    ),
)
