"""What moto's API Gateway and CloudFormation do otherwise than AWS, as far as Zappa depends on it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qs

import msgspec

from lab.http.server import Request, Response
from tests.stand.backend import moto

if TYPE_CHECKING:
    from tests.stand.aws import Stand

_REST_API: Final = "AWS::ApiGateway::RestApi"
_XML: Final = (("Content-Type", "text/xml"),)
_UPDATED: Final = (
    b"<UpdateStackResponse><UpdateStackResult><StackId>%s</StackId></UpdateStackResult></UpdateStackResponse>"
)
_NOTHING_TO_DO: Final = (
    b"<ErrorResponse><Error><Type>Sender</Type><Code>ValidationError</Code>"
    b"<Message>No updates are to be performed.</Message></Error></ErrorResponse>"
)
_API: Final = re.compile(r"/restapis/[a-z0-9]+")
_MEDIA_TYPE: Final = re.compile(r"/binaryMediaTypes/(?P<escaped>.+)")


def answer(stand: Stand, request: Request) -> Response | None:
    """Return the repaired answer, or None when moto's own will do."""
    if request.method == "PATCH" and _API.fullmatch(request.path):
        return _update_api(request)
    if request.method == "POST" and request.body.startswith(b"Action=DeleteStack&"):
        return _delete_stack(stand, request)
    if request.method == "POST" and request.body.startswith(b"Action=UpdateStack&") and b"TemplateURL=" in request.body:
        return _update_stack(stand, request)
    return None


def _update_api(request: Request) -> Response:
    """Give moto the media type as a value: AWS takes it from the path, where ``~1`` is a slash."""
    asked = msgspec.json.decode(request.body)
    for operation in asked["patchOperations"]:
        found = _MEDIA_TYPE.fullmatch(operation["path"])
        if found:
            operation["value"] = found["escaped"].replace("~1", "/").replace("~0", "~")
    return moto(msgspec.structs.replace(request, body=msgspec.json.encode(asked)))


def _update_stack(stand: Stand, request: Request) -> Response:
    """Point the API's methods at what the new template names; moto cannot change a method that is there.

    A template that changes nothing is refused in CloudFormation's words, which Zappa waits for.
    """
    asked = parse_qs(request.body.decode())
    name = asked["StackName"][0]
    stack = stand.client("cloudformation").describe_stacks(StackName=name)["Stacks"][0]["StackId"]
    bucket, key = asked["TemplateURL"][0].removeprefix("https://s3.amazonaws.com/").split("/", 1)
    methods = _methods(msgspec.json.decode(stand.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()))
    listed = stand.client("cloudformation").list_stack_resources(StackName=name)["StackResourceSummaries"]
    api = next(each["PhysicalResourceId"] for each in listed if each["ResourceType"] == _REST_API)
    changed = [_point(stand, api, path, method["Integration"]) for path, method in methods]
    if not any(changed):
        return Response(status=400, headers=_XML, body=_NOTHING_TO_DO)
    return Response(status=200, headers=_XML, body=_UPDATED % stack.encode())


def _methods(template: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """Return path and properties of every method in a template of Zappa's, which has a root and a proxy path."""
    found = [each["Properties"] for each in template["Resources"].values() if each["Type"] == "AWS::ApiGateway::Method"]
    return [("/{proxy+}" if "Ref" in each["ResourceId"] else "/", each) for each in found]


def _point(stand: Stand, api: str, path: str, wanted: dict[str, Any]) -> bool:
    """Make a method invoke the ``Uri`` wanted; say whether that is news."""
    client = stand.client("apigateway")
    resource = next(each["id"] for each in client.get_resources(restApiId=api)["items"] if each["path"] == path)
    where = {"restApiId": api, "resourceId": resource, "httpMethod": "ANY"}
    if client.get_integration(**where)["uri"] == wanted["Uri"]:
        return False
    kept = {"type": wanted["Type"], "uri": wanted["Uri"], "credentials": wanted["Credentials"]}
    client.put_integration(**where, **kept, integrationHttpMethod=wanted["IntegrationHttpMethod"])
    return True


def _delete_stack(stand: Stand, request: Request) -> Response:
    """Delete the APIs of a stack with it, which moto leaves behind."""
    name = parse_qs(request.body.decode())["StackName"][0]
    listed = stand.client("cloudformation").list_stack_resources(StackName=name)["StackResourceSummaries"]
    answered = moto(request)
    if answered.status == 200:
        for each in listed:
            if each["ResourceType"] == _REST_API:
                stand.client("apigateway").delete_rest_api(restApiId=each["PhysicalResourceId"])
    return answered
