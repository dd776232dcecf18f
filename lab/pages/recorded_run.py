"""A recorded run: everything that the live page was told, in a file, and as one HTML page that needs nothing else."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import msgspec

from lab.containers.timeline import CallerAnswer, ServedInvocation, StateChange, Timeline
from lab.costs.prices import AWS
from lab.file_checks import as_setup_errors
from lab.pages.scenes import Caption
from measurement.json_text import json_text
from measurement.json_value import decoded
from measurement.machine import machine

_FILES: Final = Path(__file__).parent
# in the order in which they need one another
_MODULES: Final = ("words.js", "model.js", "chart.js", "lane.js", "player.js", "replay.js")
_DIGITS: Final = 4


class RecordedRun(msgspec.Struct, frozen=True, kw_only=True):
    """What happened in a lab until ``ended``, in seconds; ids are short numbers, and the captions tell the story."""

    date: str
    machine: Mapping[str, str]
    prices: Mapping[str, str]
    limit: int
    ended: float
    captions: list[Caption]
    changes: list[StateChange]
    served: list[ServedInvocation]
    requests: list[CallerAnswer]


def recorded(timeline: Timeline, captions: Sequence[Caption], *, limit: int) -> RecordedRun:
    """Return everything that the timeline still keeps."""
    news, short = timeline.news(0), _ShortIds()
    return RecordedRun(
        date=datetime.now(UTC).date().isoformat(),
        machine=machine(),
        prices={"region": AWS.region, "read_on": AWS.read_on},
        limit=limit,
        ended=timeline.now(),
        captions=list(captions),
        changes=[
            msgspec.structs.replace(
                each, container=short(each.container), note=short(each.note) if each.state == "serve" else each.note
            )
            for each in news.changes
        ],
        served=[msgspec.structs.replace(each, request=short(each.request)) for each in news.served],
        requests=[msgspec.structs.replace(each, request=short(each.request)) for each in news.requests],
    )


def encoded(run: RecordedRun) -> bytes:
    """Return the recording as JSON, an event on each line, times to a tenth of a millisecond."""
    return json_text(_rounded(msgspec.to_builtins(run))).encode()


def read(path: Path) -> RecordedRun:
    """Return the recording in a file; raise SetupError, naming the file, when there is none in it."""
    with as_setup_errors(path, expected="a run that `tour --record` or the live page has recorded"):
        return decoded(path.read_bytes(), RecordedRun)


def page(run: RecordedRun) -> str:
    """Return the recording as one HTML page, which opens from a disk and loads nothing."""
    style = (_FILES / "lab.css").read_text(encoding="utf-8")
    script = "".join(_inlined(name) for name in _MODULES)
    parts = {
        "STYLE": style,
        "SCRIPT": script,
        "STYLE_HASH": _digest(style),
        "SCRIPT_HASH": _digest(script),
        # in a script element "<" could end it
        "RUN": encoded(run).decode().replace("<", "\\u003c"),
    }
    template = (_FILES / "replay.html").read_text(encoding="utf-8")
    return re.sub("|".join(f"@{name}@" for name in parts), lambda found: parts[found[0].strip("@")], template)


def _inlined(name: str) -> str:
    """Return a module without the lines that tie it to others, which stand before it in the page."""
    text = (_FILES / name).read_text(encoding="utf-8")
    return re.sub(r"^import .*;\n|^export ", "", text, flags=re.MULTILINE)


def _digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _rounded(value: Any) -> Any:
    """Return ``value`` with its times rounded; prices, which are much smaller, keep their digits."""
    if isinstance(value, dict):
        return {name: item if name == "dollars" else _rounded(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_rounded(item) for item in value]
    return round(value, _DIGITS) if isinstance(value, float) else value


class _ShortIds:
    """Gives each id a number of its own, the same each time; no id stays none."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}

    def __call__(self, name: str) -> str:
        return self._known.setdefault(name, str(len(self._known) + 1)) if name else ""
