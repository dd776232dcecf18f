"""A deployed probe function behind a URL: a REST API, an HTTP API or a Function URL."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any, Final, Literal

from lab.validate.probed_function import Undecided
from measurement.json_value import UnexpectedJson, decoded

ApiName = Literal["REST API", "HTTP API", "Function URL"]

_TIMEOUT_S: Final = 60


class ProbedUrl:
    """Sends requests to the function behind ``url`` with ``send``, which is ``requests.request``.

    Each has a connection of its own: a gateway may close one after a body that it refuses.
    """

    def __init__(self, send: Callable[..., Any], url: str) -> None:
        self._send = send
        self._url = url

    @functools.cached_property
    def event(self) -> Mapping[str, Any]:
        """Return the event that a request becomes."""
        try:
            answer = self.request("GET", "event")
        except Undecided as exc:
            raise Undecided(f"{self._url}: {exc}") from exc
        try:
            return decoded(answer.content, dict[str, Any])
        except UnexpectedJson as exc:
            raise Undecided(f"{self._url}: expected the probe function, received {answer.status_code}") from exc

    @property
    def api(self) -> ApiName:
        """Return which kind of gateway the URL is of, by the form of its events."""
        if self.event.get("version") != "2.0":
            return "REST API"
        host = str(self.event["requestContext"].get("domainName", ""))
        return "Function URL" if ".lambda-url." in host else "HTTP API"

    def request(self, method: str, do: str, body: bytes = b"") -> Any:
        """Return the response to one request; raise Undecided when none comes."""
        headers = {"Content-Type": "application/octet-stream"} if body else {}
        try:
            return self._send(
                method,
                self._url,
                params={"do": do},
                data=body,
                headers=headers,
                timeout=_TIMEOUT_S,
                allow_redirects=False,
            )
        except OSError as exc:  # of which requests' own errors are
            raise Undecided(f"no answer: {type(exc).__name__}") from exc
