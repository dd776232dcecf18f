"""Tells the timeline what callers got, and which invocation it came from."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final
from uuid import uuid4

from lab.containers.outcomes import Outcome
from lab.containers.timeline import Timeline
from lab.errors import Throttled
from lab.http.server import Request, Response

_LONGEST_TITLE: Final = 120
_IMAGE_ID: Final = re.compile("[0-9a-f]{32}")


class RequestLog:
    """Logs requests through the gateway, which all go to ``function``, and invocations that bypass it."""

    def __init__(self, timeline: Timeline, function: str) -> None:
        self._timeline = timeline
        self._function = function

    def watch(self, request: Request, request_id: str) -> Callable[..., None]:
        """Note that a request has arrived, with its invocation's id, and return what to call with its response."""
        began = self._timeline.now()
        title = f"{request.method} {_IMAGE_ID.sub(_shortened, request.target)}"[:_LONGEST_TITLE]

        def answered(response: Response, *, refused: bool, timed_out: bool) -> None:
            self._timeline.log_request(
                title,
                began=began,
                status=response.status,
                function=self._function,
                request="" if refused else request_id,
                refused=refused,
                timed_out=timed_out,
            )

        return answered

    def run(self, title: str, function: str, invoke: Callable[[str], Outcome]) -> Outcome:
        """Run ``invoke`` with a new request id and log its outcome; raise what it raises."""
        began, request_id, status = self._timeline.now(), str(uuid4()), 500
        try:
            outcome = invoke(request_id)
            status = 500 if outcome.error_type else 200
            return outcome
        except Throttled:
            status = 429
            raise
        finally:
            refused = status == 429
            self._timeline.log_request(
                title,
                began=began,
                status=status,
                function=function,
                request="" if refused else request_id,
                refused=refused,
            )


def _shortened(image_id: re.Match[str]) -> str:
    return f"{image_id[0][:8]}…"
