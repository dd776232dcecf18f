"""What a container builds at the start, and what it renews after a restore."""

from __future__ import annotations

import hashlib
import io
import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from app import create_app
from app.container import Container
from app.core.config import ConfigError, Platform, from_environ, platform_from_environ
from app.core.deadline import Deadline
from app.core.errors import Busy
from app.runtime.log import Log
from app.storage.s3 import S3Storage
from app.storage.s3_client import create_client
from tests.conftest import FakeClock, MakeS3Storage
from tests.support import drawing
from tests.support.door import ON_LAMBDA, Door
from tests.support.http_client import put
from tests.support.http_events import rest
from tests.support.on_lambda import VARIABLES
from tests.support.origin import Origin, ok
from tests.support.s3.server import S3
from tests.support.waiting import wait_until


@pytest.mark.parametrize(("processes", "memory_mb", "warned"), [(16, 128, True), (2, 1024, False), (1, 128, False)])
def test_processes_with_little_memory_each_are_warned_of(
    make_container: Callable[..., Container], processes: int, memory_mb: int, warned: bool
) -> None:
    stream = io.StringIO()
    platform = Platform(mode="lambda", memory_mb=processes * memory_mb, processes=processes)
    make_container(
        platform=platform, memory_mb=memory_mb, secret="s" * 16, storage="s3://photos", log=Log("info", stream=stream)
    )
    assert ('"event":"little_memory"' in stream.getvalue()) is warned


CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def decoded_at_once(container: Container) -> int:
    """Return how many images the process decodes before the next has to wait."""
    admission = container.services.renderer.admission
    with ExitStack() as stack:
        for count in range(CORES + 1):
            try:
                stack.enter_context(admission.admit(0, 0.0, Deadline.after(1.0, time.monotonic)))
            except Busy:
                return count
    return CORES + 1


@pytest.mark.parametrize("processes", [1, 2, CORES, 4 * CORES])
def test_all_processes_together_decode_as_many_images_as_there_are_cores(
    make_container: Callable[..., Container], processes: int
) -> None:
    container = make_container(platform=platform_from_environ({"WEB_CONCURRENCY": str(processes)}))
    assert decoded_at_once(container) == max(1, CORES // processes)
    # what takes most of a deadline is feasible in one of many processes too: the others may have nothing to do
    with container.services.renderer.admission.admit(0, 29.0, Deadline.after(30.0, FakeClock())):
        pass


def test_a_request_beside_another_waits_for_it(make_container: Callable[..., Container]) -> None:
    container = make_container(platform=Platform(processes=CORES))
    http = create_app(container).test_client()
    stored = put(http, drawing.encoded(drawing.photo(80, 60), "JPEG"))
    admission, deadline = container.services.renderer.admission, Deadline.after(30.0, time.monotonic)
    with ThreadPoolExecutor(1) as pool:
        with admission.admit(0, 0.0, deadline):
            asked = pool.submit(lambda: http.get(f"/resize?id={stored}&w=40"))
            wait_until(lambda: admission.waiting == 1)
        assert asked.result(30).status_code == 200


def test_pages_of_a_server_may_upload_to_its_bucket(
    client: Callable[..., FlaskClient], make_container: Callable[..., Container]
) -> None:
    """Its region is the one that boto3 reads."""
    server = platform_from_environ({"AWS_DEFAULT_REGION": "eu-west-1", "AWS_REGION": "us-west-2"})
    http = client(make_container(platform=server, storage="s3://photos/dev", secret="s" * 32))
    policy = http.get("/").headers["Content-Security-Policy"]
    assert "connect-src 'self' https://photos.s3.eu-west-1.amazonaws.com;" in policy


def test_the_bucket_origin_follows_from_settings_and_region(door: Callable[..., Door]) -> None:
    import msgspec

    from app.core.config import Settings

    here = door()
    here.container.settings = Settings(storage="s3://photos/dev")
    here.container.platform = msgspec.structs.replace(here.container.platform, region="eu-west-1")
    assert here.container.bucket_origin == "https://photos.s3.eu-west-1.amazonaws.com"
    assert (
        "https://photos.s3.eu-west-1.amazonaws.com"
        in here.http(rest("GET", "/", headers={"Accept": "text/html"})).headers["content-security-policy"][0]
    )
    here.container.settings = Settings(storage="/tmp/photos")
    assert here.container.bucket_origin == ""
    here.container.settings = Settings(bucket_origin="https://cdn.example")
    assert here.container.bucket_origin == "https://cdn.example"


@pytest.fixture
def container(make_container: Callable[..., Container], clock: FakeClock) -> Container:
    return make_container(now=clock, source_networks=("127.0.0.0/8",))


def test_a_renewed_container_is_new(container: Container, clock: FakeClock) -> None:
    before, born = container.id, container.started
    container.begin()
    clock.advance(3600)
    container.renew()
    assert container.id != before
    assert container.started == born + 3600
    assert (container.invocations, container.begin()) == (0, True)


def test_random_numbers_begin_elsewhere(container: Container) -> None:
    numbers = []
    state = random.getstate()
    for _ in range(2):
        random.setstate(state)
        container.renew()
        numbers.append(random.random())
    assert numbers[0] != numbers[1]


def test_connections_to_sources_are_dropped_and_the_session_is_kept(container: Container) -> None:
    remote = container.backends.fetcher
    with Origin() as origin:
        origin.routes["/a"] = ok()
        remote.fetch(origin.url("/a"), Deadline.after(30))
        session = remote._session
        assert remote.stats().idle == 1
        container.renew()
        assert remote.stats().idle == 0
        remote.fetch(origin.url("/a"), Deadline.after(30))
        assert origin.connections == 2
        assert remote._session is session


def test_connections_to_s3_are_dropped_and_the_client_is_kept(
    make_container: Callable[..., Container], make_s3_storage: MakeS3Storage, s3: S3
) -> None:
    built: list[Any] = []

    def count() -> Any:
        built.append(create_client(session=s3.session))
        return built[-1]

    storage = make_s3_storage(s3, create_client=count)
    container = make_container(stored_in=storage)
    storage.put("key", b"data", media_type="image/png")
    container.renew()
    assert (storage.stats().opened, storage.stats().idle) == (1, 0)
    assert storage.get("key") == b"data"
    assert (storage.stats().opened, len(built)) == (2, 1)


ROOT = Path(__file__).parents[3]
# what each name loads, and nothing else at start does
HEAVY = {"imaging": ["PIL.Image", "app.imaging.draw", "app.imaging.warm"], "http": ["requests", "urllib3"]}


START = """
import json, sys
import wsgi
before = set(sys.modules)
print(json.dumps(sorted(set(json.loads(sys.argv[1])) & before)))
from measurement.lambda_context import LambdaContext
from tests.support.http_events import rest
with open(sys.argv[2], "rb") as file:
    event = rest("POST", "/resize", query="width=40", body=file.read(), host="localhost")
answer = wsgi.handler(event, LambdaContext())
assert answer["statusCode"] == 200, answer
new = set(sys.modules) - before
print(json.dumps(sorted(name for name in new if name.startswith(("PIL", "app.imaging")))))
wsgi.container.close()
"""


def start(directory: Path, **variables: str) -> tuple[list[str], list[str]]:
    """Start the app in a process of its own; return what was loaded then, and what the first resize loaded."""
    photo = directory / "photo.jpg"
    photo.write_bytes(drawing.encoded(drawing.photo(160, 120), "JPEG"))
    named = json.dumps([name for names in HEAVY.values() for name in names])
    done = subprocess.run(
        [sys.executable, "-c", START, named, str(photo)],
        cwd=ROOT,
        env={**_without_settings(), "MONOLAMBDA_STORAGE": str(directory / "storage"), **variables},
        capture_output=True,
        text=True,
        check=True,
    )
    # a container on Lambda also prints the metrics of the request
    loaded, later = (json.loads(line) for line in done.stdout.splitlines() if line.startswith("["))
    return loaded, later


def _without_settings() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("MONOLAMBDA_")}


@pytest.mark.parametrize(
    ("names", "loaded"),
    [
        ("", []),
        ("imaging", HEAVY["imaging"]),
        ("http", HEAVY["http"]),
        ("http,imaging,storage", [*HEAVY["http"], *HEAVY["imaging"]]),
    ],
)
@pytest.mark.parametrize("variables", [{"MONOLAMBDA_PUBLIC": "true"}, VARIABLES], ids=["server", "Lambda"])
def test_a_start_loads_what_warm_on_init_names(
    tmp_path: Path, variables: dict[str, str], names: str, loaded: list[str]
) -> None:
    """On Lambda too, where the imports of packages wait: what is named does not."""
    there, later = start(tmp_path, **variables, MONOLAMBDA_WARM_ON_INIT=names)
    assert there == sorted(loaded)
    assert (later == []) == ("imaging" in names), "a photograph needs nothing more than what was loaded for it"


def test_http_is_ready_before_the_first_url(make_container: Callable[..., Container]) -> None:
    for names in ((), ("http",)):
        container = make_container(warm_on_init=names)
        container.warm()
        assert (container.backends.fetcher._session is not None) == bool(names)


def test_storage_is_connected_before_the_first_request(
    make_container: Callable[..., Container], make_s3_storage: MakeS3Storage, s3: S3
) -> None:
    for names, opened in (((), 0), (("storage",), 1)):
        container = make_container(warm_on_init=names, stored_in=make_s3_storage(s3))
        container.warm()
        assert container.backends.storage.stats().opened == opened


def test_unavailable_storage_does_not_stop_the_start(
    make_container: Callable[..., Container], make_s3_storage: MakeS3Storage
) -> None:
    def away() -> Any:
        raise ImportError(name="boto3")

    container = make_container(warm_on_init=("storage",), stored_in=S3Storage("photos", create_client=away))
    container.warm()


def test_warming_is_part_of_the_time_a_start_took(make_container: Callable[..., Container]) -> None:
    seconds = iter(range(1000, 2000, 3))
    container = make_container(now=lambda: float(next(seconds)))
    before = container.init_ms
    container.warm()
    assert container.init_ms > before


@pytest.mark.parametrize("text", ["boto3", "http,images", "HTTP", "http storage"])
def test_an_unknown_name_is_refused_with_those_there_are(text: str) -> None:
    with pytest.raises(ConfigError, match=r"MONOLAMBDA_WARM_ON_INIT: .*expected imaging, http or storage"):
        from_environ({"MONOLAMBDA_WARM_ON_INIT": text})


@pytest.mark.parametrize(("pooling", "kept"), [("shared", True), ("per_request", False)])
def test_one_setting_decides_whether_connections_are_kept(
    make_container: Callable[..., Container], pooling: str, kept: bool
) -> None:
    container = make_container(pooling=pooling, storage="s3://photos", warm_on_init=("http",))
    container.warm()
    storage: Any = container.backends.storage
    assert storage._clients._shared is kept
    assert (container.backends.fetcher._session is not None) is kept


def test_a_revoked_key_dies_within_minutes_and_a_failed_read_is_logged(
    make_container: Callable[..., Container],
) -> None:
    """Through the handler, on Lambda, over the clock that goes on while a container is frozen."""
    log, now, stored = io.StringIO(), [1e9], {"/m/dev/keys": hashlib.sha256(b"old").hexdigest()}
    container = make_container(
        platform=ON_LAMBDA,
        log=Log("info", stream=log),
        now=lambda: now[0],
        read_secrets=lambda names: stored,
        secret="s" * 32,
        api_keys=("ssm:/m/dev/keys",),
    )
    here = Door(container, log)

    def status(key: str) -> int:
        # an image that is not there, which only key holders are told
        return here.http(rest("DELETE", f"/images/{'0' * 32}", headers={"Authorization": f"Bearer {key}"})).status

    assert (status("old"), status("new")) == (404, 401)
    stored["/m/dev/keys"] = "a key instead of its hash"
    now[0] += 301
    assert (status("old"), status("new")) == (404, 401)
    (failure,) = (line for line in here.log() if line.get("event") == "secrets_not_read")
    assert failure["detail"].startswith("MONOLAMBDA_API_KEYS: expected SHA-256 hashes")
    assert "instead" not in json.dumps(failure)
    stored["/m/dev/keys"] = hashlib.sha256(b"new").hexdigest()
    now[0] += 301
    assert (status("old"), status("new")) == (401, 404)
    del stored["/m/dev/keys"]
    now[0] += 301
    assert status("new") == 404
    now[0] += 301
    assert (status("new"), status("new")) == (503, 503)
