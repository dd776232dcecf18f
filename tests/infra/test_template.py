"""The template says what the design says: valid, safe by default, one stack a stage, names that the app really uses."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.container import Container
from app.runtime import metrics
from app.runtime.telemetry import Log
from app.storage import keys
from infra.policy import parameters, stages
from infra.template import PATH, Resolver, load
from tests.infra.iam import Need, allows
from tests.infra.test_policy import PREFIXES
from tests.support.door import ON_LAMBDA, Door
from tests.support.drawing import encoded, photo
from tests.support.emf import Metric
from tests.support.emf import metrics as emitted
from tests.support.http_events import rest

TEMPLATE = load()
GIVEN = {"Stage": "dev", "Bucket": "images", "DeployBucket": "deploy"}
PNG = encoded(photo(40, 30), "PNG")
OPEN = {"public": True, "source_networks": ("127.0.0.0/8",)}
# CloudWatch's names: https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html and the likes of it
OF_AWS = {
    *(("AWS/Lambda", name) for name in ("Invocations", "Errors", "Throttles", "ConcurrentExecutions")),
    ("AWS/SQS", "ApproximateNumberOfMessagesVisible"),
    ("AWS/Logs", "EMFValidationErrors"),
}


def resources(**given: str) -> dict[str, dict[str, Any]]:
    return Resolver(TEMPLATE, {**GIVEN, **given}).resources()


def of_type(kind: str, **given: str) -> list[dict[str, Any]]:
    return [resource["Properties"] for resource in resources(**given).values() if resource["Type"] == kind]


def test_cfn_lint_finds_nothing() -> None:
    done = subprocess.run(
        [str(Path(sys.executable).parent / "cfn-lint"), str(PATH), "--regions", "eu-central-1", "us-east-1"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, ""), done.stdout + done.stderr


def test_every_parameter_is_told_what_it_is() -> None:
    page = (PATH.parent.parent / "docs" / "infra.md").read_text()
    for name, about in TEMPLATE["Parameters"].items():
        assert about["Description"]
        assert f"`{name}`" in page


class TestBucket:
    def rules(self, **given: str) -> dict[str, dict[str, Any]]:
        (bucket,) = of_type("AWS::S3::Bucket", **given)
        return {rule["Id"]: rule for rule in bucket["LifecycleConfiguration"]["Rules"]}

    def test_lifecycle_follows_the_key_layout(self) -> None:
        days = {
            rule["Prefix"]: rule["ExpirationInDays"] for rule in self.rules().values() if "ExpirationInDays" in rule
        }
        assert days == {f"dev/{keys.INCOMING}": 1, f"dev/{keys.DERIVED}": 30, f"dev/{keys.JOBS}": 7}
        assert {prefix.removeprefix("dev/") for prefix in days} < PREFIXES

    def test_originals_go_only_when_asked_for(self) -> None:
        assert self.rules(OriginalDays="90")["originals"]["Prefix"] == f"dev/{keys.ORIGINALS}"
        assert "originals" not in self.rules()

    def test_it_is_encrypted_private_and_kept(self) -> None:
        (bucket,) = of_type("AWS::S3::Bucket")
        assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
        assert bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
        assert bucket["OwnershipControls"]["Rules"] == [{"ObjectOwnership": "BucketOwnerEnforced"}]
        assert TEMPLATE["Resources"]["Images"]["DeletionPolicy"] == "Retain"

    def test_only_tls(self) -> None:
        (attached,) = of_type("AWS::S3::BucketPolicy")
        (statement,) = attached["PolicyDocument"]["Statement"]
        assert (statement["Effect"], statement["Action"]) == ("Deny", "s3:*")
        assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
        assert statement["Resource"] == ["${Images.Arn}", "${Images.Arn}/*"]

    @pytest.mark.parametrize(("origins", "posting"), [("", []), ("https://a.example,https://b.example", [2])])
    def test_scripts_may_read_links_and_post_only_from_listed_origins(self, origins: str, posting: list[int]) -> None:
        (bucket,) = of_type("AWS::S3::Bucket", UploadOrigins=origins)
        rules = bucket["CorsConfiguration"]["CorsRules"]
        assert rules[0]["AllowedMethods"] == ["GET", "HEAD"]
        assert [len(rule["AllowedOrigins"]) for rule in rules if "POST" in rule["AllowedMethods"]] == posting
        assert not any({"PUT", "DELETE"} & set(rule["AllowedMethods"]) for rule in rules)


class TestStages:
    def test_two_stand_side_by_side(self) -> None:
        """What has a name of its own must have another one in the other stack."""
        dev, production = (resources(Stage=stage, Bucket=f"images-{stage}") for stage in ("dev", "production"))
        for name, resource in dev.items():
            for key, value in resource["Properties"].items():
                if key.endswith("Name") and key not in ("MetricName",):
                    assert value != production[name]["Properties"][key], f"{name}.{key}"

    @pytest.mark.parametrize("stage", list(stages()))
    def test_names_are_those_of_zappa(self, stage: str) -> None:
        settings = stages()[stage]
        made = resources(**parameters(stage, settings))
        function = f"{settings['project_name']}-{stage}"
        assert made["Log"]["Properties"]["LogGroupName"] == f"/aws/lambda/{function}"
        assert made["Role"]["Properties"]["RoleName"] == f"{function}-ZappaLambdaExecutionRole"
        storage = settings["aws_environment_variables"]["MONOLAMBDA_STORAGE"]
        assert storage == f"s3://{made['Images']['Properties']['BucketName']}/{stage}"
        if letters := settings.get("dead_letter_arn"):
            assert letters.endswith(":" + made["DeadLetters"]["Properties"]["QueueName"])


class TestOptionalParts:
    def test_without_parameters_nobody_is_let_in_and_nobody_is_mailed(self) -> None:
        made = resources()
        assert "OtherAccount" not in made
        assert "Subscription" not in made["Alerts"]["Properties"]

    def test_with_them(self) -> None:
        made = resources(Email="a@example.com", PrincipalAccount="111122223333")
        assert made["Alerts"]["Properties"]["Subscription"] == [{"Protocol": "email", "Endpoint": "a@example.com"}]
        permission = made["OtherAccount"]["Properties"]
        assert permission == {
            "FunctionName": "monolambda-dev",
            "Action": "lambda:InvokeFunction",
            "Principal": "111122223333",
        }


class TestSecondTries:
    def test_what_fails_again_comes_back(self) -> None:
        """SQS moves letters only out of a queue that is the dead-letter queue of another queue."""
        again = resources()["SecondTries"]["Properties"]
        assert again["RedrivePolicy"]["deadLetterTargetArn"] == "${DeadLetters.Arn}"
        # https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
        assert again["VisibilityTimeout"] >= 6 * max(settings["timeout_seconds"] for settings in stages().values())

    def test_function_takes_them_when_asked_to_and_says_which_failed(self) -> None:
        assert "TakeSecondTries" not in resources()
        mapping = resources(Redrive="true")["TakeSecondTries"]["Properties"]
        assert mapping["EventSourceArn"] == "${SecondTries.Arn}"
        assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]

    def test_role_may_read_that_queue_and_not_the_letters(self) -> None:
        policy = resources()["RuntimePolicy"]["Properties"]["PolicyDocument"]
        for name, reads in (("again", True), ("failed", False)):
            need = Need("sqs:ReceiveMessage", f"arn:aws:sqs:eu-west-1:1:monolambda-dev-{name}")
            assert allows(policy, need) is reads


@pytest.fixture
def sent(make_container: Callable[..., Container]) -> set[Metric]:
    """Return every metric that a function sends that starts cold, answers, fails, and has a source fail."""
    text = io.StringIO()
    # no secret: an upload cannot be kept
    here = Door(make_container(platform=ON_LAMBDA, log=Log("info", stream=text), **OPEN), text)
    assert here.http(rest("POST", "/upload", body=PNG)).status == 503
    assert here.http(rest("GET", "/resize", query="url=http://127.0.0.1:9/a.png")).status == 502
    return {metric for line in here.log() if "_aws" in line for metric in emitted(line)}


def watched() -> dict[str, set[tuple[str, str, tuple[str, ...]]]]:
    """Return namespace, metric and dimension names by alarm; the dashboard counts as one."""
    found: dict[str, set[tuple[str, str, tuple[str, ...]]]] = {}
    for name, resource in resources().items():
        if resource["Type"] == "AWS::CloudWatch::Alarm":
            own = resource["Properties"]
            parts = [query["MetricStat"]["Metric"] for query in own.get("Metrics", []) if "MetricStat" in query] or [
                own
            ]
            found[name] = {
                (part["Namespace"], part["MetricName"], tuple(each["Name"] for each in part["Dimensions"]))
                for part in parts
            }
    return {**found, "Dashboard": set(shown())}


def shown() -> list[tuple[str, str, tuple[str, ...]]]:
    body = json.loads(resources()["Dashboard"]["Properties"]["DashboardBody"])
    found = []
    for widget in body["widgets"]:
        for metric in widget["properties"]["metrics"]:
            if isinstance(metric[0], dict):
                match = re.match(r"SEARCH\('\{([^}]+)\}.* MetricName=\"(\w+)\"'", metric[0]["expression"])
                assert match, metric
                namespace, *dimensions = match[1].split(",")
                found.append((namespace, match[2], tuple(dimensions)))
            else:
                found.append((metric[0], metric[1], (metric[2],)))
    return found


def test_alarms_and_dashboard_watch_what_a_run_emits(sent: set[Metric]) -> None:
    names = {(metric.namespace, metric.name, tuple(name for name, _ in metric.dimensions)) for metric in sent}
    ours = {each for several in watched().values() for each in several if not each[0].startswith("AWS/")}
    assert ours <= names
    # and nothing is sent that nobody looks at, per route
    per_route = {each for each in names if "route" in each[2]}
    assert per_route == {each for each in ours if "route" in each[2]}
    assert {name for _, name, _ in per_route} == {name for name, _ in metrics.UNITS}


def test_what_aws_counts_is_called_as_aws_calls_it() -> None:
    theirs = {each[:2] for several in watched().values() for each in several if each[0].startswith("AWS/")}
    assert theirs == OF_AWS


def test_alarms_have_the_values_of_our_dimensions(sent: set[Metric]) -> None:
    for name in ("Faults", "Slow"):
        own = resources()[name]["Properties"]
        dimensions = tuple((each["Name"], each["Value"]) for each in own["Dimensions"])
        assert dimensions in {metric.dimensions for metric in sent}
        units = {metric.unit for metric in sent if metric.name == own["MetricName"]}
        assert own.get("Unit", next(iter(units))) in units


@pytest.mark.parametrize("name", [name for name in watched() if name != "Dashboard"])
def test_every_alarm_is_sent_and_is_in_the_launch_checklist(name: str) -> None:
    own = resources()[name]["Properties"]
    assert own["AlarmActions"] == ["${Alerts}"]
    assert own["TreatMissingData"] == "notBreaching"  # nobody asked anything: no reason to wake somebody
    assert own["AlarmDescription"]
    assert f"`{name}`" in (PATH.parent.parent / "docs" / "launch.md").read_text()


def test_every_line_of_the_launch_checklist_names_a_test_or_an_alarm() -> None:
    root = PATH.parent.parent
    table = (root / "docs" / "launch.md").read_text().partition("| before you launch")[2].partition("\n\n")[0]
    lines = [line.strip().strip("|").split(" | ") for line in table.splitlines()[2:]]
    assert len(lines) > 10
    for told, keeper in lines:
        names = re.findall(r"`([^`]+)`", keeper)
        assert names, told
        for name in names:
            assert (root / name).is_file() if "/" in name else name in watched(), name
