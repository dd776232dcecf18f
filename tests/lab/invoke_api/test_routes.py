"""The errors of the Lambda API as boto3 sees them."""

from __future__ import annotations

import base64
import http.client
import json
import socket
from collections.abc import Callable
from typing import Any

import pytest
import requests
from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from lab.local_lambda import LocalLambda
from tests.support.lab.corrupt_zip import BZIP2, CORRUPT, SAYS_TOO_LARGE, SAYS_TOO_LITTLE, TOO_LARGE
from tests.support.lab.fleet_client import MakeLab
from tests.support.lab.gateway_shapes import raw
from tests.support.lab.lambda_api import event, invoke
from tests.support.waiting import wait_until

WRONG_NAMES = (b"", b"7", b"live now", b"live:1", b"live\\n", b"a" * 129)
# the body of an alias, with its weights
WEIGHTED = b"""{"Name": "live", "FunctionVersion": "9", "RoutingConfig": {"AdditionalVersionWeights": %b}}"""


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "attacker.example"},
        {"Host": "127.0.0.1.attacker.example:80"},
        {"Host": "localhost:80@attacker.example"},
        {"Host": ""},
        {"Origin": "https://attacker.example"},
        {"Origin": "null"},
    ],
)
def test_a_page_of_another_site_cannot_use_the_api(make_lab: MakeLab, headers: dict[str, str]) -> None:
    """Also not by DNS rebinding, where its own host name becomes an address of this machine."""
    lab = make_lab()
    url = f"{lab.invoke_url}/2015-03-31/functions/local/"
    for path, method in (("invocations", "POST"), ("code", "PUT"), ("configuration", "GET")):
        answer = requests.request(method, url + path, headers=headers, data=b"{}", timeout=30)
        assert (answer.status_code, answer.headers["x-amzn-ErrorType"]) == (403, "AccessDeniedException")
        assert answer.json()["message"] == "Host and Origin: expected 127.0.0.1, localhost or [::1]"
    assert lab.timeline.totals.invocations == 0


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost:1", "LOCALHOST", "[::1]:8001"])
def test_every_name_of_this_machine_can_be_used(make_lab: MakeLab, host: str) -> None:
    headers = {"Host": host, "Origin": f"http://{host}"}
    answer = requests.get(f"{make_lab().invoke_url}/2015-03-31/functions/", headers=headers, timeout=30)
    assert answer.status_code == 200


@pytest.mark.parametrize("kind", ["RequestResponse", "DryRun"])
def test_payloads_above_six_megabytes_are_413(
    make_lab: MakeLab, connect: Callable[[LocalLambda], Any], kind: str
) -> None:
    payload = event("echo", value="x" * 6_291_556)
    with pytest.raises(ClientError) as refused:
        connect(make_lab()).invoke(FunctionName="local", InvocationType=kind, Payload=payload)
    assert refused.value.response["Error"]["Code"] == "RequestEntityTooLargeException"


def test_every_answer_has_a_request_id(make_lab: MakeLab, connect: Callable[[LocalLambda], Any]) -> None:
    client = connect(make_lab())
    number = invoke(client, Payload=event("echo"))[0]["ResponseMetadata"]["RequestId"]
    with pytest.raises(ClientError) as refused:
        client.invoke(FunctionName="other")
    numbers = {number, refused.value.response["ResponseMetadata"]["RequestId"]}
    numbers.add(client.list_functions()["ResponseMetadata"]["RequestId"])
    assert [len(each) for each in numbers] == [36, 36, 36]


def test_an_invocation_type_that_does_not_exist_is_refused(
    make_lab: MakeLab, connect: Callable[[LocalLambda], Any]
) -> None:
    lab = make_lab()
    with pytest.raises(ClientError, match=r"set: \[Event, RequestResponse, DryRun\]") as refused:
        connect(lab).invoke(FunctionName="local", InvocationType="Fire", Payload=b"{}")
    assert refused.value.response["Error"]["Code"] == "ValidationException"
    assert lab.timeline.totals.invocations == 0


def test_a_reservation_leaves_a_hundred_places(make_lab: MakeLab, connect: Callable[[LocalLambda], Any]) -> None:
    client = connect(make_lab())
    with pytest.raises(client.exceptions.InvalidParameterValueException, match=r"minimum value of \[100\]"):
        client.put_function_concurrency(FunctionName="local", ReservedConcurrentExecutions=901)
    client.put_function_concurrency(FunctionName="local", ReservedConcurrentExecutions=900)
    free = connect(make_lab(unreservable=0))
    free.put_function_concurrency(FunctionName="local", ReservedConcurrentExecutions=1000)


def test_an_event_that_is_not_json_is_refused(make_lab: MakeLab, connect: Callable[[LocalLambda], Any]) -> None:
    client = connect(make_lab())
    with pytest.raises(client.exceptions.InvalidRequestContentException, match="Could not parse"):
        client.invoke(FunctionName="local", Payload=b"{not json")


def test_an_unknown_function_or_version_is_not_found(make_lab: MakeLab, connect: Callable[[LocalLambda], Any]) -> None:
    client = connect(make_lab())
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.invoke(FunctionName="other")
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.invoke(FunctionName="local", Qualifier="9")


def test_a_function_with_no_concurrency_is_throttled(make_lab: MakeLab, connect: Callable[[LocalLambda], Any]) -> None:
    client = connect(make_lab())
    client.put_function_concurrency(FunctionName="local", ReservedConcurrentExecutions=0)
    assert client.get_function(FunctionName="local")["Concurrency"] == {"ReservedConcurrentExecutions": 0}
    with pytest.raises(client.exceptions.TooManyRequestsException) as refused:
        client.invoke(FunctionName="local")
    assert refused.value.response["Reason"] == "ReservedFunctionConcurrentInvocationLimitExceeded"
    client.delete_function_concurrency(FunctionName="local")
    assert invoke(client, Payload=event("echo", value=1))[1] == 1


def test_only_synchronous_requests_have_a_limit_on_their_rate(
    make_lab: MakeLab, connect: Callable[[LocalLambda], Any]
) -> None:
    # a rate at which not even one request a second is allowed
    lab = make_lab(rate_per_place=0.5 / 1000)
    client = connect(lab)
    with pytest.raises(client.exceptions.TooManyRequestsException) as refused:
        client.invoke(FunctionName="local", Payload=event("where"))
    assert refused.value.response["Reason"] == "FunctionInvocationRateLimitExceeded"
    client.invoke(FunctionName="local", InvocationType="Event", Payload=event("where"))
    wait_until(lambda: lab.queue.pending == 0)
    assert (lab.timeline.totals.invocations, lab.timeline.totals.throttles) == (1, 1)


def test_asynchronous_events_have_a_limit_of_their_own(
    make_lab: MakeLab, connect: Callable[[LocalLambda], Any]
) -> None:
    client = connect(make_lab())
    payload = event("echo", value="x" * 1_048_576)
    with pytest.raises(ClientError) as refused:
        client.invoke(FunctionName="local", InvocationType="Event", Payload=payload)
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 413
    assert invoke(client, Payload=payload)[0]["StatusCode"] == 200


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/"),
        ("GET", "/2015-03-31/layers"),
        ("DELETE", "/2015-03-31/functions/local"),
        ("GET", "/2015-03-31/functions/local/invocations"),
        ("POST", "/2015-03-31/functions/local/aliases/live"),
    ],
)
def test_an_operation_that_is_not_supported_is_named(make_lab: MakeLab, method: str, path: str) -> None:
    response = requests.request(method, make_lab().invoke_url + path, timeout=30)
    assert (response.status_code, response.headers["x-amzn-ErrorType"]) == (404, "UnknownOperationException")
    assert response.json() == {"Type": "User", "message": f"{method} {path} is not supported"}


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", "concurrency", b"[]"),
        ("PUT", "concurrency", b"{}"),
        ("PUT", "concurrency", b'{"ReservedConcurrentExecutions": null}'),
        ("PUT", "concurrency", b'{"ReservedConcurrentExecutions": -1}'),
        ("PUT", "concurrency", b'{"ReservedConcurrentExecutions": "5"}'),
        ("PUT", "concurrency", b"{not json"),
        ("PUT", "concurrency", b'{"a":' * 100_000),
        ("POST", "aliases", b"{}"),
        ("POST", "aliases", b'{"Name": "live", "FunctionVersion": 1}'),
        ("POST", "aliases", b"""{"Name": "live", "FunctionVersion": "$LATEST", "RoutingConfig": []}"""),
        ("POST", "aliases", WEIGHTED % b'{"1": "much"}'),
        ("POST", "aliases", WEIGHTED % b'{"1": 1.5}'),
        ("POST", "aliases", WEIGHTED % b'{"1": 0.1, "2": 0.1}'),
        *(("POST", "aliases", b'{"Name": "%b", "FunctionVersion": "$LATEST"}' % name) for name in WRONG_NAMES),
        ("POST", "aliases", b'{"Name": "next", "FunctionVersion": ""}'),
        ("POST", "aliases", b'{"Name": "next", "FunctionVersion": "live"}'),
        ("POST", "aliases", WEIGHTED % b'{"": 1}'),
        ("POST", "aliases", WEIGHTED % b'{"live": 1}'),
        ("PUT", "aliases/live", b'{"FunctionVersion": "live"}'),
        ("PUT", "aliases/live", b'"text"'),
        ("POST", "versions", b"["),
        ("POST", "versions", b"[]"),
        ("PUT", "code", b'{"ZipFile": "%b"}' % base64.b64encode(CORRUPT)),
        ("PUT", "code", b'{"ZipFile": "%b"}' % base64.b64encode(BZIP2)),
        ("PUT", "code", b'{"ZipFile": "%b"}' % base64.b64encode(SAYS_TOO_LITTLE)),
        ("PUT", "code", b'{"ZipFile": "\xff"}'),
        ("PUT", "code", b'{"ZipFile": 5}'),
        ("PUT", "code", b'{"ZipFile": "~"}'),
        ("PUT", "code", b'{"ZipFile": "bm8gemlw"}'),
        ("PUT", "code", b'{"S3Bucket": "bucket"}'),
    ],
)
def test_a_parameter_that_is_missing_or_wrong_is_named_with_a_request_id(
    make_lab: MakeLab, method: str, path: str, body: bytes
) -> None:
    url = f"{make_lab().invoke_url}/2015-03-31/functions/local/{path}"
    response = requests.request(method, url, data=body, timeout=30)
    assert (response.status_code, response.headers["x-amzn-ErrorType"]) == (400, "InvalidParameterValueException")
    assert len(response.headers["x-amzn-RequestId"]) == 36
    assert response.json()["message"]


@pytest.mark.parametrize("archive", [TOO_LARGE, SAYS_TOO_LARGE], ids=["is", "says so"])
def test_a_package_has_lambda_s_limit_of_size(
    make_lab: MakeLab, connect: Callable[[LocalLambda], Any], archive: bytes
) -> None:
    lab = make_lab()
    client = connect(lab)
    message = "Unzipped size must be smaller than 262144000 bytes"
    with pytest.raises(client.exceptions.InvalidParameterValueException, match=f": {message}$"):
        client.update_function_code(FunctionName="local", ZipFile=archive)
    assert not [path for path in (lab.directory / "packages").rglob("*") if path.is_file()]


def test_no_more_is_unpacked_than_a_directory_says(make_lab: MakeLab, connect: Callable[[LocalLambda], Any]) -> None:
    lab = make_lab()
    client = connect(lab)
    with pytest.raises(client.exceptions.InvalidParameterValueException, match="Could not unzip"):
        client.update_function_code(FunctionName="local", ZipFile=SAYS_TOO_LITTLE)
    assert sum(path.stat().st_size for path in (lab.directory / "packages").rglob("*") if path.is_file()) <= 10


def test_the_concurrency_of_no_function_is_not_found(make_lab: MakeLab, connect: Callable[[LocalLambda], Any]) -> None:
    client = connect(make_lab())
    for call in (client.get_function_concurrency, client.delete_function_concurrency):
        with pytest.raises(client.exceptions.ResourceNotFoundException):
            call(FunctionName="other")
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.put_function_concurrency(FunctionName="other", ReservedConcurrentExecutions=1)


@pytest.mark.parametrize(
    ("rest", "status"),
    [
        (b"Content-Length: 500\r\n\r\nhello", b""),
        (b"Transfer-Encoding: chunked\r\n\r\n1f4\r\nhello", b""),
        (b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\nzz\r\n", b"HTTP/1.1 400 "),
        (b"Content-Length: -5\r\n\r\n", b"HTTP/1.1 400 "),
    ],
)
def test_a_request_that_is_not_whole_runs_nothing(make_lab: MakeLab, rest: bytes, status: bytes) -> None:
    lab = make_lab()
    top = b"POST /2015-03-31/functions/local/invocations HTTP/1.1\r\n"
    head, body = raw(lab.invoke_port, top + rest, ends=True)
    assert head.startswith(status)
    if status:
        assert json.loads(body) == {"Type": "User", "message": "Bad Request"}
        assert b"x-amzn-ErrorType: InvalidRequestContentException" in head
        assert b"x-amzn-RequestId: " in head
    assert (lab.timeline.totals.invocations, bool(head)) == (0, bool(status))


@pytest.mark.parametrize("text", [b"[" * 100_000, b'"\xff"'], ids=["brackets", "not UTF-8"])
def test_an_event_that_no_parser_takes_is_refused(make_lab: MakeLab, text: bytes) -> None:
    url = f"{make_lab().invoke_url}/2015-03-31/functions/local/invocations"
    response = requests.post(url, data=text, timeout=30)
    assert (response.status_code, response.headers["x-amzn-ErrorType"]) == (400, "InvalidRequestContentException")


def test_a_body_that_is_too_large_to_read_has_a_request_id_too(make_lab: MakeLab) -> None:
    with socket.create_connection(("127.0.0.1", make_lab().invoke_port), timeout=30) as connection:
        connection.sendall(b"PUT /2015-03-31/functions/local/code HTTP/1.1\r\nContent-Length: 80000000\r\n\r\n")
        connection.shutdown(socket.SHUT_WR)
        with http.client.HTTPResponse(connection) as response:
            response.begin()
            assert (response.status, response.headers["x-amzn-ErrorType"]) == (413, "RequestEntityTooLargeException")
            assert len(response.headers["x-amzn-RequestId"]) == 36


def test_what_is_no_request_has_a_request_id_too(make_lab: MakeLab) -> None:
    answer = requests.request("BREW", f"{make_lab().invoke_url}/2015-03-31/functions", timeout=30)
    assert (answer.status_code, answer.headers["x-amzn-ErrorType"]) == (501, "ServiceException")
    assert answer.json()["message"] == "Not Implemented"
    assert len(answer.headers["x-amzn-RequestId"]) == 36
