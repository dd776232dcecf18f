"""The live page: its files, its data, its buttons."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests

from lab.account.app_settings import app_settings
from lab.account.package import from_tree
from lab.local_lambda import LocalLambda
from lab.pages import recorded_run
from lab.pages.scenes import Scene, SceneRunner
from tests.support.lab.fleet_client import MakeLab
from tests.support.waiting import wait_until


def press(lab: LocalLambda, button: str, asked: object = None) -> requests.Response:
    """Send what a button of the page sends."""
    return requests.post(f"{lab.live_url}/{button}", headers={"X-Lab": "1"}, json=asked, timeout=60)


def events(lab: LocalLambda, query: str = "") -> Any:
    return requests.get(f"{lab.live_url}/events{query}", timeout=30).json()


def test_the_page_loads_nothing_from_elsewhere(make_lab: MakeLab) -> None:
    lab = make_lab(handler="probe.proxy")
    page = requests.get(lab.live_url, timeout=30)
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert "unsafe" not in page.headers["Content-Security-Policy"]
    waiting, seen = re.findall(r'/_lab/([a-z]+\.(?:js|css))"', page.text), set()
    while waiting:
        seen.add(name := waiting.pop())
        part = requests.get(f"{lab.live_url}/{name}", timeout=30)
        assert part.status_code == 200
        assert "//" not in part.text.replace("// ", "")
        waiting += {*re.findall(r'from "\./([a-z]+\.js)"', part.text)} - seen
    assert {"lab.css", "lab.js", "model.js", "chart.js", "lane.js", "player.js", "words.js"} == seen
    assert "style=" not in page.text
    assert requests.get(f"{lab.live_url}/../lab.js/../../traits.py", timeout=30).status_code in (403, 404)
    assert lab.timeline.totals.invocations == 0


def test_the_data_says_what_each_container_did(make_lab: MakeLab) -> None:
    lab = make_lab(handler="probe.proxy", concurrency=7)
    requests.get(f"{lab.url}/x", timeout=30)
    news = events(lab)
    states = [change["state"] for change in news["changes"]]
    assert states[:3] == ["init", "serve", "after"]
    assert news["changes"][0]["note"] == "local:$LATEST"
    assert (news["serving"], news["waiting"]) == (0, 0)
    assert news["limit"] == 7
    (served,) = news["served"]
    assert served["cold"]
    assert served["dollars"] > 0
    last = news["changes"][-1]["sequence"]
    later = events(lab, f"?since={last}")
    assert all(change["sequence"] > last for change in later["changes"])


@pytest.mark.parametrize("since", ["9" * 5000, "-1", "+1", "1.5", "abc", "", "%D9%A1"])
def test_a_change_that_has_no_number_is_refused(make_lab: MakeLab, since: str) -> None:
    answer = requests.get(f"{make_lab(handler='probe.proxy').live_url}/events?since={since}", timeout=30)
    assert (answer.status_code, answer.json()) == (400, {"message": "since: expected a number"})


@pytest.mark.parametrize("body", [b'{"path": "/\xff"}', b'{"a":' * 100_000], ids=["not UTF-8", "brackets"])
def test_a_body_that_no_parser_takes_is_refused(make_lab: MakeLab, body: bytes) -> None:
    url = f"{make_lab(handler='probe.proxy').live_url}/burst"
    assert requests.post(url, headers={"X-Lab": "1"}, data=body, timeout=30).status_code == 400


def test_the_button_sends_requests_at_once(make_lab: MakeLab) -> None:
    lab = make_lab(handler="probe.proxy")
    answer = press(lab, "burst", {"count": 8, "path": "/healthz"})
    assert answer.json() == {"statuses": {"200": 8}}
    assert lab.timeline.totals.invocations == 8


def test_a_page_of_another_site_cannot_press_the_button(make_lab: MakeLab) -> None:
    lab = make_lab(handler="probe.proxy")
    assert requests.post(f"{lab.live_url}/burst", json={"count": 8}, timeout=30).status_code == 403
    assert requests.post(f"{lab.live_url}/kill", timeout=30).status_code == 403
    assert requests.get(f"{lab.live_url}/kill", headers={"X-Lab": "1"}, timeout=30).status_code == 403
    assert requests.post(f"{lab.live_url}/burst", headers={"X-Lab": "1"}, data="x", timeout=30).status_code == 400
    assert lab.timeline.totals.invocations == 0


def test_a_page_of_another_site_cannot_read_the_page_by_dns_rebinding(make_lab: MakeLab) -> None:
    lab = make_lab(handler="probe.proxy")
    headers = {"Host": "attacker.example", "X-Lab": "1"}
    for method, name in (("GET", ""), ("GET", "/events"), ("GET", "/recording.json"), ("POST", "/kill")):
        answer = requests.request(method, lab.live_url + name, headers=headers, timeout=30)
        assert (answer.status_code, "expected 127.0.0.1, localhost" in answer.json()["message"]) == (403, True)
    # the gateway is the app's, which may have any name
    assert requests.get(f"{lab.url}/x", headers=headers, timeout=30).status_code == 200


def test_a_request_that_waits_for_its_container_is_told_from_one_that_is_served(
    make_lab: MakeLab, tmp_path: Path
) -> None:
    lab = make_lab(handler="waits_in_init.proxy", environment={"UNTIL": str(tmp_path / "gate")})

    def counted() -> tuple[int, int]:
        news = events(lab)
        return news["waiting"], news["serving"]

    held = f"{lab.url}/?do=hold&started={tmp_path / 'started'}&until={tmp_path / 'end'}"
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(requests.get, held, timeout=60)
        wait_until(lambda: counted() == (1, 0))
        (tmp_path / "gate").touch()
        wait_until(lambda: counted() == (0, 1))
        (tmp_path / "end").touch()
        assert answer.result().status_code == 200


def test_the_kill_button_kills_frozen_containers_too(make_lab: MakeLab) -> None:
    lab = make_lab(handler="probe.proxy")
    requests.get(f"{lab.url}/x", timeout=30)
    answer = press(lab, "kill")
    assert answer.json() == {"killed": 1}
    wait_until(lambda: lab.timeline.since(0)[-1].state == "killed")
    assert requests.get(f"{lab.url}/x", timeout=30).status_code == 200
    assert lab.timeline.totals.cold_starts == 2


def test_the_kill_button_ends_containers_that_have_crashed(make_lab: MakeLab) -> None:
    """They wait to be reset, and nothing would report that they were killed too."""
    lab = make_lab(handler="probe.proxy")
    assert requests.get(f"{lab.url}/?do=exit", timeout=30).status_code == 502
    assert press(lab, "kill").json() == {"killed": 1}
    assert requests.get(f"{lab.url}/x", timeout=30).status_code == 200


def test_a_steady_rate_is_started_and_stopped(make_lab: MakeLab) -> None:
    lab = make_lab(handler="probe.proxy")
    for rate in (50, 0):
        answer = press(lab, "rate", {"kind": "path", "path": "/x", "rate": rate})
        assert answer.json() == {"rate": rate}
        assert events(lab)["rate"] == rate
    wait_until(lambda: lab.timeline.totals.invocations)


def test_traffic_that_the_function_does_not_take_is_explained(make_lab: MakeLab) -> None:
    lab = make_lab(handler="probe.proxy")
    answer = press(lab, "burst", {"kind": "resize new", "count": 2})
    assert (answer.status_code, "choose any path" in answer.json()["message"]) == (400, True)


def test_the_app_answers_every_kind_of_traffic(tmp_path: Path) -> None:
    function = from_tree(handler="wsgi.handler", environment=app_settings({}, tmp_path), memory_mb=1769)
    answers = {}
    with LocalLambda(lambda _: [function]) as lab:
        for kind in ("upload", "resize new", "resize known", "status", "path"):
            answer = press(lab, "burst", {"kind": kind, "path": "/docs"})
            answers[kind] = list(answer.json()["statuses"])
    assert answers == {
        "upload": ["201"],
        "resize new": ["200"],
        "resize known": ["200"],
        "status": ["200"],
        "path": ["200"],
    }


def test_a_scene_is_offered_and_played_once_at_a_time(make_lab: MakeLab) -> None:
    lab = make_lab(handler="probe.proxy")
    scene = Scene(name="one", title="One", sentence="Look.", play=lambda: "It came.")
    lab.page.offer(SceneRunner([scene], lab.timeline.now))

    def start(name: str) -> bool:
        return bool(press(lab, "scene", {"name": name}).json()["started"])

    assert start("one")
    assert not start("nowhere")
    news = events(lab)
    assert news["scenes"] == [{"name": "one", "title": "One"}]
    wait_until(lambda: events(lab)["captions"][0].get("result"))


def test_a_run_is_saved_as_a_recording(make_lab: MakeLab, tmp_path: Path) -> None:
    lab = make_lab(handler="probe.proxy", concurrency=7)
    requests.get(f"{lab.url}/x", timeout=30)
    saved = requests.get(f"{lab.live_url}/recording.json", timeout=30)
    (tmp_path / "recording.json").write_bytes(saved.content)
    found = recorded_run.read(tmp_path / "recording.json")
    assert (found.limit, len(found.served), found.requests[0].title) == (7, 1, "GET /dev/x")
