"""/status and /healthz: what they say, and to whom."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path

from flask.testing import FlaskClient

from app.container import Container
from app.core.config import Platform
from app.core.errors import StorageUnavailable
from app.runtime.log import Log
from tests.conftest import FakeClock
from tests.support.http_client import HTML, KEY_HASH, KEYED, problem
from tests.support.watched_storage import WatchedStorage


def test_healthz_touches_nothing(client: Callable[..., FlaskClient], watched: WatchedStorage) -> None:
    answer = client(stored_in=watched).get("/healthz")
    assert (answer.status_code, answer.text, answer.mimetype) == (200, "ok\n", "text/plain")
    assert not watched.calls


def test_the_full_status_on_loopback(http: FlaskClient, image_id: str) -> None:
    http.get(f"/resize?id={image_id}&w=40")
    state = http.get("/status").get_json()
    assert (state["status"], state["mode"]) == ("ok", "local")
    made_of = ("version", "python", "pillow", "resampler", "codecs")
    for section in (*made_of, "function", "pools", "cache", "storage", "limits"):
        assert state[section], section
    assert state["container"]["invocations"] == 3
    assert state["container"]["memory_mb"]["limit"] == 512
    assert state["storage"] == {"kind": "local", "ok": True, "failures": 0}
    assert state["cache"]["entries"] == 1
    assert state["routes"]["GET /resize"]["count"] == 1


def test_age_is_counted_from_the_start(
    client: Callable[..., FlaskClient], make_container: Callable[..., Container], clock: FakeClock
) -> None:
    http = client(make_container(now=clock))
    clock.advance(12.5)
    assert http.get("/status").get_json()["container"]["age_s"] == 12.5


def test_callers_without_a_key_get_only_the_public_part(client: Callable[..., FlaskClient]) -> None:
    http = client(api_keys=(KEY_HASH,))
    assert set(http.get("/status").get_json()) == {"status", "version", "container"}
    assert set(http.get("/status").get_json()["container"]) == {"id", "cold"}
    assert "routes" in http.get("/status", headers=KEYED).get_json()
    assert "limits" not in http.get("/status", headers=HTML).text.lower()


def test_variables_that_name_no_setting_are_shown_to_key_holders_and_logged(
    client: Callable[..., FlaskClient], make_container: Callable[..., Container]
) -> None:
    stream = io.StringIO()
    container = make_container(
        platform=Platform(unknown_variables=("MONOLAMBDA_RETIRED",)),
        log=Log("info", stream=stream),
        api_keys=(KEY_HASH,),
    )
    http = client(container)
    assert http.get("/status", headers=KEYED).get_json()["unknown_settings"] == ["MONOLAMBDA_RETIRED"]
    assert "MONOLAMBDA_RETIRED" in http.get("/status", headers={**KEYED, **HTML}).text
    assert "MONOLAMBDA_RETIRED" not in http.get("/status").text
    logged = json.loads(stream.getvalue().splitlines()[0])
    assert (logged["level"], logged["event"]) == ("warning", "unknown_settings")
    assert logged["variables"] == ["MONOLAMBDA_RETIRED"]


def test_a_demo_says_that_it_is_open(client: Callable[..., FlaskClient]) -> None:
    http = client(api_keys=(KEY_HASH,), public=True)
    assert http.get("/status").get_json()["open_to_everybody"] is True
    assert "open to everybody" in http.get("/status", headers=HTML).text


def test_page_shows_the_same(http: FlaskClient) -> None:
    for _ in range(2):
        page = http.get("/status", headers=HTML)
    state = http.get("/status").get_json()
    assert page.mimetype == "text/html"
    for word in ("GET /status", state["version"], state["python"], state["container"]["id"], "<meter"):
        assert word in page.text


def test_figures_are_not_cached(http: FlaskClient) -> None:
    assert "no-store" in http.get("/status").headers["Cache-Control"]
    assert "Accept" in http.get("/status").vary


def test_a_missing_storage_is_reported(
    make_container: Callable[..., Container], client: Callable[..., FlaskClient]
) -> None:
    import shutil

    container = make_container()
    shutil.rmtree(Path(container.settings.storage))
    state = client(container).get("/status").get_json()
    assert (state["status"], state["storage"]["ok"]) == ("degraded", False)


def test_errors_of_sources_are_counted_separately(client: Callable[..., FlaskClient], watched: WatchedStorage) -> None:
    http = client(stored_in=watched, source_networks=("127.0.0.0/8",))
    http.get("/resize?url=http://127.0.0.1:1/")  # nothing listens on port 1
    http.get("/resize?id=none")

    def fail(method: str, key: str) -> None:
        raise StorageUnavailable("the disk is gone")

    watched.before = fail
    http.get(f"/resize?id={'0' * 32}")
    figures = http.get("/status").get_json()["routes"]["GET /resize"]
    assert (figures["count"], figures["errors"], figures["source_errors"]) == (3, 1, 1)


def test_unknown_methods_do_not_grow_the_figures(http: FlaskClient) -> None:
    for number in range(300):
        http.open("/resize", method=f"M{number}")
    assert len(http.get("/status").get_json()["routes"]) < 200


def test_not_acceptable(http: FlaskClient) -> None:
    problem(http.get("/status", headers={"Accept": "image/png"}), 406, "not_acceptable")
