"""A photo, and the app under each server in turn."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support import drawing
from tests.support.app_server import Server, flask_run, gunicorn, running, serve


@pytest.fixture(scope="session")
def large_photo() -> bytes:
    """A JPEG of 1200 by 900 pixels."""
    return drawing.encoded(drawing.photo(1200, 900), "JPEG", quality=85)


@pytest.fixture(scope="session", params=[flask_run, serve, gunicorn], ids=["flask run", "make serve", "gunicorn"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Each server in turn, with default settings except that sources on loopback are allowed."""
    directory = tmp_path_factory.mktemp("server")
    with running(request.param, directory, MONOLAMBDA_SOURCE_NETWORKS="127.0.0.0/8") as started:
        yield started
