"""A container's limits: responses of 6 MB or 1 MB, a read-only package, bytecode that is used as shipped."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.core.gateways import GATEWAYS, GatewayLimits
from tests.live.lambda_package.packaged_function import (
    HTTP_EVENTS,
    JPEG,
    PUBLIC,
    SECRET,
    MakeEvent,
    PackagedFunction,
    StartFunction,
)
from tests.support.aws_events import keep_warm
from tests.support.drawing import encoded, noise
from tests.support.http_events import rest
from tests.support.import_log import bundled_modules, recompiled_sources

# decoders ignore what follows the image, so this file can be padded to any size above 0.4 MB
PNG = encoded(noise(400, 300), "PNG")
# what the status, the headers and JSON may take of an answer
ENVELOPE = 64 * 1024

every_gateway = pytest.mark.parametrize(
    ("make_event", "gateway"),
    [(make_event, GATEWAYS[name.removesuffix("_multi")]) for name, make_event in HTTP_EVENTS.items()],
    ids=HTTP_EVENTS,
)

# takes a size; returns the function and the path of the original
StoreOriginal = Callable[[int], tuple[PackagedFunction, str]]


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(tmp_path_factory.mktemp("originals") / "images")


@pytest.fixture(scope="module")
def unlimited(start_function: StartFunction, images: str) -> Iterator[PackagedFunction]:
    """A container whose own limit is so large that only the gateway's is left."""
    limit = {"MONOLAMBDA_MAX_RESPONSE_BYTES": "10000000"}
    with start_function(**PUBLIC, **limit, MONOLAMBDA_STORAGE=images) as function:
        yield function


@pytest.fixture
def store_original(client: Callable[..., FlaskClient], unlimited: PackagedFunction, images: str) -> StoreOriginal:
    """Return a function that stores an original of any size, even above the payload limit, like a presigned upload."""
    local = client(storage=images, secret=SECRET, max_body_bytes=10_000_000)

    def store(size: int) -> tuple[PackagedFunction, str]:
        answer: Any = local.post("/upload", data=PNG.ljust(size, b"\0"), content_type="image/png")
        # two events may have the same limit
        assert answer.status_code in (200, 201), answer.data
        return unlimited, f"/images/{answer.json['images'][0]['id']}/original"

    return store


@every_gateway
def test_a_response_just_under_the_limit_is_complete(
    store_original: StoreOriginal, make_event: MakeEvent, gateway: GatewayLimits
) -> None:
    size = gateway.response_body_bytes
    function, path = store_original(size)
    reply = function.invoke(make_event("GET", path))
    assert gateway.answer_bytes - ENVELOPE < len(reply.payload) <= gateway.answer_bytes
    assert function.http(make_event("GET", path)).body == PNG.ljust(size, b"\0")


@every_gateway
def test_a_response_just_over_the_limit_is_an_error_and_never_a_truncated_image(
    store_original: StoreOriginal, make_event: MakeEvent, gateway: GatewayLimits
) -> None:
    """A problem says so before the gateway answers 502, which would end the container too."""
    size = gateway.response_body_bytes + 1
    function, path = store_original(size)
    pid = function.process.pid
    answer = function.http(make_event("GET", path))
    assert (answer.status, answer.json["code"]) == (422, "output_too_large")
    assert f"{size} bytes, expected at most {gateway.response_body_bytes}" in answer.json["detail"]
    assert function.http(make_event("GET", "/healthz")).status == 200
    assert function.process.pid == pid


def test_a_range_of_a_large_original_can_be_read(store_original: StoreOriginal) -> None:
    function, path = store_original(7_000_000)
    part = function.http(rest("GET", path, headers={"Range": "bytes=0-4000000"}))
    assert (part.status, part.body) == (206, PNG.ljust(7_000_000, b"\0")[:4_000_001])
    whole = function.http(rest("GET", path, headers={"Range": "bytes=0-6000000"}))
    assert (whole.status, whole.json["code"]) == (422, "output_too_large")


def _sizes_and_dates(package: Path) -> dict[str, tuple[int, int]]:
    """Return size and date of every file in the package: read-only modes do not stop root from writing."""
    found = {path.relative_to(package).as_posix(): path.stat() for path in [package, *package.rglob("*")]}
    return {name: (stat.st_size, stat.st_mtime_ns) for name, stat in found.items()}


def test_nothing_is_written_to_the_package_and_its_bytecode_is_used(
    start_function: StartFunction, unpacked_package: Path
) -> None:
    before = _sizes_and_dates(unpacked_package)
    # bytecode may be written, so that any that is not used would be replaced; -v logs what is loaded
    with start_function("-v", **PUBLIC, PYTHONDONTWRITEBYTECODE="") as function:
        image_id = function.upload(JPEG)
        for event in (
            rest("GET", "/", headers={"Accept": "text/html"}),
            rest("GET", "/resize", query=f"id={image_id}&w=99&format=webp"),
            rest("GET", "/status"),
            rest("GET", "/resize", query="url=http://127.0.0.1:9/a.jpg&w=9"),
            rest("DELETE", f"/images/{image_id}"),
            keep_warm(),
        ):
            function.json(event)
        log = function.process.log()
    assert _sizes_and_dates(unpacked_package) == before
    assert len(bundled_modules(log)) > 100
    assert recompiled_sources(log, unpacked_package) == []


def test_the_function_writes_to_its_storage_only(start_function: StartFunction, tmp_path: Path) -> None:
    with start_function(**PUBLIC, MONOLAMBDA_STORAGE=str(tmp_path / "images")) as function:
        image_id = function.upload(JPEG)
        environ = Path(f"/proc/{function.process.pid}/environ").read_bytes().split(b"\0")
        temporary = next(Path(line[7:].decode()) for line in environ if line.startswith(b"TMPDIR="))
        assert list(temporary.iterdir()) == []
    assert (tmp_path / "images" / "originals").is_dir()
    assert any(image_id in path.name for path in (tmp_path / "images").rglob("*"))
