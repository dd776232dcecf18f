"""The gateway over real sockets, in front of real containers."""

from __future__ import annotations

import http.client
import json
import os
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from lab.local_lambda import LocalLambda
from tests.support.lab.fleet_client import MakeLab
from tests.support.lab.gateway_shapes import raw
from tests.support.waiting import wait_until

APIS = pytest.mark.parametrize("api", ["v1", "v2", "url"])
ROOT = "Root=1-5759e988-bd862e3fe1be46a994272793"


@APIS
def test_bytes_are_echoed_unchanged(make_lab: MakeLab, api: str) -> None:
    lab = make_lab(handler="probe.proxy", api=api)
    for size in (0, 1, 1000, 300_000):
        body = os.urandom(size)
        answer = requests.post(f"{lab.url}/x", data=body, timeout=30)
        assert (answer.status_code, answer.content) == (200, body)


@APIS
def test_a_chunked_body_arrives_whole(make_lab: MakeLab, api: str) -> None:
    lab = make_lab(handler="probe.proxy", api=api)
    assert requests.post(f"{lab.url}/x", data=iter([b"one ", b"two"]), timeout=30).content == b"one two"


@APIS
def test_cookies_pass_in_both_directions(make_lab: MakeLab, api: str) -> None:
    lab = make_lab(handler="probe.proxy", api=api)
    with requests.Session() as session:
        assert session.get(f"{lab.url}/?do=cookies", timeout=30).status_code == 201
        event = session.get(f"{lab.url}/?do=event", timeout=30).json()
    sent = event["multiValueHeaders"]["Cookie"][0].split("; ") if api == "v1" else event["cookies"]
    assert sorted(sent) == ["a=1", "b=2"]


@pytest.mark.parametrize(("api", "status"), [("v1", 502), ("v2", 500)])
def test_a_function_that_raises_is_the_gateway_s_error(make_lab: MakeLab, api: str, status: int) -> None:
    lab = make_lab(handler="probe.proxy", api=api)
    answer = requests.get(f"{lab.url}/?do=raise", timeout=30)
    assert (answer.status_code, answer.json()["message"].lower()) == (status, "internal server error")


def test_a_response_without_a_status_is_malformed(make_lab: MakeLab) -> None:
    answer = requests.get(f"{make_lab(handler='probe.proxy').url}/?do=malformed", timeout=30)
    assert (answer.status_code, answer.json()) == (502, {"message": "Internal server error"})


@pytest.mark.parametrize(("api", "status"), [("v1", 504), ("v2", 503)])
def test_the_gateway_times_out_before_the_function(make_lab: MakeLab, api: str, status: int) -> None:
    lab = make_lab(handler="probe.proxy", api=api, gateway_timeout_s=0.5)
    assert requests.get(f"{lab.url}/?do=hang", timeout=30).status_code == status
    # the function does not know, and keeps running
    assert lab.concurrency.running == 1


def test_a_longer_gateway_timeout_leaves_the_function_s_own(make_lab: MakeLab) -> None:
    lab = make_lab(handler="probe.proxy", gateway_timeout_s=60.0, timeout_s=0.5)
    assert requests.get(f"{lab.url}/?do=hang", timeout=30).status_code == 502


@pytest.mark.parametrize(
    ("api", "status", "error"), [("v1", 500, None), ("v2", 503, None), ("url", 429, "TooManyRequestsException")]
)
def test_a_refusal_of_lambda_has_the_status_of_its_kind_of_gateway(
    make_lab: MakeLab, api: str, status: int, error: str | None, tmp_path: Path
) -> None:
    lab = make_lab(handler="probe.proxy", api=api, concurrency=1)
    hold = {"do": "hold", "started": str(tmp_path / "started"), "until": str(tmp_path / "until")}
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(requests.get, lab.url + "/", params=hold, timeout=30)
        wait_until((tmp_path / "started").exists)
        refused = requests.get(f"{lab.url}/", timeout=30)
        assert (refused.status_code, refused.headers.get("x-amzn-ErrorType")) == (status, error)
        (tmp_path / "until").touch()
        assert first.result().status_code == 200


def test_bodies_above_ten_megabytes_stop_at_the_gateway(make_lab: MakeLab) -> None:
    # Lambda's own limit is raised
    lab = make_lab(handler="probe.proxy", request_bytes=99_000_000)
    answer = requests.post(f"{lab.url}/?do=cookies", data=bytes(10 * 1024 * 1024 + 1), timeout=30)
    assert answer.status_code == 413
    assert lab.timeline.totals.invocations == 0


def test_base64_makes_an_event_too_large_before_the_body_is(make_lab: MakeLab) -> None:
    lab = make_lab(handler="probe.proxy")
    assert requests.post(f"{lab.url}/x", data=bytes(4_700_000), timeout=30).status_code == 200
    assert requests.post(f"{lab.url}/x", data=bytes(4_800_000), timeout=30).status_code == 413
    assert lab.timeline.totals.invocations == 1


def test_a_larger_gateway_limit_lets_the_body_through(make_lab: MakeLab) -> None:
    lab = make_lab(handler="probe.proxy", gateway_bytes=20 * 1024 * 1024, request_bytes=20 * 1024 * 1024)
    response = requests.post(f"{lab.url}/?do=cookies", data=bytes(11 * 1024 * 1024), timeout=30)
    assert response.status_code == 201


def with_head_of(lab: LocalLambda, size: int) -> requests.Response:
    """Send a request whose target and header values have ``size`` bytes with the method."""
    headers = {"Host": "a", "User-Agent": "b", "Accept": "c", "Accept-Encoding": "d", "Connection": "e"}
    path = lab.url.partition(str(lab.port))[2] + "/x"
    padding = size - len(f"GET{path}") - sum(map(len, headers.values()))
    return requests.get(f"{lab.url}/x", headers={**headers, "X-Padding": "x" * padding}, timeout=30)


@pytest.mark.parametrize(
    ("api", "traits", "beyond"),
    [("v1", {}, 431), ("v2", {}, 431), ("url", {}, 200), ("v1", {"header_bytes": 20_000}, 200)],
)
def test_headers_above_ten_kilobytes_stop_at_the_gateway(
    make_lab: MakeLab, api: str, traits: dict[str, int], beyond: int
) -> None:
    lab = make_lab(handler="probe.proxy", api=api, **traits)
    assert with_head_of(lab, 10_240).status_code == 200
    assert with_head_of(lab, 10_241).status_code == beyond
    assert lab.timeline.totals.invocations == (1 if beyond == 431 else 2)


@pytest.mark.parametrize(("api", "header"), [("v1", "x-amzn-RequestId"), ("v2", "apigw-requestid")])
def test_only_their_bytes_decide_about_headers(make_lab: MakeLab, api: str, header: str) -> None:
    lab = make_lab(handler="probe.proxy", api=api)
    many = {f"X-{number}": "1" for number in range(150)}
    assert requests.get(f"{lab.url}/x", headers=many, timeout=30).status_code == 200
    refused = [requests.get(f"{lab.url}/x", headers={"X-Long": "x" * size}, timeout=30) for size in (70_000, 3_000_000)]
    refused.append(requests.get(f"{lab.url}/{'x' * 70_000}", timeout=30))
    assert [each.status_code for each in refused] == [431] * 3
    assert [each.json() for each in refused] == [{"message": "Request Header Fields Too Large"}] * 3
    assert len({each.headers[header] for each in refused}) == 3


@APIS
def test_what_is_no_request_has_an_id_too(make_lab: MakeLab, api: str) -> None:
    answer = requests.request("BREW", f"{make_lab(handler='probe.proxy', api=api).url}/x", timeout=30)
    assert answer.status_code == 501
    assert answer.json() == {"Message" if api == "url" else "message": "Not Implemented"}
    assert answer.headers["apigw-requestid" if api == "v2" else "x-amzn-RequestId"]


CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n"


@APIS
@pytest.mark.parametrize("rest", [b"Content-Length: 500\r\n\r\nhello", CHUNKED + b"1f4\r\nhello"])
def test_a_request_that_ends_early_reaches_no_function(make_lab: MakeLab, api: str, rest: bytes) -> None:
    lab = make_lab(handler="probe.proxy", api=api)
    assert raw(lab.port, b"POST /dev/x HTTP/1.1\r\n" + rest, ends=True) == (b"", b"")
    assert lab.timeline.totals.invocations == 0


@APIS
@pytest.mark.parametrize(
    "rest",
    [b"Content-Length: -5\r\n\r\n", b"Content-Length: 5\r\nContent-Length: 0\r\n\r\nhello", CHUNKED + b"zz\r\n"],
    ids=["length", "lengths", "chunk"],
)
def test_a_request_without_a_clear_end_is_refused_with_an_id(make_lab: MakeLab, api: str, rest: bytes) -> None:
    lab = make_lab(handler="probe.proxy", api=api)
    head, body = raw(lab.port, b"POST /dev/x HTTP/1.1\r\n" + rest + b"GET /dev/x HTTP/1.1\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 ")
    assert json.loads(body) == {"Message" if api == "url" else "message": "Bad Request"}
    assert (b"apigw-requestid: " if api == "v2" else b"x-amzn-RequestId: ") in head
    assert lab.timeline.totals.invocations == 0


def test_one_chunk_has_the_limit_too(make_lab: MakeLab) -> None:
    lab = make_lab(handler="probe.proxy")
    head, body = raw(lab.port, b"POST /dev/x HTTP/1.1\r\n" + CHUNKED + b"40000000\r\n")
    assert head.startswith(b"HTTP/1.1 413 ")
    assert json.loads(body) == {"message": "Request Too Long"}


@APIS
def test_a_bug_of_the_lab_is_an_answer_with_an_id(
    make_lab: MakeLab, api: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    lab = make_lab(handler="probe.proxy", api=api)
    monkeypatch.delattr(type(lab.gateway.api), "event")
    answer = requests.get(f"{lab.url}/x", timeout=30)
    assert answer.status_code == 500
    (message,) = answer.json().values()
    assert message.lower() == "internal server error"
    assert answer.headers["apigw-requestid" if api == "v2" else "x-amzn-RequestId"]
    assert "NotImplementedError" in capfd.readouterr().err


def test_a_function_url_takes_every_header(make_lab: MakeLab) -> None:
    lab = make_lab(handler="probe.proxy", api="url")
    assert requests.get(f"{lab.url}/x", headers={"X-Long": "x" * 70_000}, timeout=30).status_code == 200


@APIS
def test_a_trace_goes_on_in_the_function_and_comes_back(make_lab: MakeLab, api: str) -> None:
    lab = make_lab(handler="probe.proxy", api=api)
    answer = requests.get(f"{lab.url}/?do=trace", headers={"X-Amzn-Trace-Id": ROOT}, timeout=30)
    assert re.fullmatch(rf"{ROOT};Parent=[0-9a-f]{{16}};Sampled=0;Lineage=.+", answer.text)
    # HTTP APIs keep it to themselves
    assert answer.headers.get("X-Amzn-Trace-Id") == (None if api == "v2" else ROOT)
    event = requests.get(f"{lab.url}/?do=event", timeout=30).json()
    headers = {name.lower(): value for name, value in event["headers"].items()}
    assert re.fullmatch(r"Root=1-[0-9a-f]{8}-[0-9a-f]{24}", headers["x-amzn-trace-id"])


@APIS
def test_a_trace_of_another_form_does_no_harm(make_lab: MakeLab, api: str) -> None:
    lab = make_lab(handler="probe.proxy", api=api)
    for given in (b"Root=\xe9", b"Root=1", f"{ROOT}\xe9".encode("latin-1"), b"Root=" + b"x" * 5000):
        answer = requests.get(f"{lab.url}/?do=trace", headers={"X-Amzn-Trace-Id": given}, timeout=30)
        assert (answer.status_code, re.match(r"Root=1-[0-9a-f]{8}-[0-9a-f]{24};", answer.text) is not None) == (
            200,
            True,
        )
        assert ROOT not in answer.text
    assert lab.timeline.totals.cold_starts == 1


@pytest.mark.parametrize(
    ("api", "name"), [("v1", "X-Amzn-Trace-Id"), ("v2", "apigw-requestid"), ("url", "X-Amzn-Trace-Id")]
)
def test_a_function_s_own_trace_and_ids_are_replaced(make_lab: MakeLab, api: str, name: str) -> None:
    lab = make_lab(handler="probe.proxy", api=api)
    own = {"X-Amzn-Trace-Id": "own", "X-Amzn-RequestId": "own", "x-amz-apigw-id": "own", "Apigw-RequestId": "own"}
    response = {"statusCode": 200, "headers": own}
    sent = requests.post(f"{lab.url}/?do=answer", json=response, headers={"X-Amzn-Trace-Id": ROOT}, timeout=30)
    values = sent.raw.headers.getlist(name)
    assert len(values) == 1
    assert values != ["own"]


@pytest.mark.parametrize(
    ("api", "names"),
    [
        ("v1", {"x-amzn-RequestId": "requestId", "x-amz-apigw-id": "extendedRequestId"}),
        ("v2", {"apigw-requestid": "requestId"}),
        ("url", {"x-amzn-RequestId": "requestId"}),
    ],
)
def test_event_response_and_error_carry_the_ids(make_lab: MakeLab, api: str, names: dict[str, str]) -> None:
    lab = make_lab(handler="probe.proxy", api=api)
    answer = requests.get(f"{lab.url}/?do=event", timeout=30)
    context = answer.json()["requestContext"]
    failed = requests.get(f"{lab.url}/?do=raise", timeout=30)
    for header, field in names.items():
        assert answer.headers[header] == context[field]
        assert failed.headers[header] != context[field]


def test_one_connection_carries_many_requests(make_lab: MakeLab) -> None:
    lab = make_lab(handler="probe.proxy")
    connection = http.client.HTTPConnection("127.0.0.1", lab.port, timeout=30)
    connection.connect()
    socket = connection.sock
    for method in ("GET", "POST", "HEAD", "GET"):
        connection.request(method, "/dev/x", body=b"abc" if method == "POST" else None)
        answer = connection.getresponse()
        assert answer.status == 200
        assert answer.read() == (b"abc" if method == "POST" else b"")
        assert connection.sock is socket
    connection.close()


def test_paths_outside_the_stage_are_forbidden(make_lab: MakeLab) -> None:
    lab = make_lab(handler="probe.proxy")
    answer = requests.get(f"http://127.0.0.1:{lab.port}/", timeout=30)
    assert (answer.status_code, answer.json()) == (403, {"message": "Forbidden"})


def test_the_event_has_the_address_of_the_client(make_lab: MakeLab) -> None:
    lab = make_lab(handler="probe.proxy", api="v2")
    event = json.loads(requests.get(f"{lab.url}/?do=event", timeout=30).content)
    assert event["requestContext"]["http"]["sourceIp"] == "127.0.0.1"
    assert event["headers"]["host"] == f"127.0.0.1:{lab.port}"
