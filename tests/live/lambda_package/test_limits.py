"""The edges of a container: 6 MB answers, a package that cannot be written to, bytecode that must be used."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from lab.containers.process import Exited
from lab.containers.runtime_api import TOO_LARGE
from tests.live.lambda_package.conftest import JPEG, OPEN, SECRET, Build, Lambda, Start, every_sender
from tests.support.aws_events import keep_warm
from tests.support.drawing import encoded, noise
from tests.support.http_events import rest

# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html: 6 MB, of which the envelope is a part
PAYLOAD = 6_291_556
# a picture whose file may be continued with zeros, which decoders leave unread
PNG = encoded(noise(800, 600), "PNG")


@pytest.fixture
def stored(
    client: Callable[..., FlaskClient], start: Start, tmp_path: Path
) -> Iterator[Callable[[int], tuple[Lambda, str]]]:
    """Store an original of so many bytes past the payload limit of uploads, as a presigned upload will."""
    storage = str(tmp_path / "images")
    local = client(storage=storage, secret=SECRET, max_body_bytes=10_000_000)
    with start(**OPEN, MONOLAMBDA_STORAGE=storage) as function:

        def store(size: int) -> tuple[Lambda, str]:
            answer: Any = local.post("/upload", data=PNG.ljust(size, b"\0"), content_type="image/png")
            assert answer.status_code == 201
            return function, f"/images/{answer.json['images'][0]['id']}/original"

        yield store


def _largest(build: Build, stored: Callable[[int], tuple[Lambda, str]]) -> int:
    """Return the size of an original whose answer has just under the limit's bytes; headers vary by a few."""
    function, path = stored(len(PNG))
    envelope = len(function.raw(build("GET", path)).payload) - 4 * ((len(PNG) + 2) // 3)
    return (PAYLOAD - envelope - 64) // 4 * 3


@every_sender
def test_an_answer_just_below_the_limit_comes_whole(stored: Callable[[int], tuple[Lambda, str]], build: Build) -> None:
    size = _largest(build, stored)
    function, path = stored(size)
    raw = function.raw(build("GET", path))
    assert PAYLOAD - 200 < len(raw.payload) <= PAYLOAD
    assert function.http(build("GET", path)).body == PNG.ljust(size, b"\0")


@every_sender
def test_an_answer_just_above_the_limit_is_an_error_never_a_cut_image(
    stored: Callable[[int], tuple[Lambda, str]], build: Build
) -> None:
    """Until large answers are stored and redirected to, the platform refuses them: a gateway answers 502.

    It costs the container as well: AWS's runtime client ends when its answer is refused.
    """
    function, path = stored(_largest(build, stored) + 300)
    reply = function.raw(build("GET", path))
    assert reply.error_type == TOO_LARGE
    assert str(PAYLOAD).encode() in reply.payload
    with pytest.raises(Exited):
        function.raw(build("GET", "/healthz"))


def test_a_part_of_a_large_original_can_be_had(stored: Callable[[int], tuple[Lambda, str]]) -> None:
    function, path = stored(7_000_000)
    part = function.http(rest("GET", path, headers={"Range": "bytes=0-4000000"}))
    assert (part.status, part.body) == (206, PNG.ljust(7_000_000, b"\0")[:4_000_001])


def _tree(package: Path) -> dict[str, tuple[int, int]]:
    """Return size and date of everything in the package; a mode that forbids writing does not bind root."""
    found = {path.relative_to(package).as_posix(): path.stat() for path in [package, *package.rglob("*")]}
    return {name: (facts.st_size, facts.st_mtime_ns) for name, facts in found.items()}


def test_nothing_is_written_to_the_package_and_no_bytecode_made_anew(start: Start, unpacked_package: Path) -> None:
    before = _tree(unpacked_package)
    # the interpreter may write bytecode here, so that one it did not use would be replaced, and -v tells
    with start("-v", **OPEN, PYTHONDONTWRITEBYTECODE="") as function:
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
    assert _tree(unpacked_package) == before
    place = re.escape(str(unpacked_package))
    assert len(re.findall(rf"^# code object from '{place}\S+\.pyc'$", log, re.MULTILINE)) > 100
    assert re.findall(rf"^# code object from ({place}\S+\.py)$", log, re.MULTILINE) == []


def test_what_the_function_keeps_goes_to_its_storage_alone(start: Start, tmp_path: Path) -> None:
    with start(**OPEN, MONOLAMBDA_STORAGE=str(tmp_path / "images")) as function:
        image_id = function.upload(JPEG)
        temporary = Path(f"/proc/{function.process.pid}/environ").read_bytes().split(b"\0")
        place = next(Path(line[7:].decode()) for line in temporary if line.startswith(b"TMPDIR="))
        assert list(place.iterdir()) == []
    assert (tmp_path / "images" / "originals").is_dir()
    assert any(image_id in path.name for path in (tmp_path / "images").rglob("*"))
