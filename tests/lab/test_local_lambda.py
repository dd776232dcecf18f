"""The real app in real containers, as a browser and a client meet it at the gateway."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
import requests

from lab.account.function import Function
from lab.account.package import from_tree
from tests.support.drawing import encoded, opened, quadrants
from tests.support.http_client import KEY, KEY_HASH
from tests.support.lab.fleet_client import MakeLab


@pytest.fixture
def the_app(tmp_path: Path) -> Function:
    settings = {
        "MONOLAMBDA_STORAGE": str(tmp_path / "storage"),
        "MONOLAMBDA_PUBLIC": "true",
        "MONOLAMBDA_SECRET": "shared by the containers",
    }
    return from_tree(handler="wsgi.handler", environment=settings, memory_mb=1769)


@pytest.mark.parametrize("api", ["v1", "v2", "url"])
def test_a_page_an_upload_and_a_resize(make_lab: MakeLab, the_app: Function, api: str) -> None:
    lab = make_lab(function=the_app, api=api)
    page = requests.get(f"{lab.url}/", headers={"Accept": "text/html"}, timeout=30)
    assert page.status_code == 200
    assert f'href="{lab.gateway.api.prefix}/static/' in page.text
    picture = encoded(quadrants(400, 300), "PNG")
    uploaded = requests.post(f"{lab.url}/upload", files={"file": ("a.png", picture, "image/png")}, timeout=30)
    assert uploaded.status_code == 201, uploaded.text
    number, link = (uploaded.json()["images"][0][name] for name in ("id", "url"))
    assert link == f"{lab.url}/images/{number}"
    assert requests.get(link, timeout=30).status_code == 200
    resized = requests.get(f"{lab.url}/resize", params={"id": number, "width": "100", "format": "webp"}, timeout=30)
    assert resized.status_code == 200
    assert (opened(resized.content).format, opened(resized.content).size) == ("WEBP", (100, 75))
    assert resized.headers["X-Cold-Start"] == "0"
    assert lab.timeline.totals.cold_starts == 1


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_links_and_cookies_follow_the_scheme_that_events_name(
    make_lab: MakeLab, the_app: Function, scheme: str
) -> None:
    closed = {**the_app.environment, "MONOLAMBDA_PUBLIC": "false", "MONOLAMBDA_API_KEYS": KEY_HASH}
    lab = make_lab(function=msgspec.structs.replace(the_app, environment=closed), scheme=scheme)
    problem = requests.get(f"{lab.url}/images", timeout=30).json()
    assert problem["type"].startswith(f"{scheme}://127.0.0.1:{lab.port}/dev/docs#")
    with requests.Session() as browser:
        signed_in = browser.post(f"{lab.url}/login", data={"key": KEY}, allow_redirects=False, timeout=30)
        assert ("Secure" in signed_in.headers["Set-Cookie"]) is (scheme == "https")
        # the cookie comes back only where the lab says what is true
        listed = browser.get(f"{lab.url}/images", timeout=30)
    assert listed.status_code == (200 if scheme == "http" else 401)


def test_two_containers_share_the_storage(make_lab: MakeLab, the_app: Function) -> None:
    lab = make_lab(function=the_app)
    picture = encoded(quadrants(64, 48), "PNG")
    number = requests.post(f"{lab.url}/upload", data=picture, timeout=30).json()["images"][0]["id"]
    burst = requests.post(
        lab.live_url + "/burst",
        headers={"X-Lab": "1"},
        json={"count": 6, "path": f"/resize?id={number}&w=20"},
        timeout=60,
    )
    assert burst.json() == {"statuses": {"200": 6}}
    assert lab.timeline.totals.cold_starts > 1
