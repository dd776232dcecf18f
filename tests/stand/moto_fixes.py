"""Corrections where moto's API Gateway and CloudFormation differ from AWS in a way that Zappa notices."""

from __future__ import annotations

import re
from typing import Any, Final
from urllib.parse import parse_qs

import msgspec

from lab.http.server import Request, Response, json_response
from tests.stand.clients import Clients
from tests.stand.moto_backend import moto, set_stack_status

Fields = dict[str, Any]

_REST_API: Final = "AWS::ApiGateway::RestApi"
_ROLE: Final = "AWS::IAM::Role"
_POLICY: Final = "AWS::IAM::ManagedPolicy"
_XML: Final = (("Content-Type", "text/xml"),)
_UPDATED: Final = (
    b"<UpdateStackResponse><UpdateStackResult><StackId>%s</StackId></UpdateStackResult></UpdateStackResponse>"
)
_NO_UPDATES: Final = (
    b"<ErrorResponse><Error><Type>Sender</Type><Code>ValidationError</Code>"
    b"<Message>No updates are to be performed.</Message></Error></ErrorResponse>"
)
_DELETED: Final = b"<DeleteStackResponse><ResponseMetadata/></DeleteStackResponse>"
_NO_LOG_ROLE: Final = {"message": "CloudWatch Logs role ARN must be set in account settings to enable logging"}
_STAGE_PATH: Final = re.compile(r"/restapis/[a-z0-9]+/stages/\w+")
_API_PATH: Final = re.compile(r"/restapis/[a-z0-9]+")
_MEDIA_TYPE_PATH: Final = re.compile(r"/binaryMediaTypes/(?P<escaped>.+)")


class MotoFixes:
    """Answers the requests that moto would answer wrongly, with moto's help."""

    def __init__(self, client: Clients) -> None:
        self._client = client

    def answer(self, request: Request) -> Response | None:
        """Return the corrected answer, or None when moto's own is right."""
        if request.method == "PATCH" and _API_PATH.fullmatch(request.path):
            return _update_api(request)
        if request.method == "PATCH" and _STAGE_PATH.fullmatch(request.path) and b"/accessLogSettings/" in request.body:
            return self._refuse_logging()
        if request.method == "POST" and request.body.startswith(b"Action=DeleteStack&"):
            return self._delete_stack(request)
        if request.method == "POST" and request.body.startswith(b"Action=UpdateStack&"):
            return self._update_stack(request) if b"TemplateURL=" in request.body else None
        return None

    def _refuse_logging(self) -> Response | None:
        """Refuse to log as long as the account has no role for it.

        https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html
        """
        if self._client("apigateway").get_account().get("cloudwatchRoleArn"):
            return None
        return json_response(400, _NO_LOG_ROLE, (("x-amzn-ErrorType", "BadRequestException"),))

    def _update_stack(self, request: Request) -> Response:
        """Point the API's methods at the new template's integrations; moto cannot change an existing method.

        A template without changes is refused in CloudFormation's words, which Zappa checks for.
        """
        fields = parse_qs(request.body.decode())
        name = fields["StackName"][0]
        stacks = self._client("cloudformation")
        stack_id = stacks.describe_stacks(StackName=name)["Stacks"][0]["StackId"]
        bucket, key = fields["TemplateURL"][0].removeprefix("https://s3.amazonaws.com/").split("/", 1)
        template = msgspec.json.decode(self._client("s3").get_object(Bucket=bucket, Key=key)["Body"].read())
        (api,) = self._ids_in_stack(name, _REST_API)
        changed = [self._set_integration(api, path, method["Integration"]) for path, method in _methods(template)]
        if not any(changed):
            return Response(status=400, headers=_XML, body=_NO_UPDATES)
        return Response(status=200, headers=_XML, body=_UPDATED % stack_id.encode())

    def _ids_in_stack(self, name: str, kind: str) -> list[str]:
        listed = self._client("cloudformation").list_stack_resources(StackName=name)["StackResourceSummaries"]
        return [each["PhysicalResourceId"] for each in listed if each["ResourceType"] == kind]

    def _set_integration(self, api: str, path: str, integration: Fields) -> bool:
        """Make a method invoke the integration's ``Uri``; return whether that is a change."""
        client = self._client("apigateway")
        resources = client.get_resources(restApiId=api)["items"]
        resource = next(each["id"] for each in resources if each["path"] == path)
        method = {"restApiId": api, "resourceId": resource, "httpMethod": "ANY"}
        if client.get_integration(**method)["uri"] == integration["Uri"]:
            return False
        client.put_integration(
            **method,
            type=integration["Type"],
            uri=integration["Uri"],
            credentials=integration["Credentials"],
            integrationHttpMethod=integration["IntegrationHttpMethod"],
        )
        return True

    def _delete_stack(self, request: Request) -> Response:
        """Delete APIs, managed policies and our log groups too; delete nothing when IAM refuses to delete something."""
        name = parse_qs(request.body.decode())["StackName"][0]
        apis, roles, policies = (self._ids_in_stack(name, kind) for kind in (_REST_API, _ROLE, _POLICY))
        iam = self._client("iam")
        if self._is_kept_by_iam(roles, policies):
            set_stack_status(name, "DELETE_FAILED")
            return Response(status=200, headers=_XML, body=_DELETED)
        for role in roles:
            for attached in iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]:
                iam.detach_role_policy(RoleName=role, PolicyArn=attached["PolicyArn"])
        response = moto(request)
        for policy in policies:
            iam.delete_policy(PolicyArn=policy)
        for api in apis:
            self._client("apigateway").delete_rest_api(restApiId=api)
        logs = self._client("logs")
        # moto forgets those of a stack that was updated
        for group in logs.describe_log_groups()["logGroups"]:
            if name == f"{group['logGroupName'].rpartition('/')[2]}-base":
                logs.delete_log_group(logGroupName=group["logGroupName"])
        return response

    def _is_kept_by_iam(self, roles: list[str], policies: list[str]) -> bool:
        """Return whether a role has policies of its own, or whether users still have a policy.

        https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteRole.html and API_DeletePolicy.html
        """
        iam = self._client("iam")
        users = [iam.list_entities_for_policy(PolicyArn=each)["PolicyUsers"] for each in policies]
        return any(users) or any(iam.list_role_policies(RoleName=role)["PolicyNames"] for role in roles)


def _update_api(request: Request) -> Response:
    """Copy the binary media type from ``path`` (``~1`` is a slash), where AWS reads it, to ``value`` for moto."""
    fields = msgspec.json.decode(request.body)
    for operation in fields["patchOperations"]:
        found = _MEDIA_TYPE_PATH.fullmatch(operation["path"])
        if found:
            operation["value"] = found["escaped"].replace("~1", "/").replace("~0", "~")
    return moto(msgspec.structs.replace(request, body=msgspec.json.encode(fields)))


def _methods(template: Fields) -> list[tuple[str, Fields]]:
    """Return path and properties of every method in a template of Zappa's, which has a root and a proxy path."""
    found = [each["Properties"] for each in template["Resources"].values() if each["Type"] == "AWS::ApiGateway::Method"]
    return [("/{proxy+}" if "Ref" in each["ResourceId"] else "/", each) for each in found]
