"""The template is valid, safe by default, and gives each stage a stack of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from zappa.core import Zappa  # type: ignore[import-untyped]

from app.storage import keys
from infra.deploy.settings import parameters, stages
from infra.package.build import ROOT
from infra.template import PATH, Resolver, load
from tests.infra.monolambda.resources import KEY_PREFIXES, TEMPLATE, properties, resources, runtime_policy
from tests.support.iam_policy import Permission, allows

# the reference of each service's API says so
NAME_LIMITS = {
    "RoleName": 64,
    "ManagedPolicyName": 128,
    "QueueName": 80,
    "LogGroupName": 512,
    "TopicName": 256,
    "AlarmName": 255,
    "DashboardName": 255,
    "BudgetName": 100,
}
GLOBAL = {"AWS::IAM::Role", "AWS::IAM::ManagedPolicy", "AWS::CloudWatch::Dashboard", "AWS::Budgets::Budget"}
EXISTING_BUCKET = PATH.with_name("existing-bucket.yaml")


@pytest.mark.parametrize("path", [PATH, EXISTING_BUCKET], ids=lambda path: path.name)
def test_cfn_lint_finds_nothing(path: Path) -> None:
    done = subprocess.run(
        [str(Path(sys.executable).parent / "cfn-lint"), str(path), "--regions", "eu-central-1", "us-east-1"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, ""), done.stdout + done.stderr


def test_every_parameter_is_described_and_documented() -> None:
    page = (ROOT / "docs" / "infra.md").read_text()
    for name, parameter in TEMPLATE["Parameters"].items():
        assert parameter["Description"]
        assert f"`{name}`" in page


def _lifecycle_rules(**given: str) -> dict[str, dict[str, Any]]:
    (bucket,) = properties("AWS::S3::Bucket", **given)
    return {rule["Id"]: rule for rule in bucket["LifecycleConfiguration"]["Rules"]}


def test_lifecycle_rules_follow_the_key_layout() -> None:
    rules = [rule for rule in _lifecycle_rules().values() if rule["Status"] == "Enabled"]
    assert len(rules) == len(_lifecycle_rules()), "a rule that is not enabled does nothing"
    days = {rule["Prefix"]: rule["ExpirationInDays"] for rule in rules if "ExpirationInDays" in rule}
    assert days == {f"dev/{keys.INCOMING}": 1, f"dev/{keys.DERIVED}": 30, f"dev/{keys.JOBS}": 7}
    assert {prefix.removeprefix("dev/") for prefix in days} < KEY_PREFIXES


def test_originals_expire_only_when_configured() -> None:
    rule = _lifecycle_rules(OriginalDays="90")["originals"]
    assert (rule["Prefix"], rule["Status"]) == (f"dev/{keys.ORIGINALS}", "Enabled")
    assert "originals" not in _lifecycle_rules()


def test_the_bucket_is_encrypted_private_and_retained() -> None:
    (bucket,) = properties("AWS::S3::Bucket")
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert bucket["OwnershipControls"]["Rules"] == [{"ObjectOwnership": "BucketOwnerEnforced"}]
    assert TEMPLATE["Resources"]["Images"]["DeletionPolicy"] == "RetainExceptOnCreate"
    assert TEMPLATE["Resources"]["Images"]["UpdateReplacePolicy"] == "Retain"


def test_an_existing_bucket_is_imported_as_the_one_that_the_stack_would_create() -> None:
    ours = TEMPLATE["Resources"]["Images"]
    kept = {name: ours[name] for name in ("Type", "DeletionPolicy", "UpdateReplacePolicy")}
    bucket = {**kept, "Properties": {"BucketName": ours["Properties"]["BucketName"]}}
    assert load(EXISTING_BUCKET)["Resources"] == {"Images": bucket}


def test_the_bucket_refuses_requests_without_tls() -> None:
    (bucket_policy,) = properties("AWS::S3::BucketPolicy")
    (statement,) = bucket_policy["PolicyDocument"]["Statement"]
    assert (statement["Effect"], statement["Action"]) == ("Deny", "s3:*")
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert statement["Resource"] == ["${Images.Arn}", "${Images.Arn}/*"]


@pytest.mark.parametrize(("origins", "posting"), [("", []), ("https://a.example,https://b.example", [2])])
def test_scripts_may_read_presigned_urls_and_post_only_from_listed_origins(origins: str, posting: list[int]) -> None:
    (bucket,) = properties("AWS::S3::Bucket", UploadOrigins=origins)
    rules = bucket["CorsConfiguration"]["CorsRules"]
    assert rules[0]["AllowedMethods"] == ["GET", "HEAD"]
    assert {"Content-Range", "ETag"} <= set(rules[0]["ExposedHeaders"])
    assert [len(rule["AllowedOrigins"]) for rule in rules if "POST" in rule["AllowedMethods"]] == posting
    assert not any({"PUT", "DELETE"} & set(rule["AllowedMethods"]) for rule in rules)


def test_two_stages_share_no_name() -> None:
    dev, production = (resources(Stage=stage, Bucket=f"images-{stage}") for stage in ("dev", "production"))
    for name, resource in dev.items():
        for key, value in resource["Properties"].items():
            if key.endswith("Name") and key != "MetricName":
                assert value != production[name]["Properties"][key], f"{name}.{key}"


def _names(**given: str) -> dict[str, tuple[str, str, str]]:
    """Return type, property and value of every name the stack gives, by logical id."""
    created = resources(Email="a@example.com", MonthlyBudget="10", GatewayLogRole="true", Deployed="true", **given)
    found = {
        name: (each["Type"], each["Properties"].get("Budget", each["Properties"])) for name, each in created.items()
    }
    return {
        name: (kind, key, properties[key])
        for name, (kind, properties) in found.items()
        for key in NAME_LIMITS.keys() & properties.keys()
    }


def test_names_fit_their_limits_for_the_longest_project_and_stage() -> None:
    patterns = [TEMPLATE["Parameters"][name]["AllowedPattern"] for name in ("Project", "Stage")]
    assert all(pattern.endswith("{1,20}") for pattern in patterns)
    names = _names(Project="p" * 21, Stage="s" * 21, **{"AWS::Region": "ap-southeast-1"})
    too_long = [name for name, (_, key, value) in names.items() if len(value) > NAME_LIMITS[key]]
    assert too_long == []
    assert {key for _, key, _ in names.values()} == set(NAME_LIMITS)


def test_names_that_belong_to_an_account_differ_between_regions() -> None:
    ireland, ohio = (_names(**{"AWS::Region": region}) for region in ("eu-west-1", "us-east-2"))
    of_the_account = {name for name, (kind, _, _) in ireland.items() if kind in GLOBAL}
    assert {ireland[name][0] for name in of_the_account} == GLOBAL
    assert [name for name in of_the_account if ireland[name] == ohio[name]] == []


def test_zappas_rules_for_the_longest_project_and_stage_bear_the_name_the_deployer_may_use() -> None:
    """A longer name would be cut and hashed by Zappa."""
    function, zappa = f"{'p' * 21}-{'s' * 21}", Zappa(load_credentials=False)
    for settings in stages().values():
        for event in settings["events"]:
            name = zappa.get_scheduled_event_name(event, event["function"], function)
            assert name == f"{function}-{event['function']}"


def _broken_rules(**given: str) -> list[str]:
    """Return the names of the template's rules that these parameters break, which CloudFormation refuses."""
    resolver = Resolver(TEMPLATE, {"Stage": "dev", **given})
    met = {name: resolver.resolve(rule) for name, rule in TEMPLATE["Rules"].items()}
    return [
        name
        for name, rule in met.items()
        if rule["RuleCondition"] and not all(each["Assert"] for each in rule["Assertions"])
    ]


def test_a_budget_needs_an_address() -> None:
    """Without one there would silently be none."""
    assert _broken_rules(MonthlyBudget="10") == ["BudgetHasAddress"]
    assert _broken_rules(MonthlyBudget="10", Email="a@example.com") == _broken_rules() == []
    assert "Budget" not in resources(Email="a@example.com")
    budget = resources(MonthlyBudget="10", Email="a@example.com")["Budget"]["Properties"]
    assert budget["Budget"]["BudgetLimit"] == {"Amount": "10", "Unit": "USD"}


def test_asynchronous_events_are_given_up_in_time() -> None:
    assert "AsyncEvents" not in resources()
    configuration = resources(Deployed="true")["AsyncEvents"]["Properties"]
    assert (configuration["Qualifier"], configuration["MaximumRetryAttempts"]) == ("$LATEST", 2)


def test_api_gateway_gets_a_role_to_log_only_when_asked() -> None:
    assert "GatewayAccount" not in resources()
    assert resources(GatewayLogRole="true")["GatewayAccount"]["Properties"] == {
        "CloudWatchRoleArn": "${GatewayLogWriter.Arn}"
    }


@pytest.mark.parametrize("name", ["GatewayLogWriter", "GatewayAccount"])
def test_what_the_whole_account_logs_with_is_retained(name: str) -> None:
    resource = TEMPLATE["Resources"][name]
    assert resource["DeletionPolicy"] == resource["UpdateReplacePolicy"] == "Retain"
    assert "RoleName" not in resource["Properties"], "the next stack of this stage could not be created"


@pytest.mark.parametrize("stage", list(stages()))
def test_names_are_the_ones_zappa_uses(stage: str) -> None:
    settings = stages()[stage]
    created = resources(**parameters(stage, settings))
    function = f"{settings['project_name']}-{stage}"
    assert created["Log"]["Properties"]["LogGroupName"] == f"/aws/lambda/{function}"
    storage = settings["aws_environment_variables"]["MONOLAMBDA_STORAGE"]
    assert storage == f"s3://{created['Images']['Properties']['BucketName']}/{stage}"


def test_by_default_no_other_account_is_admitted_and_no_mail_is_sent() -> None:
    created = resources()
    assert "OtherAccount" not in created
    assert "Subscription" not in created["Alerts"]["Properties"]


def test_another_account_and_an_address_can_be_configured() -> None:
    created = resources(Email="a@example.com", PrincipalAccount="111122223333")
    assert created["Alerts"]["Properties"]["Subscription"] == [{"Protocol": "email", "Endpoint": "a@example.com"}]
    assert created["OtherAccount"]["Properties"] == {
        "FunctionName": "monolambda-dev",
        "Action": "lambda:InvokeFunction",
        "Principal": "111122223333",
    }


def test_what_keeps_failing_in_the_inbox_goes_to_the_dead_letter_queue() -> None:
    """SQS also moves messages only out of a queue that is the dead-letter queue of another queue."""
    queue = resources()["Inbox"]["Properties"]
    assert queue["RedrivePolicy"]["deadLetterTargetArn"] == "${DeadLetters.Arn}"
    # https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
    assert queue["VisibilityTimeout"] >= 6 * max(settings["timeout_seconds"] for settings in stages().values())
    assert queue["RedrivePolicy"]["maxReceiveCount"] >= 5


def test_the_bucket_sends_what_comes_into_the_inbox_to_its_queue() -> None:
    created = resources()
    (notification,) = created["Images"]["Properties"]["NotificationConfiguration"]["QueueConfigurations"]
    assert notification["Queue"] == "${Inbox.Arn}"
    assert notification["Filter"]["S3Key"]["Rules"] == [{"Name": "prefix", "Value": f"dev/{keys.INBOX}"}]
    assert created["Images"]["DependsOn"] == "InboxPolicy"
    send, deny = created["InboxPolicy"]["Properties"]["PolicyDocument"]["Statement"]
    assert send["Condition"]["ArnLike"] == {"aws:SourceArn": "arn:aws:s3:::images"}
    assert "aws:SourceAccount" in send["Condition"]["StringEquals"]
    assert deny["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_the_inbox_is_read_once_the_function_exists_and_failures_are_reported_one_by_one() -> None:
    assert "TakeFromInbox" not in resources()
    mapping = resources(Deployed="true")["TakeFromInbox"]["Properties"]
    assert mapping["EventSourceArn"] == "${Inbox.Arn}"
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


def test_the_role_may_read_the_inbox_but_not_the_dead_letter_queue() -> None:
    for name, readable in (("inbox", True), ("failed", False)):
        needed = Permission("sqs:ReceiveMessage", f"arn:aws:sqs:eu-central-1:123456789012:monolambda-dev-{name}")
        assert allows(runtime_policy(), needed) is readable
