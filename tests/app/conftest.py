"""What tests of several parts of the app share: clients, stored images, an origin for URLs, the Lambda handler."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.container import Container
from app.runtime.log import Log
from tests.support import drawing
from tests.support.door import ON_LAMBDA, DeadLetterBox, Door, Invocations
from tests.support.http_client import put
from tests.support.origin import Origin


@pytest.fixture(scope="session")
def photo() -> bytes:
    """A JPEG of 160 by 120 pixels."""
    return drawing.encoded(drawing.photo(160, 120), "JPEG", quality=85)


@pytest.fixture
def http(client: Callable[..., FlaskClient]) -> FlaskClient:
    return client()


@pytest.fixture
def image_id(http: FlaskClient, photo: bytes) -> str:
    return put(http, photo)


@pytest.fixture
def origin() -> Iterator[Origin]:
    """Run an HTTP origin for URL sources."""
    with Origin() as running:
        yield running


@pytest.fixture
def door(make_container: Callable[..., Container]) -> Callable[..., Door]:
    """Build a door; it is open to everybody unless the test sets ``public`` or keys."""

    def make(**settings: Any) -> Door:
        log = io.StringIO()
        fakes = {"invoker": Invocations(), "dead_letters": DeadLetterBox()}  # nothing of a test goes to AWS
        given = {"platform": ON_LAMBDA, "public": True, "secret": "s" * 32, **fakes, **settings}
        return Door(make_container(log=Log("info", stream=log), **given), log)

    return make
