"""What the log streams of a lab tell about each invocation, read as an operator would: nothing else is asked."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

import msgspec

_START: Final = re.compile(r"START RequestId: (\S+)")
_REPORT: Final = re.compile(r"REPORT RequestId: (\S+).*?(?:\tStatus: (\w+))?(?:\tError Type: (\S+))?\s*$")
_RAISED: Final = re.compile(r"\[ERROR\] \w+.*")


class LoggedRequest(msgspec.Struct, frozen=True, kw_only=True):
    """One request in the logs: how often it was begun, and how it ended.

    ``ends`` are Lambda's words or the app's status, one for each time that failed; ``route`` is empty
    when no line names it.
    """

    request_id: str
    runs: int = 0
    route: str = ""
    ends: tuple[str, ...] = ()


def read(directory: Path, *, debug: bool = True) -> dict[str, LoggedRequest]:
    """Return what the logs tell by request id; without ``debug`` what they would tell at level info."""
    told: dict[str, LoggedRequest] = {}
    for path in sorted((directory / "logs").glob("*.log")):
        for request_id, news in _news(path.read_text(errors="replace").splitlines(), debug=debug):
            before = told.get(request_id, LoggedRequest(request_id=request_id))
            told[request_id] = LoggedRequest(
                request_id=request_id,
                runs=before.runs + news.runs,
                route=before.route or news.route,
                ends=before.ends + news.ends,
            )
    return told


def _news(lines: Iterable[str], *, debug: bool) -> Iterator[tuple[str, LoggedRequest]]:
    current = ""
    for line in lines:
        if start := _START.match(line):
            current = start[1]
            yield current, LoggedRequest(request_id=current, runs=1)
        elif report := _REPORT.match(line):
            end = report[3] or report[2]
            yield report[1], LoggedRequest(request_id=report[1], ends=(end,) if end else ())
        elif _RAISED.match(line):
            yield current, LoggedRequest(request_id=current, ends=("raised",))
        elif line.startswith("{"):
            fields = _fields(line)
            if "route" in fields and (debug or fields.get("level") != "debug"):
                status = int(fields.get("status", 0))
                ends = (str(status),) if status >= 500 else ()
                yield (
                    fields["request_id"],
                    LoggedRequest(request_id=fields["request_id"], route=fields["route"], ends=ends),
                )


def _fields(line: str) -> dict[str, Any]:
    try:
        return msgspec.json.decode(line, type=dict[str, Any])
    except msgspec.DecodeError:
        return {}
