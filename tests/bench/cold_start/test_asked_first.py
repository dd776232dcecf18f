"""A response that is not the expected one is not taken for a start."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from bench.cold_start.asked_first import HEALTH, PAGE, AskedFirst, new_object
from bench.cold_start.bucket import MemoryBucket
from measurement.bare_app import app
from tests.support.drawing import encoded


@pytest.mark.parametrize("route", [HEALTH, PAGE])
def test_the_bare_app_has_every_route(tmp_path: Path, route: AskedFirst) -> None:
    path = tmp_path / "body"
    path.write_bytes(app.test_client().get(route.event(b"")["path"]).data)
    route.check(path)


@pytest.mark.parametrize(
    ("route", "body"), [(HEALTH, b"not ok"), (PAGE, b"ok\n"), (PAGE, b"<form></form>"), (PAGE, b"<p></p></html>")]
)
def test_another_response_is_refused(tmp_path: Path, route: AskedFirst, body: bytes) -> None:
    path = tmp_path / f"ours{route.suffix}"
    path.write_bytes(body)
    with pytest.raises(RuntimeError, match="expected"):
        route.check(path)


RENDITIONS = {f"resized/{width}-photo.jpg": encoded(Image.new("RGB", (width, 9)), "JPEG") for width in (480, 640, 1000)}


def test_each_start_has_to_store_all_renditions_again(tmp_path: Path) -> None:
    path = tmp_path / "ours.json"
    path.write_text('{"status": 200, "made": 1}')
    with MemoryBucket() as bucket:
        asked = new_object(bucket)
        record = asked.event(b"source")["Records"][0]
        assert bucket.objects == {record["s3"]["object"]["key"]: b"source"}
        bucket.objects.update(RENDITIONS)
        asked.check(path)
        with pytest.raises(RuntimeError, match="expected a rendition, received"):
            asked.check(path)


def test_a_rendition_of_another_width_is_refused(tmp_path: Path) -> None:
    with MemoryBucket() as bucket:
        bucket.objects.update(RENDITIONS, **{"resized/640-photo.jpg": RENDITIONS["resized/480-photo.jpg"]})
        with pytest.raises(RuntimeError, match="expected a JPEG 640 wide"):
            new_object(bucket).check(tmp_path / "ours.json")
