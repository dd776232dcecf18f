"""The function's rights: enough for everything the app does in its bucket, and nothing beside it."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest
import requests

from app.access.secrets import ssm_reader
from app.container import Container
from app.runtime import aws
from app.storage import keys
from app.storage.s3 import S3Storage
from infra import policy
from infra.template import Resolver, load
from tests.app.events.conftest import ON_LAMBDA, Door
from tests.conftest import MakeS3Storage
from tests.infra.iam import Need, allows, as_list, unused
from tests.infra.recorder import ACCOUNT, REGION, Recorder
from tests.support.asking import hand_in
from tests.support.drawing import encoded, photo
from tests.support.event_shapes import notification, rest, s3_record
from tests.support.s3.server import S3, new_session
from tests.support.wsgi_server import Environ, WsgiServer

STAGE = "dev"
PNG = encoded(photo(120, 90), "PNG")
JPEG = encoded(photo(90, 120), "JPEG")
PREFIXES = {value for name, value in vars(keys).items() if name.isupper() and str(value).endswith("/")}
# the runtime itself uses these
BY_THE_RUNTIME = {"logs:CreateLogStream", "logs:PutLogEvents", "xray:PutTraceSegments", "xray:PutTelemetryRecords"}
# Lambda's pollers use these in the function's name; tests/stand sees it
BY_THE_POLLERS = {"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"}


def document(bucket: str, **parameters: str) -> dict[str, Any]:
    given = {"Stage": STAGE, "Bucket": bucket, "AWS::Region": REGION, "AWS::AccountId": ACCOUNT, **parameters}
    found: dict[str, Any] = Resolver(load(), given).resources()["RuntimePolicy"]["Properties"]["PolicyDocument"]
    return found


class Run:
    """What one life of the app asked of AWS, and of which bucket."""

    def __init__(self, bucket: str, recorder: Recorder) -> None:
        self.bucket = bucket
        self.recorder = recorder

    def policy(self, **parameters: str) -> dict[str, Any]:
        return document(self.bucket, **parameters)


def accept(environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Say yes to whatever service is asked."""
    start_response("202 Accepted", [("Content-Type", "application/x-amz-json-1.1")])
    return [b'{"Parameters": []}']


@pytest.fixture
def life(make_container: Callable[..., Container], make_s3_storage: MakeS3Storage) -> Iterator[Run]:
    """Do everything the app does with stored bytes, once, and write down what it needs."""
    recorder = Recorder()
    with S3(middleware=recorder.wrap) as s3, WsgiServer(recorder.wrap(accept)) as others:
        with recorder.asleep():
            run = Run(s3.bucket(), recorder)
        session = new_session(others.url)
        queue = aws.SqsQueue(f"{others.url}/{ACCOUNT}/monolambda-dev-failed", session=session)
        outbound = aws.Outbound(aws.SelfInvoker("monolambda-dev", "$LATEST", session=session), queue)
        container = make_container(platform=ON_LAMBDA, public=True, secret="s" * 32, outbound=outbound)
        here = Door(container, io.StringIO())
        storage = make_s3_storage(s3, bucket=run.bucket, prefix=STAGE)
        hand_in(here.container, storage)
        _http(here)
        _inbox(here, run, storage)
        _job(here)
        here({"command": "purge_derived"})
        aws.SelfInvoker("monolambda-dev:7", "7", session=session).invoke({"job": "0" * 32})
        ssm_reader(session.client("ssm"))(["/monolambda/dev/secret"])
        yield run


def _http(here: Door) -> None:
    """Upload both ways, resize, read, list, delete."""
    image = here.http(rest("POST", "/upload", body=PNG)).json["images"][0]["id"]
    assert here.http(rest("POST", "/upload", body=PNG)).status == 200
    for width in ("40", "41"):
        assert here.http(rest("GET", "/resize", query=f"id={image}&width={width}")).status == 200
    part = here.http(rest("GET", f"/images/{image}/original", headers={"Range": "bytes=0-9"}))
    assert (part.status, part.body) == (206, PNG[:10])
    asked = json.dumps({"filename": "a.jpg", "content_type": "image/jpeg", "bytes": len(JPEG)}).encode()
    as_json = {"Content-Type": "application/json"}
    invitation = here.http(rest("POST", "/upload/presign", body=asked, headers=as_json)).json
    sent = requests.post(invitation["url"], data=invitation["fields"], files={"file": ("a", JPEG)}, timeout=10)
    assert sent.status_code == 204, sent.text
    token = json.dumps({"token": invitation["token"]}).encode()
    assert here.http(rest("POST", "/upload/complete", body=token, headers=as_json)).status == 201
    stored = rest("POST", "/resize", query="width=40", body=PNG, headers={"Accept": "application/json"})
    assert here.http(stored).status in (200, 201)
    assert here.http(rest("DELETE", f"/images/{image}")).status == 204
    assert here.http(rest("GET", f"/images/{image}")).status == 404
    assert here.http(rest("GET", "/status")).status == 200


def _inbox(here: Door, run: Run, storage: S3Storage) -> None:
    """Resize what somebody else put into the inbox."""
    with run.recorder.asleep():
        storage.put("inbox/a b.png", PNG, media_type="image/png")
        storage.put("inbox/broken.png", b"no image", media_type="image/png")
    assert here({"key": "inbox/a b.png", "width": 40})["status"] == 200
    for name in ("a b.png", "broken.png"):
        here(notification(s3_record(f"{STAGE}/inbox/{name}", bucket=run.bucket)))
    assert len(list(storage.keys(keys.RESIZED))) == 3
    assert storage.ok()


def _job(here: Door) -> None:
    """Ask for work that is done later, do it, and delete the image it was about."""
    image = here.http(rest("POST", "/upload", body=JPEG)).json["images"][0]["id"]
    later = {"Prefer": "respond-async", "Content-Type": "image/png"}
    asked = here.http(rest("POST", "/resize", query="width=40", body=PNG, headers=later))
    assert asked.status == 202, asked.body
    job = asked.headers["location"][0].rpartition("/")[2]
    assert here({"job": job})["state"] == "done"
    assert here.http(rest("GET", f"/status/{job}")).json["status"] == "done"
    about = json.dumps({"id": image, "width": 41}).encode()
    by_id = {**later, "Content-Type": "application/json"}
    assert here.http(rest("POST", "/resize", body=about, headers=by_id)).status == 202
    assert here.http(rest("DELETE", f"/images/{image}")).status == 204


def test_policy_is_enough(life: Run) -> None:
    assert len(life.recorder.needs) > 15
    assert [need for need in sorted(life.recorder.needs) if not allows(life.policy(), need)] == []


def test_policy_grants_nothing_that_no_run_needs(life: Run) -> None:
    idle = unused(life.policy(Tracing="true"), life.recorder.needs)
    assert {grant.action for grant in idle} == BY_THE_RUNTIME | BY_THE_POLLERS


def test_policy_without_one_statement_is_not_enough(life: Run) -> None:
    whole = life.policy()
    for statement in whole["Statement"]:
        if set(as_list(statement["Action"])) <= BY_THE_RUNTIME | BY_THE_POLLERS:
            continue
        less = {"Statement": [other for other in whole["Statement"] if other != statement]}
        assert not all(allows(less, need) for need in life.recorder.needs), statement["Sid"]


@pytest.mark.parametrize("action", ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"])
@pytest.mark.parametrize(
    "key", ["a", "dev/a", "dev/other/a", "production/originals/a", "originals/a", "dev/originals", "x/dev/originals/a"]
)
def test_policy_allows_nothing_outside_the_key_layout(action: str, key: str) -> None:
    assert not allows(document("images"), Need(action, f"arn:aws:s3:::images/{key}"))


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("s3:PutObject", "arn:aws:s3:::images/dev/inbox/a"),  # would start the trigger again
        ("s3:DeleteObject", "arn:aws:s3:::images/dev/inbox/a"),
        ("s3:DeleteBucket", "arn:aws:s3:::images"),
        ("s3:PutBucketPolicy", "arn:aws:s3:::images"),
        ("s3:PutObjectAcl", "arn:aws:s3:::images/dev/originals/a"),
        ("s3:ListBucket", "arn:aws:s3:::images-production"),
        ("s3:GetObject", "arn:aws:s3:::images-production/dev/originals/a"),
        ("lambda:InvokeFunction", f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:monolambda-production"),
        ("lambda:InvokeFunction", f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:monolambda-dev2"),
        ("lambda:UpdateFunctionCode", f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:monolambda-dev"),
        ("ssm:GetParameters", f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/monolambda/production/secret"),
        ("ssm:PutParameter", f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/monolambda/dev/secret"),
        ("sqs:ReceiveMessage", f"arn:aws:sqs:{REGION}:{ACCOUNT}:monolambda-dev-failed"),
        ("iam:PassRole", f"arn:aws:iam::{ACCOUNT}:role/any"),
    ],
)
def test_policy_does_not_allow(action: str, resource: str) -> None:
    assert not allows(document("images"), Need(action, resource))


def test_policy_names_every_prefix_of_the_key_layout_and_no_other() -> None:
    named = {
        resource.removeprefix("arn:aws:s3:::images/dev/").removesuffix("*")
        for statement in document("images")["Statement"]
        for resource in as_list(statement["Resource"])
        if resource.startswith("arn:aws:s3:::images/")
    }
    assert named == PREFIXES


def test_policy_files_are_the_templates() -> None:
    for path, text in policy.files().items():
        assert path.read_text() == text, f"{path.name} is stale: run python -m infra.policy"


def test_a_deny_wins_and_wildcards_are_those_of_iam() -> None:
    allow = {"Effect": "Allow", "Action": "s3:Get*", "Resource": ["arn:aws:s3:::b/?/*"]}
    deny = {"Effect": "Deny", "Action": ["s3:*"], "Resource": "arn:aws:s3:::b/a/secret"}
    both = {"Statement": [allow, deny]}
    assert allows(both, Need("S3:getobject", "arn:aws:s3:::b/a/x/y"))
    assert not allows(both, Need("s3:GetObject", "arn:aws:s3:::b/a/secret"))
    assert not allows(both, Need("s3:GetObject", "arn:aws:s3:::b/aa/x"))
    assert not allows(both, Need("s3:PutObject", "arn:aws:s3:::b/a/x"))
    assert not allows({"Statement": []}, Need("s3:GetObject", "arn:aws:s3:::b/a/x"))
