"""The live page at /_lab: its files, the data it polls, and the burst its button fires."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs

import msgspec

from lab.accounts.concurrency import Concurrency
from lab.containers.timeline import Timeline
from lab.costs.prices import AWS
from lab.http.server import Headers, Request, Response, json_response

PATH: Final = "/_lab"
_MAX_BURST: Final = 500
_FILES: Final = Path(__file__).parent
_TYPES: Final = {".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css"}
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
    """Responds to everything under /_lab; ``facts`` are lines that the page shows unchanged."""

    def __init__(
        self, timeline: Timeline, concurrency: Concurrency, *, facts: Callable[[], dict[str, str]], prefix: str
    ) -> None:
        self._timeline = timeline
        self._concurrency = concurrency
        self._facts = facts
        self._prefix = prefix
        self._send: Callable[[Request], Response] | None = None

    def send_bursts_through(self, send: Callable[[Request], Response]) -> None:
        """Set the gateway that bursts go through."""
        self._send = send

    def respond(self, request: Request) -> Response | None:
        """Return the page's response, or None for a path that is not under /_lab."""
        if request.path != PATH and not request.path.startswith(f"{PATH}/"):
            return None
        name = request.path.removeprefix(PATH).strip("/") or "index.html"
        if name == "events":
            return json_response(200, self._events(request), _HEADERS)
        if name == "burst":
            return self._burst(request)
        return _file(name)

    def _events(self, request: Request) -> dict[str, Any]:
        since = parse_qs(request.query).get("since", ["0"])[0]
        totals = self._timeline.totals
        return {
            "now": self._timeline.now(),
            "changes": self._timeline.since(int(since) if since.isdecimal() else 0),
            "totals": totals,
            "dollars": totals.dollars,
            "running": self._concurrency.running,
            "limit": self._concurrency.limit,
            "prices": {"region": AWS.region, "read_on": AWS.read_on},
            "facts": self._facts(),
        }

    def _burst(self, request: Request) -> Response:
        """Send requests at once, through the gateway's own translation, and respond with their status codes."""
        # CSRF: a page of another site can post a form here, but not with a custom header
        if request.method != "POST" or request.header("X-Lab") != "1" or self._send is None:
            return json_response(403, {"message": "POST with X-Lab: 1"}, _HEADERS)
        try:
            burst = msgspec.json.decode(request.body, type=_Burst)
        except msgspec.DecodeError as exc:
            return json_response(400, {"message": str(exc)}, _HEADERS)
        sent = Request(method="GET", target=self._prefix + burst.path, headers=(("Host", request.header("Host")),))
        count = min(burst.count, _MAX_BURST)
        with ThreadPoolExecutor(max(1, count)) as pool:
            statuses = Counter(response.status for response in pool.map(self._send, [sent] * count))
        return json_response(200, {"statuses": {str(status): each for status, each in statuses.items()}}, _HEADERS)


class _Burst(msgspec.Struct, frozen=True):
    count: int
    path: str = "/healthz"


def _file(name: str) -> Response:
    known = {path.name: path for path in _FILES.iterdir() if path.suffix in _TYPES}
    if name not in known:
        return json_response(404, {"message": "Not Found"}, _HEADERS)
    path = known[name]
    return Response(status=200, headers=(("Content-Type", _TYPES[path.suffix]), *_HEADERS), body=path.read_bytes())
