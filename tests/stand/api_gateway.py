"""API Gateway's public side: a request to a deployed stage becomes an event for the function behind it."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import unquote

import msgspec
from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from lab.account.function import REGION
from lab.gateway.request_ids import new_ids
from lab.gateway.responses import MalformedResponse
from lab.gateway.rest import RestApi
from lab.http.server import Request, Response, json_response
from tests.stand.clients import Clients
from tests.stand.functions import Functions
from tests.stand.moto_backend import deployed_version

_HOST: Final = re.compile(rf"(?P<api>[a-z0-9]+)\.execute-api\.{REGION}\.amazonaws\.com(:443)?")
_INTEGRATION_URI: Final = re.compile(r".+:function:(?P<name>[\w-]+)(?::(?P<qualifier>[\w-]+))?/invocations")


class ApiGateway:
    """Answers requests for the hosts of REST APIs."""

    def __init__(self, client: Clients, functions: Functions) -> None:
        self._client = client
        self._functions = functions

    def answer(self, request: Request) -> Response | None:
        """Return what the function behind the API answers, or None when the host is not an API's."""
        host = _HOST.fullmatch(request.header("Host"))
        if not host:
            return None
        stage = request.path.split("/")[1]
        function = self._integrated_function(host["api"], stage, request)
        deployed = deployed_version(*function) if function else None
        if deployed is None:
            # what API Gateway answers for an unknown API or stage
            return json_response(403, {"message": "Forbidden"})
        rest, ids = RestApi(stage=stage), new_ids(request)
        outcome = self._functions.invoke(deployed, msgspec.json.encode(rest.event(request, ids)))
        try:
            return rest.error_response(502, ids) if outcome.error_type else rest.response(outcome.payload, ids)
        except MalformedResponse:
            return rest.error_response(502, ids)

    def _integrated_function(self, api: str, stage: str, request: Request) -> tuple[str, str] | None:
        """Return name and qualifier of the function in the API's integration, or None if it is not deployed."""
        client = self._client("apigateway")
        path = "/" if unquote(request.path).rstrip("/") == f"/{stage}" else "/{proxy+}"
        try:
            client.get_stage(restApiId=api, stageName=stage)
            resources = client.get_resources(restApiId=api)["items"]
            resource = next(each["id"] for each in resources if each["path"] == path)
            integration = client.get_integration(restApiId=api, resourceId=resource, httpMethod="ANY")
        except (ClientError, StopIteration):
            return None
        found = _INTEGRATION_URI.fullmatch(integration["uri"])
        return (found["name"], found["qualifier"] or "") if found else None
