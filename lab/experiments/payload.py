"""How large a body may be: what base64 makes of it, the exact byte where each limit turns, and the ways around."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final
from urllib.parse import quote

import msgspec

from lab.accounts.function import Function
from lab.experiments.support.app_functions import extended
from lab.experiments.support.bucket import Bucket
from lab.experiments.support.findings import BarChart, Finding, LineChart, figure
from lab.experiments.support.http_client import ClientConnection, ClientResponse, ask
from lab.experiments.support.origin import Origin
from lab.experiments.support.photos import noise
from lab.experiments.support.workbench import Workbench
from lab.local_lambda import LocalLambda
from lab.traits import MIB
from measurement.results import Figure

_NO_LIMIT: Final = 1_000_000_000
# the most that surrounds a body in an event, or in an answer
_ENVELOPE: Final = 2048


class SizeLimit(msgspec.Struct, frozen=True):
    """The most bytes that pass, and the status of one more."""

    most: int
    status: int


class ImageTransfer(msgspec.Struct, frozen=True):
    """What became of an image that is too large for one of the limits: status, and the bytes that arrived."""

    status: int
    received: int


def run(workbench: Workbench) -> Finding:
    """Find the edges by bisection, then bring an image past them as a url and as a link."""
    sizes = workbench.pick((1_000, 1_000_000), (1_000, 10_000, 100_000, 1_000_000, 4_000_000))
    with workbench.lab(workbench.function("sized.handler")) as lab:
        growth = {size: _growth(lab, size) for size in sizes}
        edges = {name: _edge(lab, *case) for name, case in workbench.steps("payload", list(_cases(lab).items()))}
    edges["request, gateway alone"] = _gateway_edge(workbench)
    large, images = _images(workbench)
    holds = images["source by url"].status != 200 or images["result by link"].received == 0
    return Finding(
        title="Payload",
        claim="Through API Gateway and Lambda no image above 6 MB comes in or goes out.",
        method="Requests and answers of growing size through the REST gateway, halving the interval until one byte "
        "makes the difference. The gateway's own limit is tried with Lambda's out of the way, since base64 reaches "
        f"that one first. Then a JPEG of {large / MIB:.1f} MiB, as an upload, as a url the function fetches, and as a "
        "source of a PNG too large to answer: with storage in a directory, and with a bucket (moto's S3), where the "
        "result is stored and the caller sent there.",
        figures=(*_growth_figures(growth), *_edge_figures(edges), *_image_figures(images)),
        verdict=_verdict(edges, images, large, holds=holds),
        holds=holds,
        charts=_charts(growth, edges),
    )


def _growth(lab: LocalLambda, size: int) -> int:
    answer = ask(lab.url, os.urandom(size))
    return int(msgspec.json.decode(answer.body)["event_bytes"])


Try = Callable[[int], ClientResponse]


def _cases(lab: LocalLambda) -> dict[str, tuple[Try, int]]:
    """Return ways to send or fetch n bytes, and what n would be without an envelope."""
    traits = lab.fleet.traits
    return {
        "request body, binary": (lambda size: ask(lab.url, bytes(size)), traits.request_bytes // 4 * 3),
        "answer, binary": (lambda size: ask(f"{lab.url}?bytes={size}"), traits.response_bytes // 4 * 3),
        "answer, text": (lambda size: ask(f"{lab.url}?letters={size}"), traits.response_bytes),
    }


def _edge(lab: LocalLambda, attempt: Try, bare: int) -> SizeLimit:
    """Return the edge between what surely passes and what surely does not, by halving."""
    passes, fails, status = bare - _ENVELOPE, bare + 1, 0
    while fails - passes > 1:
        middle = (passes + fails) // 2
        answer = attempt(middle)
        if answer.status == 200:
            passes = middle
        else:
            fails, status = middle, answer.status
    return SizeLimit(passes, status)


def _gateway_edge(workbench: Workbench) -> SizeLimit:
    """Try the documented byte and the next, since a body this large is slow to halve."""
    with workbench.lab(workbench.function("sized.handler"), request_bytes=_NO_LIMIT) as lab:
        limit = lab.fleet.traits.gateway_bytes
        passes, fails = ask(lab.url, bytes(limit)), ask(lab.url, bytes(limit + 1))
    return SizeLimit(limit if passes.status == 200 else 0, fails.status)


def _images(workbench: Workbench) -> tuple[int, dict[str, ImageTransfer]]:
    """Return the size of the large image, and what became of it by every way."""
    path = workbench.directory / "large.jpg"
    size = path.write_bytes(noise(3200, 2400))
    with Origin(file=path) as origin:
        small, large = (f"/resize?url={quote(origin.url())}&{rest}" for rest in ("width=480", "width=1700&format=png"))
        found = _directory_images(workbench, path, small, large)
        with Bucket() as bucket, workbench.lab(_app(workbench, bucket.environment())) as lab:
            found["result by link"] = _follow(ask(lab.url + large))
    return size, found


def _directory_images(workbench: Workbench, path: Path, small: str, large: str) -> dict[str, ImageTransfer]:
    with workbench.lab(_app(workbench, {})) as lab, ClientConnection(lab.url) as line:
        answers = {
            "upload": ask(f"{lab.url}/resize?width=480", path.read_bytes(), Content_Type="image/jpeg"),
            "source by url": line.ask(small),
            "result as the answer": line.ask(large),
        }
    return {name: _image(answer) for name, answer in answers.items()}


def _app(workbench: Workbench, environment: Mapping[str, str]) -> Function:
    given = {"MONOLAMBDA_SOURCE_NETWORKS": "127.0.0.0/8", **environment}
    return extended(workbench, "wsgi.handler", given, memory_mb=3008, timeout_s=60.0)


def _image(answer: ClientResponse) -> ImageTransfer:
    is_image = answer.headers.get("content-type", "").startswith("image/")
    return ImageTransfer(answer.status, len(answer.body) if is_image else 0)


def _follow(answer: ClientResponse) -> ImageTransfer:
    """Return the status of the answer itself, and the bytes its link leads to."""
    if answer.status not in (302, 303):
        return ImageTransfer(answer.status, 0)
    return ImageTransfer(answer.status, _image(ask(answer.headers["location"])).received)


def _growth_figures(growth: Mapping[int, int]) -> Iterator[Figure]:
    for size, event in growth.items():
        yield figure(f"{size} bytes", "event", [event], unit="bytes")
        yield figure(f"{size} bytes", "event / body", [event / size], unit="×")


def _edge_figures(edges: Mapping[str, SizeLimit]) -> Iterator[Figure]:
    for name, edge in edges.items():
        yield figure(name, "most that passes", [edge.most], unit="bytes")
        yield figure(name, "status of one byte more", [edge.status])


def _image_figures(images: Mapping[str, ImageTransfer]) -> Iterator[Figure]:
    for name, image in images.items():
        yield figure(f"large image, {name}", "status", [image.status])
        yield figure(f"large image, {name}", "image bytes received", [image.received], unit="bytes")


def _charts(growth: Mapping[int, int], edges: Mapping[str, SizeLimit]) -> tuple[BarChart, LineChart]:
    most = {name: {"most that passes": round(edge.most / MIB, 3)} for name, edge in edges.items()}
    points = tuple((size / 1e6, event / 1e6) for size, event in growth.items())
    bodies = tuple((size / 1e6, size / 1e6) for size in growth)
    return (
        BarChart(title="Where each limit turns", across="MiB of body", cases=most),
        LineChart(
            title="What base64 makes of a body",
            across="MB of body",
            up="MB of event",
            lines={"event": points, "body": bodies},
        ),
    )


def _verdict(edges: Mapping[str, SizeLimit], images: Mapping[str, ImageTransfer], large: int, *, holds: bool) -> str:
    up, down = edges["request body, binary"], edges["answer, binary"]
    return (
        f"{'Yes' if holds else 'No'}: a body of {up.most} bytes comes in and an answer of {down.most} goes out, one "
        f"byte more is {up.status} and {down.status}, so base64 makes 4.5 MiB of the 6, and the gateway's 10 are never "
        f"reached; a JPEG of {large} bytes was refused as an upload ({images['upload'].status}) and resized from its "
        f"url ({images['source by url'].status}), and a result of {images['result by link'].received} bytes, too "
        f"large to answer ({images['result as the answer'].status}), came by a link to the bucket "
        f"({images['result by link'].status})."
    )
