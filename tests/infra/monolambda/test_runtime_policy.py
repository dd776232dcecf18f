"""The function's policy grants everything the app needs in its bucket, and nothing else."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import msgspec
import pytest
import requests

from app.access.secrets import ssm_reader
from app.container import Container
from app.runtime.dead_letters import SqsDeadLetters
from app.runtime.invoker import SelfInvoker
from app.storage import keys
from app.storage.s3 import S3Storage
from tests.conftest import MakeS3Storage
from tests.infra.monolambda.resources import ACCOUNT, KEY_PREFIXES, runtime_policy
from tests.support.aws_events import notification, s3_record
from tests.support.door import ON_LAMBDA, Door
from tests.support.drawing import encoded, photo
from tests.support.http_events import rest
from tests.support.iam_policy import Permission, Policy, allows, as_list, unused_grants
from tests.support.permission_recorder import PermissionRecorder
from tests.support.s3.server import S3, new_session
from tests.support.wsgi_server import Environ, WsgiServer

STAGE = "dev"
PNG = encoded(photo(120, 90), "PNG")
JPEG = encoded(photo(90, 120), "JPEG")
JSON = {"Content-Type": "application/json"}
USED_BY_THE_RUNTIME = {
    *("logs:CreateLogStream", "logs:PutLogEvents"),
    *("xray:PutTraceSegments", "xray:PutTelemetryRecords"),
}
# Lambda polls the queue with the function's permissions; tests/stand checks them
USED_BY_THE_POLLER = {"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"}
NOT_USED_BY_THE_APP = USED_BY_THE_RUNTIME | USED_BY_THE_POLLER


class AppUsage(msgspec.Struct, frozen=True):
    """The bucket the app worked in, and the permissions it needed."""

    bucket: str
    permissions: set[Permission]

    def policy(self, **parameters: str) -> Policy:
        return runtime_policy(self.bucket, **parameters)


def _accept(environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Answer as SSM, SQS and Lambda do to an accepted request."""
    start_response("202 Accepted", [("Content-Type", "application/x-amz-json-1.1")])
    return [b'{"Parameters": []}']


@pytest.fixture
def usage(make_container: Callable[..., Container], make_s3_storage: MakeS3Storage) -> Iterator[AppUsage]:
    """Do everything the app does with AWS once, and record the permissions it needs."""
    recorder = PermissionRecorder(ACCOUNT)
    with S3(middleware=recorder.wrap) as s3, WsgiServer(recorder.wrap(_accept)) as other_services:
        with recorder.paused():
            bucket = s3.bucket()
        session = new_session(other_services.url)
        storage = make_s3_storage(s3, bucket=bucket, prefix=STAGE)
        container = make_container(
            platform=ON_LAMBDA,
            public=True,
            secret="s" * 32,
            stored_in=storage,
            invoker=SelfInvoker("monolambda-dev", session=session),
            dead_letters=SqsDeadLetters(
                f"{other_services.url}/{ACCOUNT.number}/monolambda-dev-failed", session=session
            ),
        )
        function = Door(container, io.StringIO())
        _use_http(function)
        with recorder.paused():
            storage.put("inbox/a b.png", PNG, media_type="image/png")
            storage.put("inbox/broken.png", b"no image", media_type="image/png")
        _use_inbox(function, bucket, storage)
        _use_jobs(function)
        function({"command": "purge_derived"})
        ssm_reader(session.client("ssm"))(["/monolambda/dev/secret"])
        yield AppUsage(bucket, recorder.permissions)


def _use_http(function: Door) -> None:
    """Upload both ways, resize, read a range, delete."""
    image = function.http(rest("POST", "/upload", body=PNG)).json["images"][0]["id"]
    assert function.http(rest("POST", "/upload", body=PNG)).status == 200
    for width in ("40", "41"):
        assert function.http(rest("GET", "/resize", query=f"id={image}&width={width}")).status == 200
    part = function.http(rest("GET", f"/images/{image}/original", headers={"Range": "bytes=0-9"}))
    assert (part.status, part.body) == (206, PNG[:10])
    _upload_by_presigned_form(function)
    stored = rest("POST", "/resize", query="width=40", body=PNG, headers={"Accept": "application/json"})
    assert function.http(stored).status in (200, 201)
    assert function.http(rest("DELETE", f"/images/{image}")).status == 204
    assert function.http(rest("GET", f"/images/{image}")).status == 404
    assert function.http(rest("GET", "/status")).status == 200


def _upload_by_presigned_form(function: Door) -> None:
    wanted = json.dumps({"filename": "a.jpg", "content_type": "image/jpeg", "bytes": len(JPEG)}).encode()
    form = function.http(rest("POST", "/upload/presign", body=wanted, headers=JSON)).json
    sent = requests.post(form["url"], data=form["fields"], files={"file": ("a", JPEG)}, timeout=10)
    assert sent.status_code == 204, sent.text
    token = json.dumps({"token": form["token"]}).encode()
    assert function.http(rest("POST", "/upload/complete", body=token, headers=JSON)).status == 201


def _use_inbox(function: Door, bucket: str, storage: S3Storage) -> None:
    """Resize one image in the inbox and give up on a broken one."""
    assert function({"key": "inbox/a b.png", "width": 40})["status"] == 200
    for name in ("a b.png", "broken.png"):
        function(notification(s3_record(f"{STAGE}/inbox/{name}", bucket=bucket)))
    assert len(list(storage.keys(keys.RESIZED))) == 3
    assert storage.ok()


def _use_jobs(function: Door) -> None:
    """Defer a resize and run it, and delete an image that another deferred resize needs."""
    image = function.http(rest("POST", "/upload", body=JPEG)).json["images"][0]["id"]
    deferred = {"Prefer": "respond-async", "Content-Type": "image/png"}
    accepted = function.http(rest("POST", "/resize", query="width=40", body=PNG, headers=deferred))
    assert accepted.status == 202, accepted.body
    job = accepted.headers["location"][0].rpartition("/")[2]
    assert function({"job": job})["state"] == "done"
    assert function.http(rest("GET", f"/status/{job}")).json["status"] == "done"
    by_id = json.dumps({"id": image, "width": 41}).encode()
    assert function.http(rest("POST", "/resize", body=by_id, headers={**deferred, **JSON})).status == 202
    assert function.http(rest("DELETE", f"/images/{image}")).status == 204


def test_the_policy_covers_everything_the_app_does(usage: AppUsage) -> None:
    assert len(usage.permissions) > 15
    assert [needed for needed in sorted(usage.permissions) if not allows(usage.policy(), needed)] == []


def test_the_policy_grants_nothing_that_is_not_used(usage: AppUsage) -> None:
    unused = unused_grants(usage.policy(Tracing="true"), usage.permissions)
    assert {grant.action for grant in unused} == NOT_USED_BY_THE_APP


def test_the_policy_without_any_one_statement_is_not_enough(usage: AppUsage) -> None:
    statements = usage.policy()["Statement"]
    for statement in statements:
        if set(as_list(statement["Action"])) <= NOT_USED_BY_THE_APP:
            continue
        without = {"Statement": [each for each in statements if each != statement]}
        assert not all(allows(without, needed) for needed in usage.permissions), statement["Sid"]


@pytest.mark.parametrize("action", ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"])
@pytest.mark.parametrize(
    "key", ["a", "dev/a", "dev/other/a", "production/originals/a", "originals/a", "dev/originals", "x/dev/originals/a"]
)
def test_nothing_outside_the_key_layout_is_allowed(action: str, key: str) -> None:
    assert not allows(runtime_policy(), Permission(action, f"arn:aws:s3:::images/{key}"))


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("s3:PutObject", "arn:aws:s3:::images/dev/inbox/a"),  # would invoke the function again, without end
        ("s3:DeleteObject", "arn:aws:s3:::images/dev/inbox/a"),
        ("s3:DeleteBucket", "arn:aws:s3:::images"),
        ("s3:PutBucketPolicy", "arn:aws:s3:::images"),
        ("s3:PutObjectAcl", "arn:aws:s3:::images/dev/originals/a"),
        ("s3:ListBucket", "arn:aws:s3:::images-production"),
        ("s3:GetObject", "arn:aws:s3:::images-production/dev/originals/a"),
        ("lambda:InvokeFunction", ACCOUNT.arn("lambda", "function:monolambda-production")),
        ("lambda:InvokeFunction", ACCOUNT.arn("lambda", "function:monolambda-dev2")),
        ("lambda:UpdateFunctionCode", ACCOUNT.arn("lambda", "function:monolambda-dev")),
        ("ssm:GetParameters", ACCOUNT.arn("ssm", "parameter/monolambda/production/secret")),
        ("ssm:PutParameter", ACCOUNT.arn("ssm", "parameter/monolambda/dev/secret")),
        ("sqs:ReceiveMessage", ACCOUNT.arn("sqs", "monolambda-dev-failed")),
        ("iam:PassRole", f"arn:aws:iam::{ACCOUNT.number}:role/any"),
    ],
)
def test_other_actions_and_other_resources_are_not_allowed(action: str, resource: str) -> None:
    assert not allows(runtime_policy(), Permission(action, resource))


def test_the_policy_names_every_prefix_of_the_key_layout_and_no_other() -> None:
    named = {
        resource.removeprefix("arn:aws:s3:::images/dev/").removesuffix("*")
        for statement in runtime_policy()["Statement"]
        for resource in as_list(statement["Resource"])
        if resource.startswith("arn:aws:s3:::images/")
    }
    assert named == KEY_PREFIXES
