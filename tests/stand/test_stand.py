"""The stand's own promises: it runs what was uploaded, lets nothing out, listens on loopback, ends what it started."""

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
from tests.stand.aws import Stand


@pytest.fixture(scope="module")
def functions(stand: Stand) -> Any:
    """A client of a function that has two published versions and an alias of the first."""
    minimal_function.create(stand, "tiny", Publish=True)
    client = stand.client("lambda")
    client.create_alias(FunctionName="tiny", FunctionVersion="1", Name="old")
    client.update_function_code(FunctionName="tiny", ZipFile=minimal_function.package(2), Publish=True)
    return client


def _invoke(functions: Any, name: str = "tiny", **more: Any) -> Any:
    return msgspec.json.decode(functions.invoke(FunctionName=name, **more)["Payload"].read())


@pytest.mark.parametrize(
    ("qualifier", "expected"),
    [("", (2, "$LATEST")), ("1", (1, "1")), ("2", (2, "2")), ("old", (1, "1")), ("$LATEST", (2, "$LATEST"))],
)
def test_each_version_runs_its_own_zip(functions: Any, qualifier: str, expected: tuple[int, str]) -> None:
    answer = _invoke(functions, **({"Qualifier": qualifier} if qualifier else {}))
    assert (answer["edition"], answer["version"]) == expected


def test_names_may_carry_a_qualifier(functions: Any) -> None:
    arn = functions.get_function(FunctionName="tiny")["Configuration"]["FunctionArn"]
    assert _invoke(functions, "tiny:1")["edition"] == 1
    assert _invoke(functions, f"{arn}:old")["edition"] == 1


def test_code_location_gives_the_uploaded_bytes(functions: Any) -> None:
    told = functions.get_function(FunctionName="function:tiny:1")
    assert requests.get(told["Code"]["Location"], timeout=10).content == minimal_function.package(1)
    assert told["Configuration"]["Version"] == "1"


def test_errors_and_logs_come_back_as_lambda_sends_them(functions: Any) -> None:
    answer = functions.invoke(FunctionName="tiny", Payload=b'{"fail": true}', LogType="Tail")
    assert answer["FunctionError"] == "Unhandled"
    assert msgspec.json.decode(answer["Payload"].read())["errorType"] == "ValueError"
    assert "LogResult" in answer
    assert "LogResult" not in functions.invoke(FunctionName="tiny")


def test_dry_runs_run_nothing(stand: Stand, functions: Any) -> None:
    before = len(stand.containers.runs)
    assert functions.invoke(FunctionName="tiny", InvocationType="DryRun")["StatusCode"] == 204
    assert len(stand.containers.runs) == before


def test_what_is_not_deployed_cannot_be_invoked(functions: Any) -> None:
    for name in ("nobody", "tiny:9"):
        with pytest.raises(functions.exceptions.ResourceNotFoundException):
            functions.invoke(FunctionName=name)


def test_who_asks_before_sending_a_body_is_told_to_go_on(stand: Stand) -> None:
    """S3 clients do with every upload, and wait a second for it."""
    head = b"PUT /some-bucket/key HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nExpect: 100-continue\r\n\r\n"
    with socket.create_connection(("127.0.0.1", int(stand.url.rpartition(":")[2])), timeout=30) as caller:
        caller.sendall(head)
        assert caller.recv(100).startswith(b"HTTP/1.1 100 ")


def test_an_unknown_api_is_forbidden(stand: Stand) -> None:
    assert stand.send("GET", "https://abc123.execute-api.eu-west-1.amazonaws.com/dev/").status == 403


def test_proxy_leads_to_api_gateway_and_nowhere_else(stand: Stand) -> None:
    proxies = {"https": stand.proxy.url}
    with pytest.raises(requests.exceptions.ProxyError):
        requests.get("https://example.org/", proxies=proxies, timeout=10)
    assert "example.org:443" in stand.proxy.refused
    url = "https://abc123.execute-api.eu-west-1.amazonaws.com/dev/"
    answer = requests.get(url, proxies=proxies, verify=str(stand.proxy.authority), timeout=10)
    assert answer.status_code == 403


def test_nothing_is_left_and_later_runs_are_waited_for(package_python: Interpreter, carried: Path) -> None:
    children, threads = _children(), threading.active_count()
    with Stand(package_python.path, carried) as stand:
        client = stand.client("lambda")
        name = f"later-{stand.suffix}"
        minimal_function.create(stand, name)
        assert client.invoke(FunctionName=name, InvocationType="Event")["StatusCode"] == 202
        assert _listening() <= {"0100007F"}
        client.close()
    assert [run.name for run in stand.containers.runs] == [name]
    assert _children() == children
    assert threading.active_count() <= threads


def _children() -> set[str]:
    tasks = Path("/proc/self/task").glob("*/children")
    return {child for task in tasks for child in task.read_text().split()}


def _listening() -> set[str]:
    """Return the IPv4 addresses, in the kernel's hex, that this process listens on."""
    ours = {os.readlink(f"/proc/self/fd/{name}") for name in os.listdir("/proc/self/fd") if _is_open(name)}
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return {row[1].partition(":")[0] for row in rows if row[3] == "0A" and f"socket:[{row[9]}]" in ours}


def _is_open(name: str) -> bool:
    return bool(re.fullmatch(r"\d+", name)) and os.path.islink(f"/proc/self/fd/{name}")
