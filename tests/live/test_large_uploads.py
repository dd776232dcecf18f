"""A 30 MB photo goes up and comes back resized, by the three commands of docs/uploads.md and a real curl."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.live.commands import Shell, commands, strict
from tests.support.app_server import Server, flask_run, running
from tests.support.s3.server import S3

pytestmark = pytest.mark.skipif(
    not (shutil.which("curl") and shutil.which("jq")) and not os.environ.get("CI"),
    reason="the examples are curl commands, taken apart by jq",
)

PROMISED = 30_000_000


@pytest.fixture(scope="module")
def big(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A JPEG of more than 30 MB: every pixel of noise, which no encoder makes smaller."""
    path = tmp_path_factory.mktemp("big") / "big.jpg"
    pixels = np.random.default_rng(5).integers(0, 256, (2700, 4000, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(path, quality=97, subsampling=0)
    assert PROMISED < path.stat().st_size < 32 * 1024 * 1024
    return path


@pytest.fixture(params=["directory", "bucket"])
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Server]:
    settings = {}
    if request.param == "bucket":
        s3: S3 = request.getfixturevalue("s3")
        settings = {
            "MONOLAMBDA_STORAGE": f"s3://{s3.bucket()}/pre",
            "MONOLAMBDA_SECRET": "s" * 32,
            **s3.environ(),
        }
    with running(flask_run, tmp_path, **settings) as started:
        yield started


def test_a_photo_of_30_mb_goes_up_and_comes_back_resized(server: Server, big: Path) -> None:
    shell, typed = Shell(big.parent, os.environ), commands("docs/uploads.md")
    assert len(typed) == 3
    for command in typed:
        shell.run(strict(command.text.replace("localhost:5000", server.host)))
    with Image.open(big.parent / "small.webp") as image:
        assert (image.format, image.size) == ("WEBP", (480, 324))
    (big.parent / "small.webp").unlink()
