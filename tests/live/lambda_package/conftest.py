"""The zip that ``make package`` builds, unpacked and run as Lambda runs it: by AWS's own runtime client, in a process.

The package's Python runs it (Lambda's, where there is one); beside the package lies only what the runtime carries.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pytest

from infra.package.build import ROOT
from infra.package.pythons import Interpreter
from infra.package.tree import wheel_options
from lab.accounts.function import Function
from lab.containers.process import ContainerProcess, Reply
from tests.support.door import HttpAnswer, read
from tests.support.drawing import encoded, photo
from tests.support.http_events import Event, alb, http_api, rest
from tests.support.packaged import (
    package_environ,
    package_python,
    package_zip,
    pytest_terminal_summary,
    unpacked_package,
)

__all__ = ["package_environ", "package_python", "package_zip", "pytest_terminal_summary", "unpacked_package"]

# awslambdaric and boto3, with what they import: Lambda has them outside of the package
_RUNTIME_CLIENT = {"awslambdaric", "simplejson", "snapshot-restore-py"}
CARRIED = _RUNTIME_CLIENT | {"boto3", "botocore", "jmespath", "python-dateutil", "s3transfer", "six"}
SECRET = "s" * 32
KEY = "open sesame"
OPEN = {"MONOLAMBDA_PUBLIC": "true", "MONOLAMBDA_SECRET": SECRET}
CLOSED = {"MONOLAMBDA_API_KEYS": hashlib.sha256(KEY.encode()).hexdigest(), "MONOLAMBDA_SECRET": SECRET}
BEARER = {"Authorization": f"Bearer {KEY}"}

Build = Callable[..., Event]
SENDERS: dict[str, Build] = {
    "rest": rest,
    "http_api": partial(http_api, stage="dev"),
    "function_url": partial(http_api, host="abc123.lambda-url.eu-west-1.on.aws"),
    "alb": alb,
    "alb_multi": partial(alb, multi=True),
}
every_sender = pytest.mark.parametrize("build", SENDERS.values(), ids=SENDERS)
JPEG = encoded(photo(320, 240), "JPEG")
MULTIPART = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\n\r\n' + JPEG + b"\r\n--x--\r\n"


class Lambda:
    """One container of the function."""

    def __init__(self, process: ContainerProcess) -> None:
        self.process = process

    def raw(self, event: object) -> Reply:
        """Return what the runtime client posted."""
        return self.process.invoke(event)

    def json(self, event: object) -> Any:
        """Return the function's answer; it must not have raised."""
        reply = self.raw(event)
        assert reply.error_type == "", reply.payload
        return msgspec.json.decode(reply.payload)

    def http(self, event: Event) -> HttpAnswer:
        """Return the answer to an HTTP event."""
        return read(self.json(event))

    def upload(self, image: bytes, build: Build = rest, **headers: str) -> str:
        """Store an image and return its id."""
        stored: str = self.http(build("POST", "/upload", body=image, headers=headers)).json["images"][0]["id"]
        return stored


Start = Callable[..., AbstractContextManager[Lambda]]


@pytest.fixture(scope="session")
def carried(package_python: Interpreter) -> Path:
    """Return a directory with what Lambda's runtime carries, for the package's Python; kept below ``build/``."""
    pins = [line for name in ("requirements.txt", "requirements-dev.txt") for line in (ROOT / name).read_text().split()]
    pins = [line for line in pins if line.split("==")[0] in CARRIED]
    assert len(pins) == len(CARRIED)
    wanted = "\n".join([str(package_python), *pins])
    place = ROOT / "build" / f"runtime-{hashlib.sha256(wanted.encode()).hexdigest()[:16]}"
    if not (place / "made").exists():
        shutil.rmtree(place, ignore_errors=True)
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile"]
        command += ["--root-user-action=ignore", "--no-deps", *wheel_options(package_python), "--target", str(place)]
        subprocess.run([*command, *pins], check=True, capture_output=True)
        subprocess.run([package_python.path, "-m", "compileall", "-q", place], check=True)
        (place / "made").touch()
    return place


@pytest.fixture(scope="session")
def start(
    unpacked_package: Path, package_python: Interpreter, carried: Path, tmp_path_factory: pytest.TempPathFactory
) -> Start:
    """Start containers of the package; variables go to its environment, flags to the interpreter."""

    @contextmanager
    def run(*flags: str, **variables: str) -> Iterator[Lambda]:
        storage = {"MONOLAMBDA_STORAGE": str(tmp_path_factory.mktemp("images"))}
        function = Function(
            package=unpacked_package,
            python=package_python.path,
            runtime_client=carried,
            environment={**storage, **variables},
            name="monolambda-dev",
            # without -S the interpreter would see what is installed for it on this machine
            flags=("-S", *flags),
        )
        with ContainerProcess(function) as process:
            process.wait_ready(30)
            yield Lambda(process)

    return run


@pytest.fixture(scope="session")
def function(start: Start) -> Iterator[Lambda]:
    """A container that is open to everybody; it is warm, or not, as the order of the tests has it."""
    with start(**OPEN) as running:
        yield running
