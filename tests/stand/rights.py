"""What requests to the stand needed: the IAM action and the ARN of each, read off botocore's models of the services."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any, Final
from urllib.parse import parse_qs, unquote

import msgspec

from lab.accounts.function import REGION
from lab.http.server import Request
from tests.infra.iam import Need
from tests.stand.backend import ACCOUNT
from tests.stand.signed import scope
from tests.support.s3.server import new_session

__all__ = ["Need", "needs"]

Fields = dict[str, Any]

# nobody needs a right to ask who they are
_FREE: Final = {"sts:GetCallerIdentity"}
_OBJECT: Final = {"GET": "GetObject", "HEAD": "GetObject", "PUT": "PutObject", "POST": "PutObject"}


def needs(requests: Iterable[Request], key: str) -> set[Need]:
    """Return what everything needed that one access key signed; fail for what is not known here."""
    found: set[Need] = set()
    for request in requests:
        signed = scope(request)
        if signed.key == key:
            found |= _SERVICES[signed.service](request)
    return {need for need in found if need.action not in _FREE}


def _arn(service: str, rest: str) -> str:
    return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{rest}"


def _lambda(request: Request) -> set[Need]:
    """Lambda and CloudFormation fetch what is named to them, and roles are passed, with the caller's rights."""
    operation, named = _rest("lambda", request)
    asked = msgspec.json.decode(request.body) if request.body and operation != "Invoke" else {}
    name = unquote(named.get("FunctionName") or asked.get("FunctionName") or "").rpartition("function:")[2]
    qualifier = parse_qs(request.query).get("Qualifier", [""])[0]
    resource = _arn("lambda", f"function:{name}" + (f":{qualifier}" if qualifier else ""))
    action = "InvokeFunction" if operation == "Invoke" else operation
    found = {Need(f"lambda:{action}", unquote(named.get("Resource", "")) or resource)}
    if asked.get("Tags") and operation == "CreateFunction":
        found.add(Need("lambda:TagResource", resource))
    bucket, key = (asked.get("Code", asked).get(field) for field in ("S3Bucket", "S3Key"))
    return (
        found | _passed(asked.get("Role")) | ({Need("s3:GetObject", f"arn:aws:s3:::{bucket}/{key}")} if key else set())
    )


def _passed(role: str | None) -> set[Need]:
    return {Need("iam:PassRole", role)} if role else set()


def _apigateway(request: Request) -> set[Need]:
    return {Need(f"apigateway:{request.method}", f"arn:aws:apigateway:{REGION}::{unquote(request.path)}")}


def _s3(request: Request) -> set[Need]:
    bucket, _, key = unquote(request.path).lstrip("/").partition("/")
    asked = parse_qs(request.query, keep_blank_values=True)
    if key:
        action = "DeleteObject" if request.method == "DELETE" else _OBJECT[request.method]
        return {Need(f"s3:{action}", f"arn:aws:s3:::{bucket}/{key}")}
    if "notification" in asked:
        verb = {"GET": "Get", "PUT": "Put"}[request.method]
        return {Need(f"s3:{verb}BucketNotification", f"arn:aws:s3:::{bucket}")}
    if "location" in asked:
        return {Need("s3:GetBucketLocation", f"arn:aws:s3:::{bucket}")}
    action = {"HEAD": "ListBucket", "GET": "ListBucket", "PUT": "CreateBucket"}[request.method]
    return {Need(f"s3:{action}", f"arn:aws:s3:::{bucket}")}


def _query(service: str) -> Callable[[Request], set[Need]]:
    """Services whose operation is a field of a form."""

    def read(request: Request) -> set[Need]:
        asked = {name: values[0] for name, values in parse_qs(request.body.decode()).items()}
        action = f"{service}:{asked['Action']}"
        if service == "iam":
            return {Need(action, f"arn:aws:iam::{ACCOUNT}:role/{asked['RoleName']}")}
        if service == "sts":
            return {Need(action, "*")}
        name = asked["StackName"]
        stack = name if name.startswith("arn:") else _arn("cloudformation", f"stack/{name}/1")
        template = asked.get("TemplateURL", "").removeprefix("https://s3.amazonaws.com/")
        return {Need(action, stack)} | ({Need("s3:GetObject", f"arn:aws:s3:::{template}")} if template else set())

    return read


def _json(request: Request) -> set[Need]:
    """Services whose operation is in a header."""
    service, operation = request.header("X-Amz-Target").split(".")
    asked = msgspec.json.decode(request.body)
    if service == "AmazonSQS":
        return {Need(f"sqs:{operation}", _arn("sqs", asked["QueueUrl"].rpartition("/")[2]))}
    if service == "GraniteServiceVersion20100801":
        return {Need(f"cloudwatch:{operation}", "*")}
    if service == "Logs_20140328":
        return {Need(f"logs:{operation}", _arn("logs", f"log-group:{asked['logGroupName']}:*"))}
    rule = asked.get("Name") or asked.get("Rule") or "*"
    return {Need(f"events:{operation}", _arn("events", f"rule/{rule}"))} | _passed(asked.get("RoleArn"))


def _rest(service: str, request: Request) -> tuple[str, dict[str, str]]:
    """Return the operation whose method and path a request has, and what stands in the path."""
    for method, pattern, operation in _operations(service):
        if request.method == method and (found := pattern.fullmatch(request.path)):
            return operation, found.groupdict()
    raise AssertionError(f"what does {request.method} {request.path} need?")


@cache
def _operations(service: str) -> list[tuple[str, re.Pattern[str], str]]:
    model = new_session("http://127.0.0.1:9").client(service).meta.service_model
    table = []
    for name in model.operation_names:
        http = model.operation_model(name).http
        path = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(http["requestUri"].partition("?")[0]))
        table.append((http["method"], re.compile(path), name))
    return table


_SERVICES: Final[dict[str, Callable[[Request], set[Need]]]] = {
    "lambda": _lambda,
    "apigateway": _apigateway,
    "s3": _s3,
    "iam": _query("iam"),
    "sts": _query("sts"),
    "cloudformation": _query("cloudformation"),
    "events": _json,
    "logs": _json,
    "monitoring": _json,
    "sqs": _json,
}
