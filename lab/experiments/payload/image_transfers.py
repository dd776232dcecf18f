"""Moves an image that exceeds Lambda's limits through the app: as it is, by a URL, and by a link to a bucket."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final
from urllib.parse import quote

import msgspec

from lab.account.function import Function
from lab.experiments.payload.bucket import S3Bucket
from lab.experiments.payload.size_limits import Attempt, last_that_passes
from lab.experiments.support.app_functions import app_function
from lab.experiments.support.http_client import ClientConnection, ClientResponse, request
from lab.experiments.support.origin import OriginProcess
from lab.experiments.support.workbench import Workbench

LARGEST_RESPONSE: Final = "largest result as the response"
SMALLEST_LINK: Final = "smallest result by link"
_FIRST_WIDTH: Final = 400


class ImageTransfer(msgspec.Struct, frozen=True):
    """The transfer of an image that exceeds one of the limits: the status, and the bytes that arrived."""

    status: int
    received: int


def transfers(workbench: Workbench, path: Path) -> dict[str, ImageTransfer]:
    """Return the transfer of the large image in every way."""
    with OriginProcess(file=path) as origin:
        source = quote(origin.url())
        small, large = (f"/resize?url={source}&{rest}" for rest in ("width=480", "width=1700&format=png"))
        found = _images_by_directory(workbench, path, small, large)
        with S3Bucket() as bucket, workbench.lab(_app(workbench, bucket.environment())) as lab:
            found["result by link"] = _follow(request(lab.url + large))
            found |= _around_the_limit(lambda width: request(f"{lab.url}/resize?url={source}&width={width}&format=png"))
    return found


def _around_the_limit(attempt: Attempt) -> dict[str, ImageTransfer]:
    """Return the largest result that is a response, and the one a pixel wider, which is a link to the bucket."""
    tried: dict[int, ImageTransfer] = {}

    def is_response(width: int) -> bool:
        response = attempt(width)
        tried[width] = _transfer(response) if response.status == 200 else _follow(response)
        return response.status == 200

    width = last_that_passes(is_response, _FIRST_WIDTH)
    return {LARGEST_RESPONSE: tried.get(width, ImageTransfer(0, 0)), SMALLEST_LINK: tried[width + 1]}


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
