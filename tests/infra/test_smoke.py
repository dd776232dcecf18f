"""The trial of a stage: passes on the app in the lab, and says what is wrong where something is."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from infra import picture
from infra.package.build import ROOT
from infra.smoke import SmokeFailed, run
from lab.account.package import from_tree
from lab.local_lambda import LocalLambda
from tests.support.s3.server import S3
from tests.support.wsgi_server import Environ, WsgiServer

KEY = "open sesame"


@contextmanager
def closed_lab(s3: S3, **settings: str) -> Iterator[LocalLambda]:
    """Run the app as Lambda would, with keys, behind API Gateway's payload and over a bucket."""
    environment = {
        "MONOLAMBDA_STORAGE": f"s3://{s3.bucket()}/dev",
        "MONOLAMBDA_SECRET": "s" * 32,
        "MONOLAMBDA_API_KEYS": hashlib.sha256(KEY.encode()).hexdigest(),
        **s3.environ(),
        **settings,
    }
    function = from_tree(handler="wsgi.handler", environment=environment, memory_mb=1769)
    with LocalLambda(lambda directory: [function]) as running:
        yield running


def test_a_closed_stage_in_the_lab_passes_and_its_times_are_printed(s3: S3) -> None:
    with closed_lab(s3) as lab:
        command = [sys.executable, "-m", "infra.smoke", f"{lab.url}/"]
        done = subprocess.run(
            command, cwd=ROOT, env={**os.environ, "KEY": KEY}, capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stderr) == (0, "")
        lines = done.stdout.splitlines()
        assert lines[0].split()[:3] == ["GET", "/healthz", "200"]
        assert lines[0].endswith("cold")
        assert lines[1].split()[:3] == ["POST", "/upload", "401"]
        assert sum(line.startswith("GET /resize") for line in lines) == 11
        assert lines[-2].startswith("cold: 1 request,")
        assert lines[-1].startswith("warm: 15 requests,")
        assert KEY not in done.stdout

        with pytest.raises(SmokeFailed, match=r"(?s)received 401.*Is KEY the key.*request id"):
            run(lab.url, "wrong")


def test_a_stage_that_is_open_to_everybody_fails(s3: S3) -> None:
    with closed_lab(s3, MONOLAMBDA_PUBLIC="true") as lab, pytest.raises(SmokeFailed, match="Everybody may upload"):
        run(lab.url, KEY)


def _impostor(png: bytes, requests: list[str]) -> Callable[..., Iterable[bytes]]:
    """Return a service that answers every resize with the same bytes."""

    def app(environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        requests.append(f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}")
        status = {"POST /upload": "201 Created", "DELETE /images/1": "204 No Content"}.get(requests[-1], "200 OK")
        start_response(status, [])
        return [{"/upload": b'{"images": [{"id": "1"}]}', "/resize": png}.get(environ["PATH_INFO"], b"")]

    return app


@pytest.mark.parametrize(
    ("png", "message"),
    [
        (picture.draw(400, 300), "expected 400 x 400 pixels, received 400 x 300"),
        (picture.draw(400, 400)[:-12], "something else than the image: the PNG is cut off"),
        # what a gateway without binary media types makes of an image
        (picture.draw(400, 400).decode("latin-1").encode(), "something else than the image: expected a PNG"),
    ],
)
def test_a_wrong_image_fails_and_what_was_uploaded_is_deleted(png: bytes, message: str) -> None:
    requests: list[str] = []
    with WsgiServer(_impostor(png, requests)) as server, pytest.raises(SmokeFailed, match=message):
        run(server.url, "")
    assert requests[-1] == "DELETE /images/1"


@pytest.mark.parametrize("arguments", [[], ["abc.execute-api.eu-west-1.amazonaws.com/dev"], ["http://a", "http://b"]])
def test_without_one_url_the_usage_is_printed(arguments: list[str]) -> None:
    command = [sys.executable, "-m", "infra.smoke", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "make smoke URL=" in done.stderr


def test_nobody_there_is_said_in_one_line() -> None:
    with pytest.raises(SmokeFailed, match="GET /healthz was not answered"):
        run("http://127.0.0.1:9", "")
