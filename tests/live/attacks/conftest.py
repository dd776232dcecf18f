"""Servers to attack: one that is closed, with keys and signing, and one that is open to this machine."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import pytest

from tests.support import drawing
from tests.support.app_server import Server, flask_run, running, serve

KEY = "a key for attacks"
SECRET = "a secret of sixteen bytes or more"
KEYED = {"Authorization": f"Bearer {KEY}"}
# closed, but for what strangers may ask for anywhere
CLOSED = {
    "MONOLAMBDA_API_KEYS": hashlib.sha256(KEY.encode()).hexdigest(),
    "MONOLAMBDA_SIGNING_KEYS": f"web:{SECRET}",
    "MONOLAMBDA_UNSIGNED": "all",
}
LOOPBACK_SOURCES = {"MONOLAMBDA_SOURCE_NETWORKS": "127.0.0.0/8"}


@pytest.fixture(scope="session")
def located_photo() -> bytes:
    """A JPEG that tells where it was taken."""
    return drawing.encoded(drawing.photo(160, 120), "JPEG", exif=drawing.author("A. Nother"))


@pytest.fixture(scope="session", params=[flask_run, serve], ids=["flask run", "make serve"])
def closed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Each server in turn, where strangers get images without a position; it logs all that it can."""
    with running(request.param, tmp_path_factory.mktemp("closed"), **CLOSED, MONOLAMBDA_LOG_LEVEL="debug") as server:
        yield server


@pytest.fixture(scope="session")
def open_here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server without any key, which fetches from this machine."""
    with running(flask_run, tmp_path_factory.mktemp("open"), **LOOPBACK_SOURCES) as server:
        yield server
