"""The live page at /_lab: its files, the data it polls, and what its buttons do."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs

import msgspec

from lab.account.concurrency import Concurrency
from lab.containers.timeline import ContainerState, Timeline
from lab.costs.prices import AWS
from lab.errors import LabError
from lab.http.server import NOT_LOCAL, Headers, Request, Response, json_response
from lab.pages import recorded_run
from lab.pages.scenes import SceneRunner
from lab.pages.traffic import RequestSender, TrafficRequest
from measurement.json_value import decoded

PATH: Final = "/_lab"
_FILES: Final = Path(__file__).parent
_TYPES: Final = {".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css"}
# as far as JavaScript counts
_SINCE: Final = re.compile("[0-9]{1,15}")
_HEADERS: Final[Headers] = (
    (
        "Content-Security-Policy",
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src 'self'; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'none'",
    ),
    ("X-Content-Type-Options", "nosniff"),
    ("Cache-Control", "no-store"),
)


class LivePage:
    """Responds to everything under /_lab; ``facts`` are lines that the page shows unchanged.

    ``sender`` sends the traffic that the page asks for.
    """

    def __init__(
        self,
        timeline: Timeline,
        concurrency: Concurrency,
        sender: RequestSender,
        *,
        facts: Callable[[], dict[str, str]],
        kill_all: Callable[[], int],
    ) -> None:
        self._timeline = timeline
        self._concurrency = concurrency
        self._facts = facts
        self._kill_all = kill_all
        self._sender = sender
        self._scenes = SceneRunner((), timeline.now)
        self._commands: Mapping[str, Callable[[Request], object]] = {
            "burst": self._burst,
            "rate": self._rate,
            "kill": lambda request: {"killed": self._kill_all()},
            "scene": self._scene,
        }

    def offer(self, scenes: SceneRunner) -> None:
        """Set the scenes that the page can play."""
        self._scenes = scenes

    def respond(self, request: Request) -> Response | None:
        """Return the page's response, or None for a path that is not under /_lab."""
        if request.path != PATH and not request.path.startswith(f"{PATH}/"):
            return None
        if not request.is_local:
            return json_response(403, {"message": NOT_LOCAL}, _HEADERS)
        name = request.path.removeprefix(PATH).strip("/") or "index.html"
        if name == "events":
            return self._events(request)
        if name == "recording.json":
            recorded = self.recorded()
            return Response(status=200, headers=(("Content-Type", "application/json"), *_HEADERS), body=recorded)
        if name in self._commands:
            return self._command(self._commands[name], request)
        return _file(name)

    def recorded(self) -> bytes:
        """Return what has happened so far as a recording, which ``lab replay`` and the page itself can play."""
        run = recorded_run.recorded(self._timeline, self._scenes.captions, limit=self._concurrency.limit)
        return recorded_run.encoded(run)

    def _events(self, request: Request) -> Response:
        """Return what happened after the change that the page knows, the number ``since``."""
        since = parse_qs(request.query, keep_blank_values=True).get("since", ["0"])[0]
        if not _SINCE.fullmatch(since):
            return json_response(400, {"message": "since: expected a number"}, _HEADERS)
        return json_response(200, self._news(int(since)), _HEADERS)

    def _news(self, since: int) -> dict[str, Any]:
        running = self._concurrency.running
        serving = min(running, self._timeline.states()[ContainerState.SERVE])
        return {
            "now": self._timeline.now(),
            **msgspec.structs.asdict(self._timeline.news(since)),
            "serving": serving,
            "waiting": running - serving,
            "limit": self._concurrency.limit,
            "rate": self._sender.rate,
            "prices": {"region": AWS.region, "read_on": AWS.read_on},
            "facts": self._facts(),
            "scenes": [{"name": each.name, "title": each.title} for each in self._scenes.scenes],
            "captions": self._scenes.captions,
        }

    def _command(self, command: Callable[[Request], object], request: Request) -> Response:
        """Run a command of the page, which only the page itself may send."""
        # CSRF: a page of another site can post a form here, but not with a custom header
        if request.method != "POST" or request.header("X-Lab") != "1":
            return json_response(403, {"message": "POST with X-Lab: 1"}, _HEADERS)
        try:
            return json_response(200, command(request), _HEADERS)
        except (ValueError, LabError) as exc:
            return json_response(400, {"message": str(exc)}, _HEADERS)

    def _burst(self, request: Request) -> object:
        asked = decoded(request.body, TrafficRequest)
        statuses = self._sender.burst(asked, host=request.header("Host"))
        return {"statuses": {str(status): each for status, each in sorted(statuses.items())}}

    def _rate(self, request: Request) -> object:
        asked = decoded(request.body, TrafficRequest)
        self._sender.keep_sending(asked, host=request.header("Host"))
        return {"rate": asked.rate}

    def _scene(self, request: Request) -> object:
        return {"started": self._scenes.start(decoded(request.body, _SceneName).name)}


class _SceneName(msgspec.Struct, frozen=True):
    name: str


def _file(name: str) -> Response:
    known = {path.name: path for path in _FILES.iterdir() if path.suffix in _TYPES}
    if name not in known:
        return json_response(404, {"message": "Not Found"}, _HEADERS)
    path = known[name]
    return Response(status=200, headers=(("Content-Type", _TYPES[path.suffix]), *_HEADERS), body=path.read_bytes())
