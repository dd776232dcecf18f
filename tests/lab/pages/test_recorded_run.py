"""Recorded runs: as a file, and as one page that needs nothing else."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from pathlib import Path

import pytest

from lab.containers.report_line import InvocationReport
from lab.containers.timeline import ContainerState, Timeline
from lab.errors import SetupError
from lab.pages import recorded_run
from lab.pages.recorded_run import RecordedRun
from lab.pages.scenes import Caption
from measurement.stamps import ROOT

CAPTION = Caption(began=0.0, ended=1.0, scene="one", title="One </script>", sentence="Look.", result="Came.")


@pytest.fixture
def run() -> RecordedRun:
    timeline = Timeline()
    for container in ("c" * 32, "d" * 32):
        timeline.enter(container, ContainerState.INIT, note="local:$LATEST")
        timeline.enter(container, ContainerState.SERVE, note=f"request of {container}")
    report = InvocationReport(request_id=f"request of {'c' * 32}", duration_ms=1.23456789, memory_mb=128, peak_bytes=0)
    timeline.count(report, cold=True, error=False)
    timeline.log_request("GET /", began=0.0, status=200, function="local", request=report.request_id)
    timeline.log_request("GET /", began=0.0, status=429, function="local", refused=True)
    timeline.log_request("GET /", began=0.0, status=504, function="local", request="given up", timed_out=True)
    return recorded_run.recorded(timeline, [CAPTION], limit=7)


def test_ids_are_short_and_still_tie_things_together(run: RecordedRun) -> None:
    containers = [change.container for change in run.changes]
    assert containers[0] == containers[1] != containers[2] == containers[3]
    assert len(set(containers)) == 2
    assert max(map(len, containers)) < 3
    assert run.changes[0].note == "local:$LATEST"
    answered, refused, _ = run.requests
    assert run.changes[1].note == run.served[0].request == answered.request != ""
    assert refused.request == ""


def test_a_file_is_read_back_as_it_was_written(run: RecordedRun, tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    path.write_bytes(recorded_run.encoded(run))
    again = recorded_run.read(path)
    assert recorded_run.encoded(again) == path.read_bytes()
    assert (again.limit, again.captions, len(again.changes)) == (7, [CAPTION], 4)
    assert again.served[0].duration_ms == 1.2346
    assert [each.timed_out for each in again.requests] == [False, False, True]
    assert again.served[0].dollars == run.served[0].dollars, "prices are too small to be rounded"


def test_a_file_from_before_timeouts_were_told_is_read(run: RecordedRun, tmp_path: Path) -> None:
    old = tmp_path / "old.json"
    old.write_bytes(recorded_run.encoded(run).replace(b', "timed_out": true', b""))
    assert b"timed_out" not in old.read_bytes()
    assert not any(each.timed_out for each in recorded_run.read(old).requests)


@pytest.mark.parametrize("data", [b"[]", b'{"title": "\xff"}'])
def test_a_file_that_is_none_is_named(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    path.write_bytes(data)
    with pytest.raises(SetupError, match=r"run\.json: expected a run that "):
        recorded_run.read(path)


def test_the_page_loads_nothing_and_its_policy_allows_only_its_own_parts(run: RecordedRun) -> None:
    page = recorded_run.page(run)
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', page)
    assert policy
    assert policy[1].startswith("default-src 'none'; ")
    assert "unsafe" not in policy[1]
    for tag, found in (("script", '<script type="module">'), ("style", "<style>")):
        text = page.partition(found)[2].partition(f"</{tag}>")[0]
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy[1]
    assert not re.search(r"^(import|export) ", page, flags=re.MULTILINE)
    assert not re.search(r"(src|href)=[\"'](?!README.md)", page)


def test_the_recorded_tour_in_the_docs_is_small() -> None:
    assert (ROOT / "docs" / "replay.html").stat().st_size <= 300_000


@pytest.mark.parametrize(
    ("word", "meaning"),
    [
        ("origin", "one server behind them, the origin"),
        ("pool", "connections to it open for the next time, its pool"),
        ("alias", "an alias, a name that stands for one version of a function"),
    ],
)
def test_the_recorded_tour_explains_a_word_where_it_comes_first(word: str, meaning: str) -> None:
    run = recorded_run.read(ROOT / "lab" / "tour.json")
    # the titles are seen first: they are the buttons
    told = [each.title for each in run.captions] + [f"{each.sentence} {each.result}" for each in run.captions]
    assert meaning in next(text for text in told if re.search(rf"\b{word}\b", text, re.IGNORECASE))


def test_no_text_of_a_run_can_end_its_element(run: RecordedRun) -> None:
    text = recorded_run.page(run).partition('<script type="application/json" id="run">')[2].partition("</script>")[0]
    assert json.loads(text)["captions"][0]["title"] == "One </script>"
