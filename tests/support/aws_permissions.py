"""Derives the IAM permissions that a request to AWS needs from the request as it was sent.

https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import Any, Final
from urllib.parse import parse_qs, unquote
from xml.etree import ElementTree

import msgspec

from lab.http.server import Request
from tests.support.credential_scope import credential_scope
from tests.support.iam_policy import Permission
from tests.support.s3.server import new_session

Fields = dict[str, Any]

_OBJECT_ACTIONS: Final = {
    "GET": "GetObject",
    "HEAD": "GetObject",
    "PUT": "PutObject",
    "POST": "PutObject",
    "DELETE": "DeleteObject",
}
_FORM_KEY: Final = re.compile(rb'name="key"\r\n\r\n([^\r]*)\r\n')


class Account(msgspec.Struct, frozen=True):
    """Where requests go: the account and region in the ARNs of what they touch."""

    number: str
    region: str

    def arn(self, service: str, resource: str) -> str:
        """Return the ARN of a resource of this account."""
        return f"arn:aws:{service}:{self.region}:{self.number}:{resource}"


def required_permissions(request: Request, account: Account) -> set[Permission]:
    """Return what the caller must be allowed to do; fail on a request that is not known here.

    A request without a signature is taken for one to S3: the fields of a presigned form are in its body.
    """
    service = credential_scope(request).service or "s3"
    return _SERVICES[service](request, account)


def _lambda(request: Request, account: Account) -> set[Permission]:
    """Lambda reads the code in S3 and passes on the role with the caller's permissions."""
    operation, named = _rest_operation("lambda", request)
    fields = msgspec.json.decode(request.body) if request.body and operation != "Invoke" else {}
    name = unquote(named.get("FunctionName") or fields.get("FunctionName") or "").rpartition("function:")[2]
    qualifier = parse_qs(request.query).get("Qualifier", [""])[0]
    function = account.arn("lambda", f"function:{name}" + (f":{qualifier}" if qualifier else ""))
    if operation == "GetAccountSettings":
        return {Permission("lambda:GetAccountSettings", "*")}
    action = "InvokeFunction" if operation == "Invoke" else operation
    found = {Permission(f"lambda:{action}", unquote(named.get("Resource", "")) or function)}
    if fields.get("Tags") and operation == "CreateFunction":
        found.add(Permission("lambda:TagResource", function))
    bucket, key = (fields.get("Code", fields).get(field) for field in ("S3Bucket", "S3Key"))
    if key:
        found.add(Permission("s3:GetObject", f"arn:aws:s3:::{bucket}/{key}"))
    return found | _pass_role(fields.get("Role"))


def _pass_role(role: str | None) -> set[Permission]:
    return {Permission("iam:PassRole", role)} if role else set()


def _apigateway(request: Request, account: Account) -> set[Permission]:
    resource = f"arn:aws:apigateway:{account.region}::{unquote(request.path)}"
    return {Permission(f"apigateway:{request.method}", resource)}


def _s3(request: Request, account: Account) -> set[Permission]:
    if request.method == "OPTIONS":
        return set()
    bucket, _, key = unquote(request.path).lstrip("/").partition("/")
    if key:
        return {Permission(f"s3:{_OBJECT_ACTIONS[request.method]}", f"arn:aws:s3:::{bucket}/{key}")}
    if request.method == "POST":
        return {Permission(action, f"arn:aws:s3:::{bucket}/{key}") for action, key in _posted_keys(request)}
    return {Permission(f"s3:{_bucket_action(request)}", f"arn:aws:s3:::{bucket}")}


def _posted_keys(request: Request) -> list[tuple[str, str]]:
    """Return action and key of each object in a POST to a bucket: DeleteObjects, or a presigned form."""
    if "delete" in parse_qs(request.query, keep_blank_values=True):
        keys = ElementTree.fromstring(request.body).findall(".//{*}Object/{*}Key")
        return [("s3:DeleteObject", key.text or "") for key in keys]
    form_key = _FORM_KEY.search(request.body)
    assert form_key, f"unknown request: POST {request.target}"
    return [("s3:PutObject", form_key[1].decode())]


def _bucket_action(request: Request) -> str:
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html"""
    query = parse_qs(request.query, keep_blank_values=True)
    match request.method:
        case "GET" | "PUT" as method if "notification" in query:
            return f"{method.title()}BucketNotification"
        case "GET" if "location" in query:
            return "GetBucketLocation"
        case "HEAD":
            return "ListBucket"
        case "GET" if "list-type" in query:
            return "ListBucket"
        case "PUT":
            return "CreateBucket"
    raise AssertionError(f"unknown request: {request.method} {request.target}")


def _query_protocol(service: str) -> Callable[[Request, Account], set[Permission]]:
    """Return the reader for a service whose operation is a form field."""

    def read(request: Request, account: Account) -> set[Permission]:
        fields = {name: values[0] for name, values in parse_qs(request.body.decode()).items()}
        action = f"{service}:{fields['Action']}"
        if action == "sts:GetCallerIdentity":
            return set()  # needs no permission
        if service == "iam":
            return {Permission(action, f"arn:aws:iam::{account.number}:role/{fields['RoleName']}")}
        name = fields["StackName"]
        stack = name if name.startswith("arn:") else account.arn("cloudformation", f"stack/{name}/1")
        # CloudFormation reads the template with the caller's permissions
        template = fields.get("TemplateURL", "").removeprefix("https://s3.amazonaws.com/")
        found = {Permission("s3:GetObject", f"arn:aws:s3:::{template}")} if template else set()
        return found | {Permission(action, stack)}

    return read


def _json_protocol(request: Request, account: Account) -> set[Permission]:
    """Services whose operation is in a header: https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html"""
    target, operation = request.header("X-Amz-Target").split(".")
    fields = msgspec.json.decode(request.body)
    match target:
        case "AmazonSQS":
            return {Permission(f"sqs:{operation}", account.arn("sqs", fields["QueueUrl"].rpartition("/")[2]))}
        case "AmazonSSM":
            names = fields["Names"]
            return {Permission(f"ssm:{operation}", account.arn("ssm", f"parameter{name}")) for name in names}
        case "GraniteServiceVersion20100801":
            return {Permission(f"cloudwatch:{operation}", "*")}
        case "Logs_20140328":
            return {Permission(f"logs:{operation}", account.arn("logs", f"log-group:{fields['logGroupName']}:*"))}
        case "AWSEvents":
            rule = fields.get("Name") or fields.get("Rule") or "*"
            found = {Permission(f"events:{operation}", account.arn("events", f"rule/{rule}"))}
            return found | _pass_role(fields.get("RoleArn"))
    raise AssertionError(f"unknown request: {target}.{operation}")


def _rest_operation(service: str, request: Request) -> tuple[str, dict[str, str]]:
    """Return the operation with the request's method and path, and the parameters in the path."""
    for method, pattern, operation in _operations(service):
        if request.method == method and (found := pattern.fullmatch(request.path)):
            return operation, found.groupdict()
    raise AssertionError(f"unknown request: {request.method} {request.path}")


@cache
def _operations(service: str) -> list[tuple[str, re.Pattern[str], str]]:
    """Return method, path pattern and name of each operation, from botocore's model of the service."""
    model = new_session("http://127.0.0.1:9").client(service).meta.service_model
    table = []
    for name in model.operation_names:
        http = model.operation_model(name).http
        path = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(http["requestUri"].partition("?")[0]))
        table.append((http["method"], re.compile(path), name))
    return table


_SERVICES: Final[dict[str, Callable[[Request, Account], set[Permission]]]] = {
    "lambda": _lambda,
    "apigateway": _apigateway,
    "s3": _s3,
    "iam": _query_protocol("iam"),
    "sts": _query_protocol("sts"),
    "cloudformation": _query_protocol("cloudformation"),
    "events": _json_protocol,
    "logs": _json_protocol,
    "monitoring": _json_protocol,
    "sqs": _json_protocol,
    "ssm": _json_protocol,
}
