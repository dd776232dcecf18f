"""A response that is not the expected one is not taken for a start."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.cold_start.asked_first import HEALTH, PAGE, AskedFirst
from measurement.bare_app import app


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
