"""Reads the log streams of a lab as an operator would: everything about a request comes from its log lines."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

import msgspec

from measurement.json_value import UnexpectedJson, decoded

_START: Final = re.compile(r"START RequestId: (\S+)")
_REPORT: Final = re.compile(r"REPORT RequestId: (\S+).*?(?:\tStatus: (\w+))?(?:\tError Type: (\S+))?\s*$")
_RAISED: Final = re.compile(r"\[ERROR\] \w+.*")


class LoggedRequest(msgspec.Struct, frozen=True, kw_only=True):
    """One request in the logs: how often it was started, its route, and how it failed.

    ``failures`` are Lambda's words or the app's status, one for each failed run; ``route`` is empty when
    no line names it.
    """

    request_id: str
    runs: int = 0
    route: str = ""
    failures: tuple[str, ...] = ()


def read(directory: Path, *, debug: bool = True) -> dict[str, LoggedRequest]:
    """Return the logged requests by id; without ``debug`` as if the log level were info."""
    requests: dict[str, LoggedRequest] = {}
    for path in sorted((directory / "logs").glob("*.log")):
        for found in _requests(path.read_text(errors="replace").splitlines(), debug=debug):
            before = requests.get(found.request_id, LoggedRequest(request_id=found.request_id))
            requests[found.request_id] = LoggedRequest(
                request_id=found.request_id,
                runs=before.runs + found.runs,
                route=before.route or found.route,
                failures=before.failures + found.failures,
            )
    return requests


def _requests(lines: Iterable[str], *, debug: bool) -> Iterator[LoggedRequest]:
    """Yield what each line adds to a request."""
    current = ""
    for line in lines:
        if start := _START.match(line):
            current = start[1]
            yield LoggedRequest(request_id=current, runs=1)
        elif report := _REPORT.match(line):
            failure = report[3] or report[2]
            yield LoggedRequest(request_id=report[1], failures=(failure,) if failure else ())
        elif _RAISED.match(line):
            yield LoggedRequest(request_id=current, failures=("raised",))
        elif line.startswith("{"):
            fields = _fields(line)
            if "route" in fields and (debug or fields.get("level") != "debug"):
                status = int(fields.get("status", 0))
                failures = (str(status),) if status >= 500 else ()
                yield LoggedRequest(request_id=fields["request_id"], route=fields["route"], failures=failures)


def _fields(line: str) -> dict[str, Any]:
    try:
        return decoded(line, dict[str, Any])
    except UnexpectedJson:
        return {}
