"""API Gateway's public side: a request to a deployed stage becomes an event for the function behind it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

import msgspec
from botocore.exceptions import ClientError

from lab.accounts.function import REGION
from lab.gateway.responses import MalformedResponse
from lab.gateway.rest import RestApi
from lab.http.server import Request, Response, json_response
from tests.stand.backend import code_of

if TYPE_CHECKING:
    from tests.stand.aws import Stand

_HOST: Final = re.compile(rf"(?P<api>[a-z0-9]+)\.execute-api\.{REGION}\.amazonaws\.com(:443)?")
_URI: Final = re.compile(r".+:function:(?P<name>[\w-]+)(?::(?P<qualifier>[\w-]+))?/invocations")


def api_id(request: Request) -> str:
    """Return the REST API whose host the request names, or nothing."""
    found = _HOST.fullmatch(request.header("Host"))
    return found["api"] if found else ""


def answer(stand: Stand, api: str, request: Request) -> Response:
    """Return what the function behind ``api`` answers."""
    stage = request.path.split("/")[1]
    rest = RestApi(stage=stage, port=443)
    function = _function(stand, api, stage, request)
    code = code_of(*function) if function else None
    if code is None:
        # what API Gateway says of a stage it does not know
        return json_response(403, {"message": "Forbidden"})
    outcome = stand.containers.run(code, msgspec.json.encode(rest.event(request)))
    try:
        return rest.error_response(502) if outcome.error_type else rest.response(outcome.payload)
    except MalformedResponse:
        return rest.error_response(502)


def _function(stand: Stand, api: str, stage: str, request: Request) -> tuple[str, str] | None:
    """Return name and qualifier of the function that the API's integration names, as far as it is deployed."""
    client = stand.client("apigateway")
    path = "/" if unquote(request.path).rstrip("/") == f"/{stage}" else "/{proxy+}"
    try:
        client.get_stage(restApiId=api, stageName=stage)
        resources = client.get_resources(restApiId=api)["items"]
        resource = next(each["id"] for each in resources if each["path"] == path)
        integration = client.get_integration(restApiId=api, resourceId=resource, httpMethod="ANY")
    except (ClientError, StopIteration):
        return None
    found = _URI.fullmatch(integration["uri"])
    return (found["name"], found["qualifier"] or "") if found else None
