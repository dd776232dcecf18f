"""Two apps in one process share nothing."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

if TYPE_CHECKING:
    from flask.testing import FlaskClient

JSON = {"Accept": "application/json"}


def png(color: str = "teal") -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (64, 48), color).save(file, "PNG")
    return file.getvalue()


@pytest.fixture
def apps(client: Callable[..., FlaskClient], tmp_path: Path) -> tuple[FlaskClient, FlaskClient]:
    return client(storage=str(tmp_path / "one")), client(storage=str(tmp_path / "other"))


def upload(app: FlaskClient) -> str:
    answer = app.post("/upload", data=png(), headers=JSON)
    assert answer.status_code in (200, 201), answer.text
    found: str = answer.json["images"][0]["id"]  # type: ignore[index]
    return found


def status(app: FlaskClient) -> Any:
    return app.get("/status", headers=JSON).json


def test_an_image_of_one_is_unknown_to_the_other(apps: tuple[FlaskClient, FlaskClient]) -> None:
    one, other = apps
    image_id = upload(one)
    for path in (f"/images/{image_id}", f"/images/{image_id}/original", f"/resize?id={image_id}&w=32"):
        assert one.get(path).status_code == 200
        assert other.get(path).status_code == 404


def test_the_same_bytes_have_another_id_in_the_other(apps: tuple[FlaskClient, FlaskClient]) -> None:
    assert upload(apps[0]) != upload(apps[1])


def test_deleting_in_one_leaves_the_other(client: Callable[..., FlaskClient], tmp_path: Path) -> None:
    one = client(storage=str(tmp_path / "one"), secret="the same for both")
    other = client(storage=str(tmp_path / "other"), secret="the same for both")
    image_id = upload(one)
    assert upload(other) == image_id
    assert one.delete(f"/images/{image_id}").status_code == 204
    assert one.get(f"/images/{image_id}").status_code == 404
    assert other.get(f"/images/{image_id}").status_code == 200


def test_counters_and_caches_are_separate(apps: tuple[FlaskClient, FlaskClient]) -> None:
    one, other = apps
    image_id = upload(one)
    for expected in ("miss", "memory"):
        assert one.get(f"/resize?id={image_id}&w=32").headers["X-Cache"] == expected
    mine, theirs = status(one), status(other)
    assert mine["container"]["id"] != theirs["container"]["id"]
    assert (mine["container"]["invocations"], theirs["container"]["invocations"]) == (4, 1)
    assert (mine["cache"]["entries"], theirs["cache"]["entries"]) == (1, 0)
    assert (mine["routes"]["GET /resize"]["count"], "GET /resize" in theirs["routes"]) == (2, False)


def test_each_pays_its_own_cold_start(apps: tuple[FlaskClient, FlaskClient]) -> None:
    seen = [app.get("/healthz").headers["X-Cold-Start"] for app in (*apps, *apps)]
    assert seen == ["1", "1", "0", "0"]


def test_settings_are_separate(client: Callable[..., FlaskClient], tmp_path: Path) -> None:
    small = client(storage=str(tmp_path / "one"), max_body_bytes=10)
    large = client(storage=str(tmp_path / "other"))
    assert small.post("/upload", data=png(), headers=JSON).status_code == 413
    assert large.post("/upload", data=png(), headers=JSON).status_code == 201
    closed = client(storage=str(tmp_path / "third"), api_keys=(64 * "0",))
    assert closed.post("/upload", data=png(), headers=JSON).status_code == 401


def test_two_apps_on_one_storage_share_images_as_two_processes_would(client: Callable[..., FlaskClient]) -> None:
    one, other = client(), client()
    image_id = upload(one)
    assert upload(other) == image_id
    assert other.get(f"/images/{image_id}").status_code == 200
