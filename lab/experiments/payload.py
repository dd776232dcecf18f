"""Payload limits: what base64 adds, where each limit applies to a body, and the ways around them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final
from urllib.parse import quote

import msgspec

from lab.accounts.function import Function
from lab.experiments.support.app_functions import app_function
from lab.experiments.support.bucket import S3Bucket
from lab.experiments.support.findings import DOCUMENTED, BarChart, Finding, LineChart, figure
from lab.experiments.support.http_client import ClientConnection, ClientResponse, request
from lab.experiments.support.images import noise
from lab.experiments.support.origin import OriginProcess
from lab.experiments.support.workbench import Workbench
from lab.local_lambda import LocalLambda
from lab.traits import MIB, Traits
from measurement.figures import Figure

_NO_LIMIT: Final = 1_000_000_000
# at most this many bytes surround the body in an event or a response
_ENVELOPE: Final = 2048


class SizeLimit(msgspec.Struct, frozen=True):
    """The largest body that passes, in bytes, and the status of one byte more."""

    largest: int
    status: int


class ImageTransfer(msgspec.Struct, frozen=True):
    """The transfer of an image that exceeds one of the limits: the status, and the bytes that arrived."""

    status: int
    received: int


def run(workbench: Workbench) -> Finding:
    """Find the limits by bisection, then move an image past them by a URL and by a link."""
    sizes = workbench.pick((1_000, 1_000_000), (1_000, 10_000, 100_000, 1_000_000, 4_000_000))
    with workbench.lab(workbench.function("sized.handler")) as lab:
        bodies = {size: request(lab.url, os.urandom(size)).body for size in sizes}
        events = {size: int(msgspec.json.decode(body)["event_bytes"]) for size, body in bodies.items()}
        limits = {name: _find_limit(*case) for name, case in workbench.steps("payload", list(_cases(lab).items()))}
    limits["request, gateway alone"] = _gateway_limit(workbench)
    large, images = _images(workbench)
    return judge(events, limits, images, large=large)


def judge(
    events: Mapping[int, int], limits: Mapping[str, SizeLimit], images: Mapping[str, ImageTransfer], *, large: int
) -> Finding:
    """Return what follows from the sizes of events by body, the limits, and the transfers of an image."""
    holds = images["source by url"].status != 200 or images["result by link"].received == 0
    return Finding(
        title="Payload",
        claim="Through API Gateway and Lambda no image above 6 MB comes in or goes out.",
        method="Requests and responses of growing size through the REST gateway, by bisection until one byte "
        "makes the difference here. Lambda's own limits are documented as 6 MB, and its error messages say "
        f"{Traits().request_bytes} bytes for a request and {Traits().response_bytes} for an answer; AWS's events have "
        "a larger envelope than these, with more headers, so that on AWS the last bytes differ. The gateway's own "
        "limit is tested with Lambda's limit raised, because with base64 that one is reached first. Then a JPEG of "
        f"{large / MIB:.1f} MiB, as an upload, as a URL that the function fetches, and as the source of a PNG too "
        "large for a response: with storage in a directory, and with a bucket (moto's S3), where the result is stored "
        "and the caller redirected to it.",
        verdict=_verdict(limits, images, large, holds=holds),
        holds=holds,
        basis=DOCUMENTED,
        figures=(*_event_figures(events), *_limit_figures(limits), *_image_figures(images)),
        charts=_charts(events, limits),
    )


Attempt = Callable[[int], ClientResponse]


def _cases(lab: LocalLambda) -> dict[str, tuple[Attempt, int]]:
    """Return ways to send or receive n bytes, each with the n that would pass without an envelope."""
    traits = lab.fleet.traits
    return {
        "request body, binary": (lambda size: request(lab.url, bytes(size)), traits.request_bytes // 4 * 3),
        "response, binary": (lambda size: request(f"{lab.url}?bytes={size}"), traits.response_bytes // 4 * 3),
        "response, text": (lambda size: request(f"{lab.url}?letters={size}"), traits.response_bytes),
    }


def _find_limit(attempt: Attempt, bare: int) -> SizeLimit:
    """Return the limit by bisection, between what must pass and what cannot."""
    passes, fails, status = bare - _ENVELOPE, bare + 1, 0
    while fails - passes > 1:
        middle = (passes + fails) // 2
        response = attempt(middle)
        if response.status == 200:
            passes = middle
        else:
            fails, status = middle, response.status
    return SizeLimit(passes, status)


def _gateway_limit(workbench: Workbench) -> SizeLimit:
    """Test the documented limit and one byte more, because bisection is slow with bodies this large."""
    with workbench.lab(workbench.function("sized.handler"), request_bytes=_NO_LIMIT) as lab:
        limit = lab.fleet.traits.gateway_bytes
        passes, fails = request(lab.url, bytes(limit)), request(lab.url, bytes(limit + 1))
    return SizeLimit(limit if passes.status == 200 else 0, fails.status)


def _images(workbench: Workbench) -> tuple[int, dict[str, ImageTransfer]]:
    """Return the size of the large image, and its transfer in every way."""
    path = workbench.directory / "large.jpg"
    size = path.write_bytes(noise(3200, 2400))
    with OriginProcess(file=path) as origin:
        small, large = (f"/resize?url={quote(origin.url())}&{rest}" for rest in ("width=480", "width=1700&format=png"))
        found = _images_by_directory(workbench, path, small, large)
        with S3Bucket() as bucket, workbench.lab(_app(workbench, bucket.environment())) as lab:
            found["result by link"] = _follow(request(lab.url + large))
    return size, found


def _images_by_directory(workbench: Workbench, path: Path, small: str, large: str) -> dict[str, ImageTransfer]:
    with workbench.lab(_app(workbench, {})) as lab, ClientConnection(lab.url) as connection:
        responses = {
            "upload": request(f"{lab.url}/resize?width=480", path.read_bytes(), Content_Type="image/jpeg"),
            "source by url": connection.request(small),
            "result as the response": connection.request(large),
        }
    return {name: _transfer(response) for name, response in responses.items()}


def _app(workbench: Workbench, environment: Mapping[str, str]) -> Function:
    given = {"MONOLAMBDA_SOURCE_NETWORKS": "127.0.0.0/8", **environment}
    return app_function(workbench, "wsgi.handler", given, memory_mb=3008, timeout_s=60.0)


def _transfer(response: ClientResponse) -> ImageTransfer:
    is_image = response.headers.get("content-type", "").startswith("image/")
    return ImageTransfer(response.status, len(response.body) if is_image else 0)


def _follow(response: ClientResponse) -> ImageTransfer:
    """Return the status of the redirect itself, and the bytes at its location."""
    if response.status not in (302, 303):
        return ImageTransfer(response.status, 0)
    return ImageTransfer(response.status, _transfer(request(response.headers["location"])).received)


def _event_figures(events: Mapping[int, int]) -> Iterator[Figure]:
    for size, event in events.items():
        yield figure(f"{size} bytes", "event", [event], unit="bytes")
        yield figure(f"{size} bytes", "event / body", [event / size], unit="×")


def _limit_figures(limits: Mapping[str, SizeLimit]) -> Iterator[Figure]:
    for name, limit in limits.items():
        yield figure(name, "largest that passes", [limit.largest], unit="bytes")
        yield figure(name, "status of one byte more", [limit.status])


def _image_figures(images: Mapping[str, ImageTransfer]) -> Iterator[Figure]:
    for name, image in images.items():
        yield figure(f"large image, {name}", "status", [image.status])
        yield figure(f"large image, {name}", "image bytes received", [image.received], unit="bytes")


def _charts(events: Mapping[int, int], limits: Mapping[str, SizeLimit]) -> tuple[BarChart, LineChart]:
    largest = {name: {"largest that passes": round(limit.largest / MIB, 3)} for name, limit in limits.items()}
    points = tuple((size / 1e6, event / 1e6) for size, event in events.items())
    bodies = tuple((size / 1e6, size / 1e6) for size in events)
    return (
        BarChart(title="The largest body that passes each limit", across="MiB of body", cases=largest),
        LineChart(
            title="The size of an event by the size of its body",
            across="MB of body",
            up="MB of event",
            lines={"event": points, "body": bodies},
        ),
    )


def _verdict(limits: Mapping[str, SizeLimit], images: Mapping[str, ImageTransfer], large: int, *, holds: bool) -> str:
    up, down = limits["request body, binary"], limits["response, binary"]
    return (
        f"{'Yes' if holds else 'No'}: base64 leaves about {up.largest / MIB:.1f} of Lambda's 6 MiB for a body that "
        f"comes in and {down.largest / MIB:.1f} for one that goes out, more is {up.status} and {down.status}, and the "
        f"gateway's 10 MB are never reached; a JPEG of {large / MIB:.1f} MiB was refused as an upload "
        f"({images['upload'].status}) and resized from its URL ({images['source by url'].status}), and a result of "
        f"{images['result by link'].received / MIB:.1f} MiB, too large for a response "
        f"({images['result as the response'].status}), came by a link to the bucket "
        f"({images['result by link'].status}); AWS can stream larger responses too, but not from Lambda's Python "
        "runtime."
    )
