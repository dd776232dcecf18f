"""Runs each of Zappa's commands in turn, as in the life of a deployment, and records what it left behind."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import msgspec

from lab.http.server import Response
from tests.stand import stack
from tests.stand.clients import DEPLOYER, FUNCTION
from tests.stand.deployed_stage import DeployedStage, describe, leftovers, rules
from tests.stand.functions import Invocation
from tests.stand.local_aws import LocalAws
from tests.stand.permissions import permissions_used
from tests.stand.project import CommandResult, Project
from tests.support.drawing import encoded, photo
from tests.support.iam_policy import Permission
from tests.support.waiting import wait_until

NAME = "monolambda-dev"
HEADING = "<h1>Reference</h1>"
CHANGED_HEADING = "<h1>Reference, second edition</h1>"
KEY = "open sesame"
SECRETS = {"secret": "s" * 32, "api-keys": hashlib.sha256(KEY.encode()).hexdigest()}
# set without Zappa, as by hand in the console
OPEN_FOR_EVER = {"MONOLAMBDA_PUBLIC": "true", "MONOLAMBDA_RETIRED": "1"}
NOT_OURS = {"OTHER": "stays"}
PHOTO = encoded(photo(320, 240), "JPEG")
UPLOAD_HEADERS = {"Authorization": f"Bearer {KEY}", "Content_Type": "image/jpeg"}


class DeployLifecycle(msgspec.Struct, frozen=True, kw_only=True):
    """What each step printed or left behind."""

    stack_outputs: dict[str, str]
    deploy: CommandResult
    deployed: DeployedStage
    upload: Response
    stored: bytes
    status: CommandResult
    invoke: CommandResult
    invoke_payload: dict[str, Any]
    unscheduled_rules: list[dict[str, Any]]
    scheduled_rules: list[dict[str, Any]]
    payload_by_rule: dict[str, Any]
    inbox_invocations: list[Invocation]
    renditions: list[str]
    open_status: dict[str, Any]
    update: CommandResult
    updated: DeployedStage
    rolled_back: DeployedStage
    leftovers: list[str]
    invocations: list[Invocation]
    refused_hosts: list[str]
    needed_by_zappa: set[Permission]
    needed_by_function: set[Permission]


def run(local_aws: LocalAws, project: Project) -> DeployLifecycle:
    """Deploy, use, update, roll back and undeploy the stage dev, with the commands a user types."""
    stack_outputs = stack.create(local_aws, project.root, "dev")
    first_invocation, first_call = len(local_aws.functions.invocations), len(local_aws.calls)
    put_secrets(local_aws, "dev")
    deploy = project.zappa("deploy dev")
    # the two commands that the deploy has printed
    stack.mark_deployed(local_aws, project.root, "dev", GatewayLogRole="true")
    deployed = describe(local_aws, NAME)
    upload = local_aws.send("POST", f"{deployed.url}/upload", body=PHOTO, **UPLOAD_HEADERS)
    stored = _stored_original(local_aws, upload)
    status = project.zappa("status dev")
    invoke = project.zappa("invoke dev status")
    invoke_payload = msgspec.json.decode(local_aws.functions.invocations[-1].outcome.payload)
    arn = deployed.function["FunctionArn"]
    project.zappa("unschedule dev")
    unscheduled_rules = rules(local_aws.client, arn)
    project.zappa("schedule dev")
    scheduled_rules = rules(local_aws.client, arn)
    payload_by_rule = {rule["Name"]: _fire(local_aws, rule) for rule in scheduled_rules}
    inbox_invocations, renditions = _put_into_inbox(local_aws)
    project.replace("app/views/templates/docs.html", HEADING, CHANGED_HEADING)
    project.commit("Say which edition it is")
    _add_variables(local_aws, **OPEN_FOR_EVER, **NOT_OURS)
    open_status = local_aws.send(
        "GET", f"{deployed.url}/status", Authorization=f"Bearer {KEY}", Accept="application/json"
    )
    update = project.zappa("update dev")
    updated = describe(local_aws, NAME)
    project.zappa("invoke dev status")
    project.zappa("rollback dev -n 1")
    rolled_back = describe(local_aws, NAME)
    project.zappa("undeploy dev -y")
    invocations = local_aws.functions.invocations[first_invocation:]
    return DeployLifecycle(
        stack_outputs=stack_outputs,
        deploy=deploy,
        deployed=deployed,
        upload=upload,
        stored=stored,
        status=status,
        invoke=invoke,
        invoke_payload=invoke_payload,
        unscheduled_rules=unscheduled_rules,
        scheduled_rules=scheduled_rules,
        payload_by_rule=payload_by_rule,
        inbox_invocations=inbox_invocations,
        renditions=renditions,
        open_status=msgspec.json.decode(open_status.body),
        update=update,
        updated=updated,
        rolled_back=rolled_back,
        leftovers=leftovers(local_aws, NAME),
        invocations=[each for each in invocations if each.name == NAME],
        refused_hosts=list(local_aws.proxy.refused),
        needed_by_zappa=permissions_used(local_aws.calls[first_call:], DEPLOYER),
        needed_by_function=permissions_used(local_aws.calls[first_call:], FUNCTION),
    )


def put_secrets(local_aws: LocalAws, stage: str) -> None:
    """Put the parameters that the settings refer to, as ``docs/infra.md`` says."""
    for name, value in SECRETS.items():
        local_aws.client("ssm").put_parameter(Name=f"/monolambda/{stage}/{name}", Value=value, Type="SecureString")


def _add_variables(local_aws: LocalAws, **added: str) -> None:
    """Set variables of the function without Zappa."""
    client = local_aws.client("lambda")
    variables = client.get_function_configuration(FunctionName=NAME)["Environment"]["Variables"]
    client.update_function_configuration(FunctionName=NAME, Environment={"Variables": {**variables, **added}})


def _stored_original(local_aws: LocalAws, upload: Response) -> bytes:
    """Return the bytes in the bucket of an uploaded image."""
    assert upload.status == 201, upload.body
    image = msgspec.json.decode(upload.body)["images"][0]["id"]
    key = {"Bucket": f"monolambda-images-{local_aws.suffix}", "Key": f"dev/originals/{image}"}
    stored: bytes = local_aws.client("s3").get_object(**key)["Body"].read()
    return stored


def _put_into_inbox(local_aws: LocalAws) -> tuple[list[Invocation], list[str]]:
    """Put one photo into the inbox and one elsewhere; return the invocations and the keys of the renditions."""
    first, bucket = len(local_aws.functions.invocations), f"monolambda-images-{local_aws.suffix}"
    s3 = local_aws.client("s3")
    s3.put_object(Bucket=bucket, Key="dev/inbox/a photo.jpg", Body=PHOTO)
    s3.put_object(Bucket=bucket, Key="inbox/other.jpg", Body=PHOTO)  # not below the prefix
    wait_until(lambda: local_aws.is_idle)
    listed = s3.list_objects_v2(Bucket=bucket, Prefix="dev/resized/").get("Contents", [])
    return local_aws.functions.invocations[first:], [each["Key"] for each in listed]


def _fire(local_aws: LocalAws, rule: dict[str, Any]) -> dict[str, Any]:
    """Do what EventBridge does when a rule is due: fill in the target's template and invoke the function."""
    target = rule["Targets"][0]
    event = target["InputTransformer"]["InputTemplate"]
    scheduled = {"detail-type": "Scheduled Event", "source": "aws.events", "resources": [rule["Arn"]], "detail": {}}
    for name in target["InputTransformer"]["InputPathsMap"]:
        event = event.replace(f"<{name}>", json.dumps(scheduled.get(name, "0")))
    response = local_aws.client("lambda").invoke(FunctionName=target["Arn"], Payload=event)
    payload: dict[str, Any] = msgspec.json.decode(response["Payload"].read())
    return payload
