"""What the stage ``production`` adds: what Zappa 0.63 sends to AWS, and what API Gateway then invokes."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import msgspec
import pytest

from lab.http.server import Request
from tests.infra.monolambda.resources import resources
from tests.stand import failed_event_lifecycle, stack
from tests.stand.clients import DEPLOYER, FUNCTION
from tests.stand.deploy_lifecycle import PHOTO, UPLOAD_HEADERS, put_secrets
from tests.stand.deployed_stage import DeployedStage, describe, integration_uris, leftovers
from tests.stand.failed_event_lifecycle import (
    NOT_AN_IMAGE,
    UNREADABLE,
    FailedEventLifecycle,
    attributes,
    by_object_key,
)
from tests.stand.local_aws import LocalAws
from tests.stand.moto_backend import ACCOUNT, DeployedVersion, deployed_version
from tests.stand.permissions import ONLY_IN_PRODUCTION, permissions_used
from tests.stand.project import CommandResult, Project
from tests.support.iam_policy import Permission, allows
from tests.support.waiting import wait_until

NAME = "monolambda-production"
ALIAS = "provisioned-concurrency"


class Release(msgspec.Struct, frozen=True, kw_only=True):
    """One deploy or update: the requests to AWS, the integrations after it, and the versions invoked during it."""

    requests: list[Request]
    integrations: set[str]
    versions: list[str]

    def body(self, method: str, path: str) -> dict[str, Any]:
        """Return the JSON body of the one request with this method, and a path that ends so."""
        (found,) = (each.body for each in self.requests if each.method == method and re.search(f"{path}$", each.path))
        body: dict[str, Any] = msgspec.json.decode(found)
        return body


class ProductionLifecycle(msgspec.Struct, frozen=True, kw_only=True):
    """The stage deployed with its settings, then updated to use SnapStart instead, then undeployed."""

    stack_outputs: dict[str, str]
    settings: dict[str, Any]
    refused: CommandResult
    left_by_refused: list[str]
    deploy: Release
    deployed: DeployedStage
    provisioned: dict[tuple[str, str], int]
    job: dict[str, str]
    failed_events: FailedEventLifecycle
    variables_update: Release
    served: DeployedVersion
    provisioned_after_update: dict[tuple[str, str], int]
    snap_start_update: Release
    leftovers: list[str]
    needed_by_zappa: set[Permission]
    needed_by_function: set[Permission]


def _release(local_aws: LocalAws, project: Project, command: str) -> Release:
    first_call, first_invocation = len(local_aws.calls), len(local_aws.functions.invocations)
    project.zappa(command)
    requests = local_aws.calls[first_call:]
    versions = [each.version for each in local_aws.functions.invocations[first_invocation:]]
    api = next(each for each in local_aws.client("apigateway").get_rest_apis()["items"] if each["name"] == NAME)
    return Release(requests=requests, integrations=integration_uris(local_aws.client, api["id"]), versions=versions)


def _add_variable(local_aws: LocalAws, name: str, value: str) -> None:
    """Set a variable of the function without Zappa."""
    client = local_aws.client("lambda")
    variables = client.get_function_configuration(FunctionName=NAME)["Environment"]["Variables"]
    client.update_function_configuration(FunctionName=NAME, Environment={"Variables": {**variables, name: value}})


def _deferred_job(local_aws: LocalAws, url: str) -> dict[str, str]:
    """Defer a resize through the API; return the version of each invocation by what it was for."""
    first = len(local_aws.functions.invocations)
    answer = local_aws.send("POST", f"{url}/resize?width=64", body=PHOTO, **UPLOAD_HEADERS, Prefer="respond-async")
    assert answer.status == 202, answer.body
    wait_until(lambda: local_aws.is_idle, seconds=60)
    invocations = local_aws.functions.invocations[first:]
    return {"job" if b'"job"' in each.event[:8] else "request": each.version for each in invocations}


@pytest.fixture(scope="module")
def lifecycle(local_aws: LocalAws, project: Project, package_zip: Path) -> ProductionLifecycle:
    """Run the whole lifecycle once; each test looks at one part of what was recorded."""
    outputs = stack.create(local_aws, project.root, "production")
    settings = msgspec.json.decode((project.root / "zappa_settings.json").read_bytes())
    put_secrets(local_aws, "production")
    first_call = len(local_aws.calls)
    local_aws.lambda_api.concurrency_limit = 10
    refused = project.run("zappa", "deploy", "production")
    left_by_refused = leftovers(local_aws, NAME)
    local_aws.lambda_api.concurrency_limit = 1000
    # --zip saves a build; test_deploy.py checks what Zappa builds
    deploy = _release(local_aws, project, f"deploy production --zip {package_zip}")
    stack.mark_deployed(local_aws, project.root, "production")
    deployed = describe(local_aws, NAME)
    provisioned = dict(local_aws.lambda_api.provisioned)
    job = _deferred_job(local_aws, deployed.url)
    failed_events = failed_event_lifecycle.run(local_aws, outputs)
    _add_variable(local_aws, "MONOLAMBDA_PUBLIC", "true")
    variables_update = _release(local_aws, project, f"update production --zip {package_zip}")
    served = deployed_version(NAME, ALIAS)
    assert served is not None
    provisioned_after_update = dict(local_aws.lambda_api.provisioned)
    project.change_settings("production", provisioned_concurrency=None, snap_start="PublishedVersions")
    snap_start_update = _release(local_aws, project, f"update production --zip {package_zip}")
    project.zappa("undeploy production -y")
    return ProductionLifecycle(
        stack_outputs=outputs,
        settings=settings["dev"] | settings["production"],
        refused=refused,
        left_by_refused=left_by_refused,
        deploy=deploy,
        deployed=deployed,
        provisioned=provisioned,
        job=job,
        failed_events=failed_events,
        variables_update=variables_update,
        served=served,
        provisioned_after_update=provisioned_after_update,
        snap_start_update=snap_start_update,
        leftovers=leftovers(local_aws, NAME),
        needed_by_zappa=permissions_used(local_aws.calls[first_call:], DEPLOYER),
        needed_by_function=permissions_used(local_aws.calls[first_call:], FUNCTION),
    )


def test_the_function_is_created_with_dead_letters_and_tracing_and_without_snap_start(
    lifecycle: ProductionLifecycle,
) -> None:
    created = lifecycle.deploy.body("POST", "/functions")
    assert created["DeadLetterConfig"]["TargetArn"].endswith(f":{ACCOUNT.number}:monolambda-production-failed")
    assert created["TracingConfig"] == {"Mode": "Active"}
    assert created["SnapStart"] == {"ApplyOn": "None"}
    assert created["Environment"]["Variables"]["MONOLAMBDA_STORAGE"].endswith("/production")


def test_an_account_without_the_concurrency_is_refused_before_anything_is_made(lifecycle: ProductionLifecycle) -> None:
    """The limit of a new account is 10, and AWS refuses the reservation only when the function stands already."""
    assert lifecycle.refused.status == 1
    assert "limit in eu-west-1 is 10" in lifecycle.refused.errors
    assert "aws service-quotas request-service-quota-increase" in lifecycle.refused.errors
    assert "take lambda_concurrency and provisioned_concurrency out" in lifecycle.refused.errors
    assert lifecycle.left_by_refused == []


def test_a_removed_variable_is_gone_from_the_version_that_the_api_invokes(lifecycle: ProductionLifecycle) -> None:
    served = lifecycle.served
    assert "MONOLAMBDA_PUBLIC" not in served.configuration["Environment"]["Variables"]
    assert served.configuration["Environment"]["Variables"]["MONOLAMBDA_STORAGE"].endswith("/production")
    amount = lifecycle.settings["provisioned_concurrency"]
    assert lifecycle.provisioned_after_update[NAME, served.version] == amount
    assert lifecycle.variables_update.versions == [served.version]


def test_concurrency_is_reserved(lifecycle: ProductionLifecycle) -> None:
    amount = lifecycle.settings["lambda_concurrency"]
    assert lifecycle.deploy.body("PUT", "/concurrency") == {"ReservedConcurrentExecutions": amount}
    assert lifecycle.deployed.reserved_concurrency == amount


def test_the_api_invokes_the_version_with_provisioned_concurrency(lifecycle: ProductionLifecycle) -> None:
    """Zappa provisions a version, and API Gateway invokes an alias of it."""
    amount = lifecycle.settings["provisioned_concurrency"]
    body = lifecycle.deploy.body("PUT", "/provisioned-concurrency")
    assert body == {"ProvisionedConcurrentExecutions": amount}
    assert lifecycle.provisioned == {(NAME, "1"): amount}
    assert lifecycle.deploy.integrations
    assert all(f":{NAME}:{ALIAS}/invocations" in uri for uri in lifecycle.deploy.integrations)
    assert lifecycle.deploy.versions == ["1"]


def test_a_job_runs_where_the_stack_says_how_long_an_event_is_tried(lifecycle: ProductionLifecycle) -> None:
    """Not at the version that the API invokes: it has no EventInvokeConfig, and Lambda would try for six hours."""
    configured = resources(Stage="production", Deployed="true")["AsyncEvents"]["Properties"]
    assert lifecycle.job == {"request": "1", "job": configured["Qualifier"]}


def test_the_role_has_the_policy_of_this_stage(lifecycle: ProductionLifecycle) -> None:
    ((name, policy),) = lifecycle.deployed.role_policies.items()
    assert name == "monolambda-production-runtime-eu-west-1"
    assert "production/originals" in str(policy)
    assert "dev/" not in str(policy)


def test_there_is_no_keep_warm_rule(lifecycle: ProductionLifecycle) -> None:
    """It would invoke $LATEST, which serves no request of the API as long as an alias does."""
    assert lifecycle.settings["keep_warm"] is False
    assert [rule["Name"] for rule in lifecycle.deployed.rules] == ["monolambda-production-purge"]


def test_an_event_that_may_succeed_later_is_tried_five_times_and_a_hopeless_one_once(
    lifecycle: ProductionLifecycle,
) -> None:
    assert lifecycle.failed_events.attempts == {UNREADABLE: 5, NOT_AN_IMAGE: 1}


def test_dead_letters_are_the_events_themselves_and_the_hopeless_one_has_its_reason(
    lifecycle: ProductionLifecycle,
) -> None:
    dead_letters = by_object_key(lifecycle.failed_events.dead_letters)
    assert set(dead_letters) == {UNREADABLE, NOT_AN_IMAGE}
    from_app = attributes(dead_letters[NOT_AN_IMAGE])
    assert from_app["code"] in ("undecodable_image", "unsupported_media_type")
    assert from_app["key"] == NOT_AN_IMAGE


def test_a_redrive_completes_the_repaired_event_and_the_hopeless_one_does_not_loop(
    lifecycle: ProductionLifecycle,
) -> None:
    """Each is tried once more: one gets its renditions, the other returns to the queue with the same reason."""
    failed = lifecycle.failed_events
    assert (failed.task["Status"], failed.task["ApproximateNumberOfMessagesMoved"]) == ("COMPLETED", 2)
    payloads = [msgspec.json.decode(each.outcome.payload) for each in failed.redriven]
    assert payloads == [{"batchItemFailures": []}] * 2
    assert failed.renditions == [f"production/resized/{width}-unreadable.jpg" for width in (1000, 480, 640)]
    assert failed.waiting == []
    (remaining,) = failed.remaining
    assert attributes(remaining) == attributes(by_object_key(failed.dead_letters)[NOT_AN_IMAGE])


def test_the_deployers_policy_covers_every_call_of_zappa(lifecycle: ProductionLifecycle, local_aws: LocalAws) -> None:
    policy = stack.deployer_policy(local_aws, lifecycle.stack_outputs)
    assert [each for each in sorted(lifecycle.needed_by_zappa) if not allows(policy, each)] == []
    assert {each.action for each in lifecycle.needed_by_zappa} >= ONLY_IN_PRODUCTION


def test_the_roles_policy_covers_the_function_and_what_lambda_does_for_it(lifecycle: ProductionLifecycle) -> None:
    (policy,) = lifecycle.deployed.role_policies.values()
    queue_actions = {f"sqs:{name}" for name in ("SendMessage", "ReceiveMessage", "DeleteMessage", "GetQueueAttributes")}
    assert {each.action for each in lifecycle.needed_by_function} >= queue_actions
    assert [each for each in sorted(lifecycle.needed_by_function) if not allows(policy, each)] == []


def test_update_sends_tracing_again_but_not_the_dead_letter_queue(lifecycle: ProductionLifecycle) -> None:
    """Zappa names the dead-letter queue only when it creates the function."""
    updated = lifecycle.snap_start_update.body("PUT", f"/{NAME}/configuration")
    assert updated["TracingConfig"] == {"Mode": "Active"}
    assert "DeadLetterConfig" not in updated


def test_snap_start_replaces_provisioned_concurrency(lifecycle: ProductionLifecycle) -> None:
    update = lifecycle.snap_start_update
    assert update.body("PUT", f"/{NAME}/configuration")["SnapStart"] == {"ApplyOn": "PublishedVersions"}
    alias = update.body("POST", "/aliases")
    assert alias["Name"] == "snapstart"
    assert update.integrations
    assert all(f":{NAME}:snapstart/invocations" in uri for uri in update.integrations)
    assert update.versions == [alias["FunctionVersion"]]


def test_undeploy_leaves_nothing(lifecycle: ProductionLifecycle) -> None:
    assert lifecycle.leftovers == []
