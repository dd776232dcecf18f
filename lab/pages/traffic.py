"""Sends what the live page asks for through the gateway: requests at once, or so many a second."""

from __future__ import annotations

import contextlib
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta

from lab.errors import LabError
from lab.http.server import Headers, Request, Response
from lab.pages.pictures import png
from measurement.json_value import UnexpectedJson, decoded

Kind = Literal["resize new", "resize known", "upload", "status", "path"]

MAX_BURST: Final = 500
MAX_RATE: Final = 200.0
# what is due while so many wait is not sent: the lab is behind already
_MAX_WAITING: Final = 500
_PICTURE: Final = (1200, 900)
_UPLOAD: Final = (320, 240)


class TrafficRequest(msgspec.Struct, frozen=True, kw_only=True):
    """The kind of requests, for ``path`` with the path, and how many: ``count`` at once, or ``rate`` a second."""

    kind: Kind = "path"
    path: Annotated[str, Meta(pattern="^/")] = "/healthz"
    count: Annotated[int, Meta(ge=1, le=MAX_BURST)] = 1
    rate: Annotated[float, Meta(ge=0, le=MAX_RATE)] = 0.0


class CannotSend(LabError):
    """The function does not take what the request needs first."""


class RequestSender:
    """Sends requests through ``send``, the gateway; ``prefix`` is that of its paths."""

    def __init__(self, send: Callable[[Request], Response], *, prefix: str) -> None:
        self._send = send
        self._prefix = prefix
        self._lock = threading.Lock()
        self._numbers = count()
        self._image_id = ""
        self._steady: _SteadyRate | None = None

    @property
    def rate(self) -> float:
        """Return how many requests a second are sent now."""
        steady = self._steady
        return steady.rate if steady else 0.0

    def burst(self, asked: TrafficRequest, *, host: str) -> Counter[int]:
        """Send ``count`` requests at one moment and return their statuses when all are answered; raise CannotSend."""
        made = [self._request(asked, host) for _ in range(asked.count)]
        with ThreadPoolExecutor(asked.count) as pool:
            return Counter(response.status for response in pool.map(self._send, made))

    def keep_sending(self, asked: TrafficRequest, *, host: str) -> None:
        """Send ``rate`` requests a second from now on, in place of those before; 0 for none. Raise CannotSend."""
        send_one = (lambda: self._send(self._request(asked, host))) if asked.rate else None
        if send_one:
            self._request(asked, host)
        with self._lock:
            if self._steady:
                self._steady.stop()
            self._steady = _SteadyRate(send_one, asked.rate) if send_one else None

    def close(self) -> None:
        """Send no more; requests on their way are not waited for."""
        self.keep_sending(TrafficRequest(), host="")

    def _request(self, asked: TrafficRequest, host: str) -> Request:
        headers: Headers = (("Host", host), ("Accept", "application/json"))
        if asked.kind == "upload":
            return self._upload(headers, _UPLOAD)
        return Request(method="GET", target=self._prefix + self._path(asked, headers), headers=headers)

    def _path(self, asked: TrafficRequest, headers: Headers) -> str:
        if asked.kind == "resize known":
            return f"/resize?id={self._image(headers)}&width=480&format=webp"
        if asked.kind == "resize new":
            number = next(self._numbers)
            # so many different results that none is stored already
            return f"/resize?id={self._image(headers)}&width={200 + number % 700}&quality={40 + number // 700 % 50}"
        return {"status": "/status", "path": asked.path}[asked.kind]

    def _upload(self, headers: Headers, size: tuple[int, int]) -> Request:
        # another picture each time, in this lab and in the next with the same storage
        body = png(*size, number=time.time_ns() // 1000)
        return Request(
            method="POST",
            target=f"{self._prefix}/upload",
            headers=(*headers, ("Content-Type", "image/png")),
            body=body,
        )

    def _image(self, headers: Headers) -> str:
        """Return the id of the picture that is resized, which is uploaded first."""
        with self._lock:
            if not self._image_id:
                self._image_id = _uploaded_id(self._send(self._upload(headers, _PICTURE)))
            return self._image_id


class _SteadyRate:
    """Calls ``send_one`` at fixed times, each call in a thread of its own, until stopped."""

    def __init__(self, send_one: Callable[[], Any], rate: float) -> None:
        self.rate = rate
        self._send_one = send_one
        self._stopped = threading.Event()
        self._waiting = threading.BoundedSemaphore(_MAX_WAITING)
        threading.Thread(target=self._run, name="steady-rate", daemon=True).start()

    def stop(self) -> None:
        """Send no more."""
        self._stopped.set()

    def _run(self) -> None:
        began = time.monotonic()
        for number in count():
            if self._stopped.wait(max(0.0, began + number / self.rate - time.monotonic())):
                return
            if self._waiting.acquire(blocking=False):
                threading.Thread(target=self._one, daemon=True).start()

    def _one(self) -> None:
        try:
            # the lab may be closing
            with contextlib.suppress(LabError, RuntimeError):
                self._send_one()
        finally:
            self._waiting.release()


def _uploaded_id(response: Response) -> str:
    """Return the id in the app's response to an upload; raise CannotSend."""
    try:
        images: str = decoded(response.body)["images"][0]["id"]
    except (UnexpectedJson, LookupError, TypeError) as exc:
        raise CannotSend(
            f"expected an image id from POST /upload, received status {response.status}: choose any path instead"
        ) from exc
    return images
