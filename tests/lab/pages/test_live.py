"""The live page: its files, its data, its button."""

from __future__ import annotations

from pathlib import Path

import requests

from tests.support import browser
from tests.support.lab.fleet_client import MakeLab

# returns which of these states' colors the canvas shows
COLORS = """
const canvas = document.getElementById("rows");
if (canvas.hidden || !canvas.width || !canvas.height) return [];
const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
const seen = new Set();
for (let at = 0; at < pixels.length; at += 4) seen.add(pixels.slice(at, at + 3).join());
const style = getComputedStyle(document.documentElement);
const rgb = (name) => [1, 3, 5].map((at) => parseInt(style.getPropertyValue(name).trim().slice(at, at + 2), 16)).join();
return ["--init", "--serve", "--after", "--frozen"].filter((name) => seen.has(rgb(name)));
"""


def test_the_page_loads_nothing_from_elsewhere(make_lab: MakeLab) -> None:
    lab = make_lab(handler="probe.proxy")
    page = requests.get(lab.live_url, timeout=30)
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert "unsafe" not in page.headers["Content-Security-Policy"]
    for name in ("lab.js", "lab.css"):
        assert f"/_lab/{name}" in page.text
        part = requests.get(f"{lab.live_url}/{name}", timeout=30)
        assert part.status_code == 200
        assert "//" not in part.text.replace("// ", "")
    assert "style=" not in page.text
    assert requests.get(f"{lab.live_url}/../lab.js/../../traits.py", timeout=30).status_code in (403, 404)
    assert lab.timeline.totals.invocations == 0


def test_the_data_says_what_each_container_did(make_lab: MakeLab) -> None:
    lab = make_lab(handler="probe.proxy", concurrency=7)
    requests.get(f"{lab.url}/x", timeout=30)
    news = requests.get(f"{lab.live_url}/events", timeout=30).json()
    states = [change["state"] for change in news["changes"]]
    assert states[:3] == ["init", "serve", "after"]
    assert (news["totals"]["invocations"], news["totals"]["cold_starts"], news["limit"]) == (1, 1, 7)
    assert news["dollars"] > 0
    last = news["changes"][-1]["sequence"]
    later = requests.get(f"{lab.live_url}/events?since={last}", timeout=30).json()
    assert all(change["sequence"] > last for change in later["changes"])


def test_the_button_sends_requests_at_once(make_lab: MakeLab) -> None:
    lab = make_lab(handler="probe.proxy")
    burst = {"count": 8, "path": "/healthz"}
    answer = requests.post(f"{lab.live_url}/burst", headers={"X-Lab": "1"}, json=burst, timeout=60)
    assert answer.json() == {"statuses": {"200": 8}}
    assert lab.timeline.totals.invocations == 8


def test_a_page_of_another_site_cannot_press_the_button(make_lab: MakeLab) -> None:
    lab = make_lab(handler="probe.proxy")
    assert requests.post(f"{lab.live_url}/burst", json={"count": 8}, timeout=30).status_code == 403
    assert requests.post(f"{lab.live_url}/burst", headers={"X-Lab": "1"}, data="x", timeout=30).status_code == 400
    assert lab.timeline.totals.invocations == 0


def test_a_browser_draws_what_happened(make_lab: MakeLab, tmp_path: Path) -> None:
    lab = make_lab(handler="probe.proxy")
    with browser.opened(tmp_path / "profile") as page:
        page.open(lab.live_url)
        page.one("button").click()
        page.wait(lambda: "× 200" in page.one("#result").text)
        page.wait(lambda: len(page.script(COLORS)) >= 3)
        # the counters come with the page's next poll, which may be after the burst's response
        page.wait(lambda: "invocations\n20" in page.one("#counters").text)
        assert page.console() == []
