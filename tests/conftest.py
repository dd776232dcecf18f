"""Fixtures for every test: settings, a fake clock, containers and storages that are closed, servers to talk to."""

from __future__ import annotations

import gc
import io
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import hypothesis
import msgspec
import pytest

from app.core.config import Platform, Settings

if TYPE_CHECKING:
    from flask.testing import FlaskClient

    from app.container import Container
    from app.storage import Storage
    from app.storage.s3 import S3Storage
    from tests.support.s3.server import S3
    from tests.support.watched_storage import WatchedStorage

pytest_plugins = ["tests.support.package_fixtures"]

MakeS3Storage = Callable[..., "S3Storage"]
LOCAL = Platform()

# a slow machine is not a failure; failing examples are printed for pasting into a test, not kept in a file
hypothesis.settings.register_profile("ours", deadline=None, database=None, print_blob=True)
hypothesis.settings.load_profile("ours")

# programs that tests start inherit that a signal is ignored, as SIGHUP is under nohup and SIGINT in the background of a
# shell, but no handler
if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
    signal.signal(signal.SIGHUP, lambda *_: None)
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_finish() -> None:
    """Let the garbage collector pass over the collected tests, thousands of objects that stay until the end."""
    gc.collect()
    gc.freeze()


class FakeClock:
    """Seconds that pass only when a test says so; called like ``time.monotonic`` or ``time.time``."""

    def __init__(self, seconds: float = 1_000_000.0) -> None:
        self.seconds = seconds

    def __call__(self) -> float:
        return self.seconds

    def advance(self, seconds: float) -> None:
        self.seconds += seconds


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def make_settings(tmp_path: Path) -> Callable[..., Settings]:
    """Return a function that builds settings whose storage is in the test's own directory."""

    def make(**overrides: Any) -> Settings:
        return Settings(**{"storage": str(tmp_path / "storage"), **overrides})

    return make


@pytest.fixture
def make_container(make_settings: Callable[..., Settings], tmp_path: Path) -> Iterator[Callable[..., Container]]:
    """Return a function that builds containers, closed at the end; the tables of their limits are the test's own.

    ``platform``, ``started``, ``clock``, ``now`` and ``log`` go to Container; ``stored_in`` is its storage, and
    the other backends have their own names. Everything else is a setting.
    """
    from app.container import Backends, Container, open_backends
    from app.runtime.log import Log

    def take(given: dict[str, Any], *names: str) -> dict[str, Any]:
        return {name: given.pop(name) for name in names if name in given}

    with ExitStack() as stack:

        def make(*, platform: Platform = LOCAL, stored_in: Storage | None = None, **given: Any) -> Container:
            parts = take(given, "started", "clock", "now", "log")
            backends = {"table_directory": tmp_path} | take(given, *(set(Backends.__struct_fields__) - {"storage"}))
            settings = make_settings(**given)
            if stored_in:
                backends["storage"] = stored_in
            handed_in = msgspec.structs.replace(open_backends(settings, platform), **backends)
            parts.setdefault("log", Log(settings.log_level, stream=io.StringIO()))
            return stack.enter_context(closing(Container(settings, platform, backends=handed_in, **parts)))

        yield make


@pytest.fixture
def watched(tmp_path: Path) -> WatchedStorage:
    """Return the storage directory of this test's containers, to be handed in as ``stored_in``."""
    from app.storage.local import LocalStorage
    from tests.support.watched_storage import WatchedStorage

    return WatchedStorage(LocalStorage(tmp_path / "storage", derived_bytes=Settings().derived_bytes))


@pytest.fixture
def client(make_container: Callable[..., Container], request: pytest.FixtureRequest) -> Callable[..., FlaskClient]:
    """Return a function that builds a test client, for the given container or one made from settings."""
    from app import create_app
    from tests.support.handler_client import client_class

    through_handler = request.config.pluginmanager.hasplugin("tests.support.as_on_lambda")

    def make(container: Container | None = None, **given: Any) -> FlaskClient:
        used = container or make_container(**given)
        app = create_app(used)
        if through_handler:
            app.test_client_class = client_class(app, used)
        return app.test_client()

    return make


@pytest.fixture(scope="session")
def s3() -> Iterator[S3]:
    """Run one S3 server for all tests that do not count its requests."""
    from tests.support.s3.server import S3

    with S3() as running:
        yield running


@pytest.fixture(scope="module")
def module_s3() -> Iterator[S3]:
    """Run an S3 server for one module."""
    from tests.support.s3.server import S3

    with S3() as running:
        yield running


@pytest.fixture
def clocked_s3(module_s3: S3, clock: FakeClock) -> S3:
    """Return the module's S3 server, which checks signatures by the test's clock; it starts at the current time."""
    clock.seconds = time.time()
    module_s3.sigv4.now = clock
    return module_s3


@pytest.fixture
def make_s3_storage() -> Iterator[MakeS3Storage]:
    """Return a function that builds storages on a server; they are closed at the end.

    ``bucket`` is a new one unless given, ``session`` the server's own; ``client`` goes to ``create_client``.
    """
    from app.storage.s3 import S3Storage
    from app.storage.s3_client import create_client

    with ExitStack() as stack:

        def make(server: S3, *, bucket: str = "", session: Any = None, client: Any = None, **rest: Any) -> S3Storage:
            options = {"session": session or server.session, "attempts": 2, **(client or {})}
            rest = {"create_client": partial(create_client, **options), "prefix": "pre/fix", **rest}
            return stack.enter_context(closing(S3Storage(bucket or server.bucket(), **rest)))

        yield make
