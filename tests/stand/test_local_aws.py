"""The local AWS runs what was uploaded, listens on loopback only, reaches no other host, and leaves nothing behind."""

from __future__ import annotations

import os
import re
import socket
import threading
from pathlib import Path
from typing import Any

import msgspec
import pytest
import requests

from infra.package.interpreters import Interpreter
from tests.stand import minimal_function
from tests.stand.local_aws import LocalAws

NAME = "minimal"


@pytest.fixture(scope="module")
def lambda_client(local_aws: LocalAws) -> Any:
    """Return a client, after creating a function with two published versions and an alias of the first."""
    minimal_function.create(local_aws, NAME, Publish=True)
    client = local_aws.client("lambda")
    client.create_alias(FunctionName=NAME, FunctionVersion="1", Name="old")
    client.update_function_code(FunctionName=NAME, ZipFile=minimal_function.package(2), Publish=True)
    return client


def _invoke(lambda_client: Any, name: str = NAME, **parameters: Any) -> Any:
    return msgspec.json.decode(lambda_client.invoke(FunctionName=name, **parameters)["Payload"].read())


@pytest.mark.parametrize(
    ("qualifier", "expected"),
    [("", (2, "$LATEST")), ("1", (1, "1")), ("2", (2, "2")), ("old", (1, "1")), ("$LATEST", (2, "$LATEST"))],
)
def test_each_version_runs_its_own_zip(lambda_client: Any, qualifier: str, expected: tuple[int, str]) -> None:
    payload = _invoke(lambda_client, **({"Qualifier": qualifier} if qualifier else {}))
    assert (payload["edition"], payload["version"]) == expected


def test_a_name_or_an_arn_may_contain_the_qualifier(lambda_client: Any) -> None:
    arn = lambda_client.get_function(FunctionName=NAME)["Configuration"]["FunctionArn"]
    assert _invoke(lambda_client, f"{NAME}:1")["edition"] == 1
    assert _invoke(lambda_client, f"{arn}:old")["edition"] == 1


def test_the_code_location_serves_the_uploaded_zip(lambda_client: Any) -> None:
    function = lambda_client.get_function(FunctionName=f"function:{NAME}:1")
    assert requests.get(function["Code"]["Location"], timeout=10).content == minimal_function.package(1)
    assert function["Configuration"]["Version"] == "1"


def test_s3_tells_the_size_of_an_object_that_is_only_asked_about(local_aws: LocalAws) -> None:
    """HeadObject answers without a body, and with the length of the object."""
    s3, bucket = local_aws.client("s3"), local_aws.create_bucket("sizes")
    s3.put_object(Bucket=bucket, Key="a", Body=b"12345")
    assert s3.head_object(Bucket=bucket, Key="a")["ContentLength"] == 5


def test_errors_and_logs_are_returned_as_lambda_returns_them(lambda_client: Any) -> None:
    response = lambda_client.invoke(FunctionName=NAME, Payload=b'{"fail": true}', LogType="Tail")
    assert response["FunctionError"] == "Unhandled"
    assert msgspec.json.decode(response["Payload"].read())["errorType"] == "ValueError"
    assert "LogResult" in response
    assert "LogResult" not in lambda_client.invoke(FunctionName=NAME)


def test_a_dry_run_runs_nothing(local_aws: LocalAws, lambda_client: Any) -> None:
    before = len(local_aws.functions.invocations)
    assert lambda_client.invoke(FunctionName=NAME, InvocationType="DryRun")["StatusCode"] == 204
    assert len(local_aws.functions.invocations) == before


def test_an_unknown_function_or_version_cannot_be_invoked(lambda_client: Any) -> None:
    for name in ("nobody", f"{NAME}:9"):
        with pytest.raises(lambda_client.exceptions.ResourceNotFoundException):
            lambda_client.invoke(FunctionName=name)


def test_expect_100_continue_is_answered(local_aws: LocalAws) -> None:
    """S3 clients send it with every upload and wait a second for the answer."""
    head = b"PUT /some-bucket/key HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nExpect: 100-continue\r\n\r\n"
    with socket.create_connection(("127.0.0.1", int(local_aws.url.rpartition(":")[2])), timeout=30) as client:
        client.sendall(head)
        assert client.recv(100).startswith(b"HTTP/1.1 100 ")


def test_an_unknown_api_is_forbidden(local_aws: LocalAws) -> None:
    assert local_aws.send("GET", "https://abc123.execute-api.eu-west-1.amazonaws.com/dev/").status == 403


def test_the_proxy_connects_to_api_gateway_and_nothing_else(local_aws: LocalAws) -> None:
    proxies = {"https": local_aws.proxy.url}
    with pytest.raises(requests.exceptions.ProxyError):
        requests.get("https://example.org/", proxies=proxies, timeout=10)
    assert "example.org:443" in local_aws.proxy.refused
    url = "https://abc123.execute-api.eu-west-1.amazonaws.com/dev/"
    response = requests.get(url, proxies=proxies, verify=str(local_aws.proxy.authority), timeout=10)
    assert response.status_code == 403


def test_closing_waits_for_asynchronous_events_and_leaves_nothing(
    package_python: Interpreter, runtime_libraries: Path
) -> None:
    children, threads = _children(), threading.active_count()
    with LocalAws(package_python.path, runtime_libraries) as local_aws:
        client = local_aws.client("lambda")
        name = f"later-{local_aws.suffix}"
        minimal_function.create(local_aws, name)
        assert client.invoke(FunctionName=name, InvocationType="Event")["StatusCode"] == 202
        assert _listening_addresses() <= {"0100007F"}
        client.close()
    assert [each.name for each in local_aws.functions.invocations] == [name]
    assert _children() == children
    assert threading.active_count() <= threads


def _children() -> set[str]:
    tasks = Path("/proc/self/task").glob("*/children")
    return {child for task in tasks for child in task.read_text().split()}


def _listening_addresses() -> set[str]:
    """Return the IPv4 addresses, in the kernel's hex, that this process listens on."""
    ours = {os.readlink(f"/proc/self/fd/{name}") for name in os.listdir("/proc/self/fd") if _is_open(name)}
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return {row[1].partition(":")[0] for row in rows if row[3] == "0A" and f"socket:[{row[9]}]" in ours}


def _is_open(name: str) -> bool:
    return bool(re.fullmatch(r"\d+", name)) and os.path.islink(f"/proc/self/fd/{name}")
