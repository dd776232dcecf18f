"""What tests of the HTTP door share: a client on open loopback, and an image stored through it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from tests.support import drawing
from tests.support.asking import put


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
