"""What callers got, tied to the invocation it came from."""

from __future__ import annotations

import pytest
import requests

from lab.containers.timeline import CallerAnswer, Timeline
from lab.errors import LabError, Throttled
from lab.local_lambda import LocalLambda
from lab.pages.request_log import RequestLog
from tests.support.lab.fleet_client import MakeLab
from tests.support.waiting import wait_until


def logged(lab: LocalLambda) -> CallerAnswer:
    wait_until(lambda: lab.timeline.news(0).requests)
    (only,) = lab.timeline.news(0).requests
    return only


@pytest.mark.parametrize("api", ["v1", "v2"])
def test_an_answer_names_the_invocation_it_came_from(make_lab: MakeLab, api: str) -> None:
    lab = make_lab(handler="probe.proxy", api=api)
    requests.get(f"{lab.url}/x?id={'ab' * 16}&w=1", timeout=30)
    found = logged(lab)
    (served,) = lab.timeline.news(0).served
    assert (found.status, found.request, found.refused) == (200, served.request, False)
    assert found.title.endswith("/x?id=abababab…&w=1")
    assert served.cold
    assert served.dollars > 0
    assert found.began <= served.at <= found.ended


def test_a_refusal_has_no_invocation_and_says_so(make_lab: MakeLab) -> None:
    lab = make_lab(handler="probe.proxy")
    lab.concurrency.reserve(lab.functions.names()[0], 0)
    status = requests.get(f"{lab.url}/x", timeout=30).status_code
    found = logged(lab)
    assert (found.status, found.request, found.refused) == (status, "", True)


TIMES_OUT = pytest.mark.parametrize(("api", "status"), [("v1", 504), ("v2", 503)])


@TIMES_OUT
def test_what_the_gateway_gives_up_still_has_an_invocation(make_lab: MakeLab, api: str, status: int) -> None:
    lab = make_lab(handler="probe.proxy", api=api, gateway_timeout_s=0.5)
    assert requests.get(f"{lab.url}/?do=hang", timeout=30).status_code == status
    found = logged(lab)
    assert (found.status, bool(found.request), found.timed_out) == (status, True, True)
    assert lab.timeline.news(0).served == []


@TIMES_OUT
def test_a_status_that_the_function_chose_is_no_timeout(make_lab: MakeLab, api: str, status: int) -> None:
    lab = make_lab(handler="probe.proxy", api=api)
    assert requests.get(f"{lab.url}/?do=status&status={status}", timeout=30).status_code == status
    found = logged(lab)
    assert (found.status, bool(found.request), found.timed_out) == (status, True, False)


@pytest.mark.parametrize(("error", "status", "refused"), [(Throttled("Rate"), 429, True), (LabError("x"), 500, False)])
def test_an_invocation_that_fails_is_logged_too(error: LabError, status: int, refused: bool) -> None:
    timeline = Timeline()

    def fail(request_id: str) -> None:
        raise error

    with pytest.raises(LabError):
        RequestLog(timeline, "local").run("ask", "other", fail)  # type: ignore[arg-type]
    (found,) = timeline.news(0).requests
    assert (found.status, found.refused, found.function, bool(found.request)) == (status, refused, "other", not refused)
