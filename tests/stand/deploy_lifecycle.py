"""A deployment's life: each command of Zappa's in turn, and what was seen after it."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import msgspec

from lab.http.server import Response
from tests.lab.conftest import wait_until
from tests.stand import stack
from tests.stand.aws import Stand
from tests.stand.containers import Run
from tests.stand.observed import Seen, left, observe, rules
from tests.stand.project import Project, Said
from tests.stand.rights import Need, needs
from tests.stand.signed import DEPLOYER, FUNCTION
from tests.support.drawing import encoded, photo

NAME = "monolambda-dev"
HEADING = "<h1>Options and errors</h1>"
CHANGED = "<h1>Options and errors, second edition</h1>"
KEY = "open sesame"
SECRET = {"MONOLAMBDA_SECRET": "s" * 32, "MONOLAMBDA_API_KEYS": hashlib.sha256(KEY.encode()).hexdigest()}
PHOTO = encoded(photo(320, 240), "JPEG")
UPLOAD = {"Authorization": f"Bearer {KEY}", "Content_Type": "image/jpeg"}


class Dance(msgspec.Struct, frozen=True, kw_only=True):
    """What each step left behind, and what it said."""

    around: dict[str, str]
    deployed: Seen
    uploaded: Response
    stored: bytes
    status: Said
    invoked: Said
    state: dict[str, Any]
    unscheduled: list[dict[str, Any]]
    scheduled: list[dict[str, Any]]
    fired: dict[str, Any]
    woken: list[Run]
    renditions: list[str]
    updated: Seen
    rolled_back: Seen
    left: list[str]
    runs: list[Run]
    refused: list[str]
    needed: set[Need]
    used: set[Need]


def perform(stand: Stand, project: Project) -> Dance:
    """Go through a deployment's life, with the commands a user types."""
    around = stack.create(stand, project.root, "dev")
    first, start = len(stand.containers.runs), len(stand.calls)
    project.zappa("deploy dev")
    _set_secret(stand)
    deployed = observe(stand, NAME)
    uploaded = stand.send("POST", f"{deployed.url}/upload", body=PHOTO, **UPLOAD)
    stored = _original(stand, uploaded)
    status = project.zappa("status dev")
    invoked = project.zappa("invoke dev status")
    state = msgspec.json.decode(stand.containers.runs[-1].outcome.payload)
    arn = deployed.function["FunctionArn"]
    project.zappa("unschedule dev")
    unscheduled = rules(stand, arn)
    project.zappa("schedule dev")
    scheduled = rules(stand, arn)
    fired = {rule["Name"]: _fire(stand, rule) for rule in scheduled}
    woken, renditions = _drop_into_inbox(stand)
    project.replace("app/templates/docs.html", HEADING, CHANGED)
    project.commit("Say which edition it is")
    project.zappa("update dev")
    updated = observe(stand, NAME)
    project.zappa("invoke dev status")
    project.zappa("rollback dev -n 1")
    rolled_back = observe(stand, NAME)
    project.zappa("undeploy dev -y")
    return Dance(
        around=around,
        deployed=deployed,
        uploaded=uploaded,
        stored=stored,
        status=status,
        invoked=invoked,
        state=state,
        unscheduled=unscheduled,
        scheduled=scheduled,
        fired=fired,
        woken=woken,
        renditions=renditions,
        updated=updated,
        rolled_back=rolled_back,
        left=left(stand, NAME),
        runs=[run for run in stand.containers.runs[first:] if run.name == NAME],
        refused=list(stand.proxy.refused),
        needed=needs(stand.calls[start:], DEPLOYER),
        used=needs(stand.calls[start:], FUNCTION),
    )


def _set_secret(stand: Stand) -> None:
    """Set a variable beside Zappa, as ``docs/deploy.md`` says of secrets."""
    functions = stand.client("lambda")
    kept = functions.get_function_configuration(FunctionName=NAME)["Environment"]["Variables"]
    functions.update_function_configuration(FunctionName=NAME, Environment={"Variables": {**kept, **SECRET}})


def _original(stand: Stand, uploaded: Response) -> bytes:
    """Return what lies in the bucket of an uploaded image."""
    assert uploaded.status == 201, uploaded.body
    image = msgspec.json.decode(uploaded.body)["images"][0]["id"]
    where = {"Bucket": f"monolambda-images-{stand.suffix}", "Key": f"dev/originals/{image}"}
    stored: bytes = stand.client("s3").get_object(**where)["Body"].read()
    return stored


def _drop_into_inbox(stand: Stand) -> tuple[list[Run], list[str]]:
    """Put a photo where others put theirs; return what ran for it, and what lies in the bucket of it then."""
    first, s3, bucket = len(stand.containers.runs), stand.client("s3"), f"monolambda-images-{stand.suffix}"
    s3.put_object(Bucket=bucket, Key="dev/inbox/a photo.jpg", Body=PHOTO)
    # not below the prefix
    s3.put_object(Bucket=bucket, Key="inbox/other.jpg", Body=PHOTO)
    wait_until(lambda: stand.is_quiet)
    listed = s3.list_objects_v2(Bucket=bucket, Prefix="dev/resized/").get("Contents", [])
    return stand.containers.runs[first:], [each["Key"] for each in listed]


def _fire(stand: Stand, rule: dict[str, Any]) -> dict[str, Any]:
    """Do what EventBridge does when a rule is due: fill the target's template and invoke."""
    target = rule["Targets"][0]
    event = target["InputTransformer"]["InputTemplate"]
    scheduled = {"detail-type": "Scheduled Event", "source": "aws.events", "resources": [rule["Arn"]], "detail": {}}
    for name in target["InputTransformer"]["InputPathsMap"]:
        event = event.replace(f"<{name}>", json.dumps(scheduled.get(name, "0")))
    answer = stand.client("lambda").invoke(FunctionName=target["Arn"], Payload=event)
    told: dict[str, Any] = msgspec.json.decode(answer["Payload"].read())
    return told
