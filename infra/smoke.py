"""Uploads, resizes and deletes a picture at a URL, and prints how long each request took, cold and warm.

``KEY=… python -m infra.smoke URL``, where URL has the stage in it, as Zappa prints it. Without a key the service
must be open. The picture is new every time and is deleted again; nothing else is touched.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from statistics import median
from typing import Any, Final

import msgspec
import requests

from infra import picture

_SIDE: Final = 640
# each width is asked for once, so that each is work; then the first one again, which is kept
_WIDTHS: Final = tuple(range(400, 200, -20))
_TIMEOUT_S: Final = 60
_HINTS: Final = {
    401: "Is KEY the key whose SHA-256 is in MONOLAMBDA_API_KEYS?",
    403: "Does the URL end with the stage, as in https://abc.execute-api.eu-west-1.amazonaws.com/dev?",
    503: "Are the parameters in SSM that MONOLAMBDA_SECRET and MONOLAMBDA_API_KEYS name?",
}


class SmokeFailed(Exception):
    """A request was not answered as it should be; the message says what to look at."""


class TimedRequest(msgspec.Struct, frozen=True):
    """One request: what, the status of the answer, the time until all of it was here, and whether it was cold."""

    request: str
    status: int
    ms: float
    cold: bool


class Stage:
    """A deployed stage, or any other place where the app runs; ``requests`` are those that were answered."""

    def __init__(self, url: str, key: str) -> None:
        self.requests: list[TimedRequest] = []
        self._url = url.rstrip("/")
        self._authorization = {"Authorization": f"Bearer {key}"} if key else {}
        self._session = requests.Session()

    def send(self, method: str, path: str, expected: int, *, with_key: bool = True, **more: Any) -> requests.Response:
        """Return the answer; raise SmokeFailed if it has another status than expected."""
        headers = {**more.pop("headers", {}), **(self._authorization if with_key else {})}
        started = time.perf_counter()
        try:
            answer = self._session.request(
                method, self._url + path, headers=headers, timeout=_TIMEOUT_S, allow_redirects=False, **more
            )
        except requests.RequestException as exc:
            raise SmokeFailed(f"{method} {path} was not answered: {exc}") from exc
        ms = round(1000 * (time.perf_counter() - started), 1)
        is_cold = answer.headers.get("X-Cold-Start") == "1"
        self.requests.append(TimedRequest(f"{method} {path}", answer.status_code, ms, is_cold))
        if answer.status_code != expected:
            raise SmokeFailed(_explained(f"{method} {path}", expected, answer))
        return answer

    def close(self) -> None:
        """Close the connection."""
        self._session.close()


def run(url: str, key: str) -> list[TimedRequest]:
    """Upload, resize and delete a picture, and return the requests; raise SmokeFailed."""
    stage = Stage(url, key)
    try:
        stage.send("GET", "/healthz", 200, with_key=False)
        data = picture.draw(_SIDE, _SIDE)
        if key:
            stage.send("POST", "/upload", 401, with_key=False, data=data, headers={"Content-Type": "image/png"})
        uploaded = stage.send("POST", "/upload", 201, data=data, headers={"Content-Type": "image/png"})
        image = uploaded.json()["images"][0]["id"]
        try:
            for width in (*_WIDTHS, _WIDTHS[0]):
                _resize(stage, image, width)
        except SmokeFailed:
            with suppress(SmokeFailed):
                stage.send("DELETE", f"/images/{image}", 204)
            raise
        stage.send("DELETE", f"/images/{image}", 204)
        stage.send("DELETE", f"/images/{image}", 404)
    finally:
        stage.close()
    return stage.requests


def _resize(stage: Stage, image: str, width: int) -> None:
    answer = stage.send("GET", f"/resize?id={image}&width={width}&format=png", 200)
    try:
        size = picture.size(answer.content)
    except ValueError as exc:
        raise SmokeFailed(f"GET /resize answered something else than the image: {exc}") from exc
    if size != (width, width):
        raise SmokeFailed(f"GET /resize: expected {width} x {width} pixels, received {size[0]} x {size[1]}")


def _explained(what: str, expected: int, answer: requests.Response) -> str:
    request = answer.headers.get("X-Request-Id", "")
    lines = [f"{what}: expected {expected}, received {answer.status_code}: {answer.text[:300]}"]
    if expected == 401:
        lines.append("Everybody may upload here: is MONOLAMBDA_PUBLIC set?")
    elif hint := _HINTS.get(answer.status_code):
        lines.append(hint)
    if request:
        lines.append(f"The log has more under the request id {request}.")
    return "\n".join(lines)


def report(answered: list[TimedRequest]) -> Iterator[str]:
    """Yield the lines that sum the requests up."""
    for each in answered:
        name = each.request.partition("&format")[0]
        yield f"{name:<60}{each.status:>5}{each.ms:>10,.1f} ms{'  cold' if each.cold else ''}"
    cold = [each.ms for each in answered if each.cold]
    warm = [each.ms for each in answered if not each.cold]
    yield f"cold: {_spread(cold)}" if cold else "cold: none; every container that answered was warm already"
    yield f"warm: {_spread(warm)}"


def _spread(ms: list[float]) -> str:
    return (
        f"{len(ms)} request{'s' * (len(ms) > 1)}, median {median(ms):,.1f} ms, slowest {max(ms):,.1f} ms"
        if ms
        else "none"
    )


def main(arguments: list[str], key: str) -> int:
    """Run it and print the times; return the exit status."""
    if len(arguments) != 1 or not arguments[0].startswith(("http://", "https://")):
        print(
            "expected a URL: make smoke URL=https://abc.execute-api.eu-west-1.amazonaws.com/dev KEY=…", file=sys.stderr
        )
        return 2
    try:
        answered = run(arguments[0], key)
    except SmokeFailed as exc:
        print(exc, file=sys.stderr)
        return 1
    print("\n".join(report(answered)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ.get("KEY", "")))
