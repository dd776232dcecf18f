"""What the stage ``production`` adds, as Zappa 0.63 sends it to AWS, and what that does behind API Gateway."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import msgspec
import pytest

from lab.http_server import Request
from tests.stand.aws import Stand
from tests.stand.backend import ACCOUNT
from tests.stand.observed import Seen, integrations, left, observe
from tests.stand.project import Project

NAME = "monolambda-production"
ALIAS = "provisioned-concurrency"


class Launch(msgspec.Struct, frozen=True, kw_only=True):
    """The stage as its settings have it, then with SnapStart in place of provisioned concurrency, then gone."""

    sent: list[Request]
    deployed: Seen
    behind: set[str]
    served: list[str]
    provisioned: dict[tuple[str, str], int]
    sent_with_snap_start: list[Request]
    behind_with_snap_start: set[str]
    served_with_snap_start: list[str]
    settings: dict[str, Any]
    left: list[str]


@pytest.fixture(scope="module")
def launch(stand: Stand, project: Project, package_zip: Path) -> Launch:
    """Deploy the stage once, then change it once."""
    queue = stand.client("sqs").create_queue(QueueName="monolambda-production-failed")["QueueUrl"]
    arn = stand.client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]
    project.settings("production", dead_letter_arn=arn["QueueArn"])
    settings = msgspec.json.decode((project.root / "zappa_settings.json").read_bytes())
    start, runs = len(stand.calls), len(stand.containers.runs)
    project.zappa("deploy production")
    sent, served = stand.calls[start:], _versions(stand, runs)
    deployed = observe(stand, NAME)
    behind = integrations(stand, deployed.api["id"])
    provisioned = dict(stand.provisioned)
    project.settings("production", provisioned_concurrency=None, snap_start="PublishedVersions")
    start, runs = len(stand.calls), len(stand.containers.runs)
    # with the zip built already: what it holds is the other test's matter
    project.zappa(f"update production --zip {package_zip}")
    sent_with_snap_start, served_with_snap_start = stand.calls[start:], _versions(stand, runs)
    behind_with_snap_start = integrations(stand, deployed.api["id"])
    project.zappa("undeploy production -y")
    return Launch(
        sent=sent,
        deployed=deployed,
        behind=behind,
        served=served,
        provisioned=provisioned,
        sent_with_snap_start=sent_with_snap_start,
        behind_with_snap_start=behind_with_snap_start,
        served_with_snap_start=served_with_snap_start,
        settings=settings["dev"] | settings["production"],
        left=left(stand, NAME),
    )


def _versions(stand: Stand, start: int) -> list[str]:
    return [run.version for run in stand.containers.runs[start:]]


def _body(sent: list[Request], method: str, ending: str) -> dict[str, Any]:
    found = [each.body for each in sent if each.method == method and re.search(f"{ending}$", each.path)]
    assert len(found) == 1, f"{method} {ending}: {len(found)}"
    body: dict[str, Any] = msgspec.json.decode(found[0])
    return body


def test_creation_names_dead_letters_tracing_and_no_snap_start(launch: Launch) -> None:
    created = _body(launch.sent, "POST", "/functions")
    assert created["DeadLetterConfig"]["TargetArn"].endswith(f":{ACCOUNT}:monolambda-production-failed")
    assert created["TracingConfig"] == {"Mode": "Active"}
    assert created["SnapStart"] == {"ApplyOn": "None"}
    assert created["Environment"]["Variables"]["MONOLAMBDA_STORAGE"].endswith("/production")


def test_concurrency_is_reserved(launch: Launch) -> None:
    asked = launch.settings["lambda_concurrency"]
    assert _body(launch.sent, "PUT", "/concurrency") == {"ReservedConcurrentExecutions": asked}
    assert launch.deployed.reserved == asked


def test_provisioned_containers_are_those_that_the_api_calls(launch: Launch) -> None:
    """Zappa provisions a version, and its alias is what API Gateway invokes."""
    asked = launch.settings["provisioned_concurrency"]
    assert _body(launch.sent, "PUT", "/provisioned-concurrency") == {"ProvisionedConcurrentExecutions": asked}
    assert launch.provisioned == {(NAME, "1"): asked}
    assert launch.behind
    assert all(f":{NAME}:{ALIAS}/invocations" in uri for uri in launch.behind)
    assert launch.served == ["1"]


def test_role_has_the_policy_of_this_stage(launch: Launch, project: Project) -> None:
    ours = msgspec.json.decode((project.root / launch.settings["attach_policy"]).read_bytes())
    assert launch.deployed.role_policies == {"zappa-permissions": ours}
    assert "production/originals" in str(ours)
    assert "dev/" not in str(ours)


def test_no_rule_keeps_latest_warm_for_nobody(launch: Launch) -> None:
    """A keep-warm rule invokes $LATEST, which serves no request of the API while an alias does."""
    assert launch.settings["keep_warm"] is False
    assert launch.deployed.rules == []


def test_update_sends_tracing_again_but_not_the_dead_letters(launch: Launch) -> None:
    """Zappa names the dead-letter queue only when it creates the function."""
    updated = _body(launch.sent_with_snap_start, "PUT", f"/{NAME}/configuration")
    assert updated["TracingConfig"] == {"Mode": "Active"}
    assert "DeadLetterConfig" not in updated


def test_snap_start_takes_the_place_of_provisioned_concurrency(launch: Launch) -> None:
    updated = _body(launch.sent_with_snap_start, "PUT", f"/{NAME}/configuration")
    assert updated["SnapStart"] == {"ApplyOn": "PublishedVersions"}
    alias = _body(launch.sent_with_snap_start, "POST", "/aliases")
    assert alias["Name"] == "snapstart"
    assert all(f":{NAME}:snapstart/invocations" in uri for uri in launch.behind_with_snap_start)
    assert launch.served_with_snap_start == [alias["FunctionVersion"]]


def test_undeploy_leaves_nothing(launch: Launch) -> None:
    assert launch.left == []
