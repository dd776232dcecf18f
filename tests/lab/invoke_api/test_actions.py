"""The Lambda API as boto3 and the AWS CLI speak it."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests

from lab.local_lambda import LocalLambda
from tests.support.lab.fleet_client import MakeLab
from tests.support.lab.lambda_api import event, invoke, package
from tests.support.waiting import wait_until


def test_a_synchronous_invocation(make_lab: MakeLab, connect: Callable[[LocalLambda], Any]) -> None:
    answer, value = invoke(connect(make_lab()), Payload=event("echo", value=[1, "ü"]), LogType="Tail")
    assert (answer["StatusCode"], answer["ExecutedVersion"], value) == (200, "$LATEST", [1, "ü"])
    assert "FunctionError" not in answer
    log = base64.b64decode(answer["LogResult"]).decode()
    assert "START RequestId" in log
    assert "REPORT RequestId" in log


def test_the_log_tail_is_four_kilobytes(make_lab: MakeLab, connect: Callable[[LocalLambda], Any]) -> None:
    client = connect(make_lab())
    answer, _ = invoke(client, Payload=event("print", bytes=10_000, text="end"), LogType="Tail")
    assert len(base64.b64decode(answer["LogResult"])) == 4096
    assert "LogResult" not in invoke(client, Payload=event("print", text="end"))[0]


def test_an_exception_is_a_function_error(make_lab: MakeLab, connect: Callable[[LocalLambda], Any]) -> None:
    answer, value = invoke(connect(make_lab()), Payload=event("raise"))
    assert (answer["StatusCode"], answer["FunctionError"], value["errorType"]) == (200, "Unhandled", "ValueError")


def test_a_dry_run_runs_nothing(make_lab: MakeLab, connect: Callable[[LocalLambda], Any]) -> None:
    lab = make_lab()
    answer, _ = invoke(connect(lab), InvocationType="DryRun", Payload=b"{}")
    assert (answer["StatusCode"], len(answer["ResponseMetadata"]["RequestId"])) == (204, 36)
    assert lab.timeline.totals.invocations == 0


def test_the_client_context_reaches_the_function(make_lab: MakeLab, connect: Callable[[LocalLambda], Any]) -> None:
    context = base64.b64encode(json.dumps({"custom": {"who": "me"}}).encode()).decode()
    assert invoke(connect(make_lab()), Payload=event("where"), ClientContext=context)[1]["client"] == {"who": "me"}


@pytest.mark.parametrize(
    "text",
    ['{\n "custom": {\r\n  "k": 1}\n}', '{"custom": {"k": "é €"}}', '{"custom": {"k": "\\r\\n😀"}}', '{"custom": {}}'],
)
def test_a_client_context_reaches_the_function_however_it_is_written(
    make_lab: MakeLab, connect: Callable[[LocalLambda], Any], text: str
) -> None:
    client = connect(make_lab())
    context = base64.b64encode(text.encode()).decode()
    assert invoke(client, Payload=event("where"), ClientContext=context)[1]["client"] == json.loads(text)["custom"]


@pytest.mark.parametrize(
    "data",
    [b"{}\r\nContent-Length: 2\r\n\r\n{}", b"[]", b"5", b"null", b"{", b'{"a": NaN}', b'{"\xff": 1}', b'{"a":' * 500],
)
def test_a_client_context_that_is_no_json_object_is_refused(
    make_lab: MakeLab, connect: Callable[[LocalLambda], Any], data: bytes
) -> None:
    lab = make_lab()
    client = connect(lab)
    with pytest.raises(client.exceptions.InvalidRequestContentException, match="valid Base64-encoded JSON object"):
        client.invoke(FunctionName="local", Payload=b"{}", ClientContext=base64.b64encode(data).decode())
    assert lab.timeline.totals.invocations == 0


def test_a_client_context_has_aws_s_limit(make_lab: MakeLab, connect: Callable[[LocalLambda], Any]) -> None:
    client = connect(make_lab())
    for size, fits in ((2680, True), (2700, False), (300_000, False)):
        context = base64.b64encode(json.dumps({"custom": {"k": "x" * (size - 20)}}).encode()).decode()
        assert (len(context) <= 3583) is fits
        if fits:
            assert invoke(client, Payload=event("where"), ClientContext=context)[1]["client"]
        else:
            with pytest.raises(client.exceptions.InvalidRequestContentException, match="3583 bytes"):
                client.invoke(FunctionName="local", Payload=event("where"), ClientContext=context)


def test_a_trace_of_another_form_does_no_harm(make_lab: MakeLab) -> None:
    lab = make_lab()
    url = f"{lab.invoke_url}/2015-03-31/functions/local/invocations"
    for given in (b"Root=\xe9", b"Root=" + b"x" * 500_000):
        answer = requests.post(url, data=event("where"), headers={"X-Amzn-Trace-Id": given}, timeout=30)
        assert answer.json()["trace"].startswith("Root=1-")
    assert lab.timeline.totals.cold_starts == 1


def test_an_asynchronous_invocation_is_retried_under_one_request_id(
    make_lab: MakeLab, connect: Callable[[LocalLambda], Any], tmp_path: Path
) -> None:
    lab = make_lab(retry_scale=1e-4, failures=tmp_path / "failures")
    attempts = tmp_path / "attempts"
    answer, _ = invoke(connect(lab), InvocationType="Event", Payload=event("flaky", attempts=str(attempts), failures=2))
    assert answer["StatusCode"] == 202
    wait_until(lambda: lab.queue.pending == 0)
    assert len(attempts.read_text().splitlines()) == 3
    assert len(set(attempts.read_text().splitlines())) == 1
    assert not list((tmp_path / "failures").iterdir())


def test_an_asynchronous_invocation_that_never_succeeds_goes_to_the_failure_destination(
    make_lab: MakeLab, connect: Callable[[LocalLambda], Any], tmp_path: Path
) -> None:
    lab = make_lab(retry_scale=1e-4, failures=tmp_path / "failures")
    sent = event("raise", text="never")
    invoke(connect(lab), InvocationType="Event", Payload=sent)
    wait_until(lambda: lab.queue.pending == 0)
    record = json.loads(next((tmp_path / "failures").glob("*.json")).read_text())
    assert record["requestContext"]["approximateInvokeCount"] == 3
    assert record["requestPayload"] == json.loads(sent)
    assert record["responsePayload"]["errorMessage"] == "never"


def test_versions_aliases_and_new_code(make_lab: MakeLab, connect: Callable[[LocalLambda], Any]) -> None:
    lab = make_lab()
    client = connect(lab)
    client.update_function_code(FunctionName="local", ZipFile=package("one"))
    assert client.publish_version(FunctionName="local")["Version"] == "1"
    assert client.update_function_code(FunctionName="local", ZipFile=package("two"), Publish=True)["Version"] == "2"
    client.create_alias(FunctionName="local", Name="live", FunctionVersion="1")
    assert [invoke(client, **q)[1] for q in ({}, {"Qualifier": "1"}, {"Qualifier": "live"})] == ["two", "one", "one"]
    client.update_alias(FunctionName="local", Name="live", FunctionVersion="2")
    answer, value = invoke(client, Qualifier="live")
    assert (answer["ExecutedVersion"], value) == ("2", "two")
    # a rollback, and a function name with its qualifier
    client.update_alias(FunctionName="local", Name="live", FunctionVersion="1")
    assert json.loads(client.invoke(FunctionName="local:live")["Payload"].read()) == "one"
    assert [each["Version"] for each in client.list_versions_by_function(FunctionName="local")["Versions"]] == [
        "$LATEST",
        "1",
        "2",
    ]


def test_an_update_of_an_alias_changes_what_it_names(make_lab: MakeLab, connect: Callable[[LocalLambda], Any]) -> None:
    client = connect(make_lab())
    for text in ("one", "two", "three"):
        client.update_function_code(FunctionName="local", ZipFile=package(text), Publish=True)
    weights = {"AdditionalVersionWeights": {"1": 0.25}}
    alias = {"FunctionName": "local", "Name": "live"}
    client.create_alias(**alias, FunctionVersion="2", Description="what users get", RoutingConfig=weights)

    def after(**changes: Any) -> tuple[str, str, Any]:
        client.update_alias(**alias, **changes)
        found = client.get_alias(**alias)
        return found["FunctionVersion"], found["Description"], found.get("RoutingConfig")

    assert after(FunctionVersion="3") == ("3", "what users get", weights)
    assert after(Description="now") == ("3", "now", weights)
    assert after(RoutingConfig={}) == ("3", "now", None)
    assert after(Description="") == ("3", "", None)


def test_an_alias_with_weights_uses_both_versions(make_lab: MakeLab, connect: Callable[[LocalLambda], Any]) -> None:
    client = connect(make_lab())
    for text in ("one", "two"):
        client.update_function_code(FunctionName="local", ZipFile=package(text), Publish=True)
    routing = {"AdditionalVersionWeights": {"2": 0.5}}
    client.create_alias(FunctionName="local", Name="live", FunctionVersion="1", RoutingConfig=routing)
    seen = {invoke(client, Qualifier="live")[1] for _ in range(60)}
    assert seen == {"one", "two"}
    described = [client.get_function_configuration(FunctionName="local", Qualifier="live") for _ in range(60)]
    assert {each["Version"] for each in described} == {"1"}


@pytest.mark.parametrize(
    ("version", "weights", "message"),
    [
        ("$LATEST", {"1": 0.5}, r"\$LATEST is not supported for an alias pointing to more than 1 version"),
        ("1", {"1": 0.5}, "Function version 1 is already included in routing configuration"),
        ("1", {"$LATEST": 0.5}, "additionalVersionWeights"),
    ],
)
def test_an_alias_routes_between_two_published_versions(
    make_lab: MakeLab, connect: Callable[[LocalLambda], Any], version: str, weights: dict[str, float], message: str
) -> None:
    client = connect(make_lab())
    client.publish_version(FunctionName="local")
    alias = {"FunctionName": "local", "Name": "live"}
    refused = pytest.raises(client.exceptions.InvalidParameterValueException, match=f"(?i){message}")
    routing = {"AdditionalVersionWeights": weights}
    with refused:
        client.create_alias(**alias, FunctionVersion=version, RoutingConfig=routing)
    client.create_alias(**alias, FunctionVersion=version)
    with refused:
        client.update_alias(**alias, RoutingConfig=routing)


def test_a_description_has_aws_s_limit(make_lab: MakeLab, connect: Callable[[LocalLambda], Any]) -> None:
    client = connect(make_lab())
    alias = {"FunctionName": "local", "Name": "live"}
    for call, given in ((client.create_alias, {"FunctionVersion": "$LATEST"}), (client.update_alias, {})):
        with pytest.raises(client.exceptions.InvalidParameterValueException, match="256"):
            call(**alias, Description="x" * 257, **given)
        assert call(**alias, Description="x" * 256, **given)["Description"] == "x" * 256


def test_the_digest_of_the_code_is_in_base64(make_lab: MakeLab, connect: Callable[[LocalLambda], Any]) -> None:
    client, archive = connect(make_lab()), package("one")
    expected = base64.b64encode(hashlib.sha256(archive).digest()).decode()
    assert client.update_function_code(FunctionName="local", ZipFile=archive)["CodeSha256"] == expected


def test_new_code_replaces_running_containers(make_lab: MakeLab, connect: Callable[[LocalLambda], Any]) -> None:
    lab = make_lab()
    client = connect(lab)
    old = invoke(client, Payload=event("where"))[1]["pid"]
    client.update_function_code(FunctionName="local", ZipFile=package("new"))
    wait_until(lambda: not Path(f"/proc/{old}").exists())
    assert invoke(client)[1] == "new"


def test_containers_of_restored_code_are_not_retired(make_lab: MakeLab, connect: Callable[[LocalLambda], Any]) -> None:
    lab = make_lab()
    client = connect(lab)
    one = package("one")
    for archive in (one, package("two"), one):
        client.update_function_code(FunctionName="local", ZipFile=archive)
    assert [invoke(client)[1] for _ in range(3)] == 3 * ["one"]
    assert lab.timeline.totals.cold_starts == 1


def test_the_previous_code_answers_while_an_update_is_in_progress(
    make_lab: MakeLab, connect: Callable[[LocalLambda], Any]
) -> None:
    lab = make_lab(update_s=3600.0)
    client = connect(lab)
    pid = invoke(client, Payload=event("where"))[1]["pid"]
    assert client.update_function_code(FunctionName="local", ZipFile=package("new"))["LastUpdateStatus"] == "InProgress"
    assert client.get_function(FunctionName="local")["Configuration"]["LastUpdateStatus"] == "InProgress"
    assert invoke(client, Payload=event("where"))[1]["pid"] == pid
    with pytest.raises(client.exceptions.ResourceConflictException, match="An update is in progress for resource: arn"):
        client.update_function_code(FunctionName="local", ZipFile=package("newer"))
    with pytest.raises(client.exceptions.ResourceConflictException):
        client.publish_version(FunctionName="local")


def test_one_of_several_updates_at_once_is_taken(make_lab: MakeLab, connect: Callable[[LocalLambda], Any]) -> None:
    lab = make_lab(update_s=3600.0)
    client = connect(lab)

    def update(number: int) -> str:
        try:
            client.update_function_code(FunctionName="local", ZipFile=package(str(number), files=500))
        except client.exceptions.ResourceConflictException:
            return "refused"
        return "taken"

    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(update, range(6))) == 5 * ["refused"] + ["taken"]


def test_one_zip_can_be_deployed_several_times_at_once(
    make_lab: MakeLab, connect: Callable[[LocalLambda], Any]
) -> None:
    client = connect(make_lab())
    given = {"FunctionName": "local", "ZipFile": package("same", files=100)}
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: client.update_function_code(**given), range(6)))
    assert len({each["CodeSha256"] for each in answers}) == 1
    assert invoke(client)[1] == "same"


def test_both_codes_answer_until_an_update_is_over(make_lab: MakeLab, connect: Callable[[LocalLambda], Any]) -> None:
    lab = make_lab(update_s=0.1, overlap_s=3600.0)
    client = connect(lab)
    client.update_function_code(FunctionName="local", ZipFile=package("one"))
    wait_until(lambda: client.get_function_configuration(FunctionName="local")["LastUpdateStatus"] == "Successful")
    # the share of the new code grows over an hour: at first it is the old one that answers
    assert invoke(client, Payload=event("echo", value="old"))[1] == "old"
    # nothing conflicts any more
    client.publish_version(FunctionName="local")


def test_the_old_containers_end_when_an_update_is_over(
    make_lab: MakeLab, connect: Callable[[LocalLambda], Any]
) -> None:
    client = connect(make_lab(update_s=0.1, overlap_s=0.1))
    old = invoke(client, Payload=event("where"))[1]["pid"]
    client.update_function_code(FunctionName="local", ZipFile=package("new"))
    wait_until(lambda: not Path(f"/proc/{old}").exists())
    assert invoke(client)[1] == "new"


def test_the_configuration_is_what_was_deployed(make_lab: MakeLab, connect: Callable[[LocalLambda], Any]) -> None:
    client = connect(make_lab(memory_mb=512))
    found = client.get_function_configuration(FunctionName="local")
    assert (found["MemorySize"], found["Handler"], found["Version"]) == (512, "probe.handler", "$LATEST")
    # the Python that the containers run
    assert found["Runtime"] == f"python{sys.version_info.major}.{sys.version_info.minor}"
    assert [each["FunctionName"] for each in client.list_functions()["Functions"]] == ["local"]


def test_a_function_on_managed_instances(make_lab: MakeLab, connect: Callable[[LocalLambda], Any]) -> None:
    lab = make_lab(max_concurrency=2, memory_mb=2048)
    client = connect(lab)
    found = client.get_function_configuration(FunctionName="local")["CapacityProviderConfig"]
    assert found["LambdaManagedInstancesCapacityProviderConfig"]["PerExecutionEnvironmentMaxConcurrency"] == 2
    answer, value = invoke(client, Payload=event("echo", value="hello"), LogType="Tail")
    assert (answer["StatusCode"], value) == (200, "hello")
    assert '"type":"platform.report"' in base64.b64decode(answer["LogResult"]).decode()


def test_the_aws_cli(make_lab: MakeLab, tmp_path: Path) -> None:
    lab = make_lab()
    (tmp_path / "event.json").write_bytes(event("echo", value="from the shell"))
    command = "lambda invoke --function-name local --log-type Tail --payload fileb://event.json answer.json"
    done = subprocess.run(
        [str(Path(sys.executable).with_name("aws")), *command.split(), "--endpoint-url", lab.invoke_url],
        cwd=tmp_path,
        env={
            **os.environ,
            "AWS_ACCESS_KEY_ID": "none",
            "AWS_SECRET_ACCESS_KEY": "none",
            "AWS_DEFAULT_REGION": "eu-west-1",
            "AWS_EC2_METADATA_DISABLED": "true",
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["ExecutedVersion"] == "$LATEST"
    assert json.loads((tmp_path / "answer.json").read_text()) == "from the shell"
