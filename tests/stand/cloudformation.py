"""CloudFormation's change sets, by which ``aws cloudformation deploy`` works, and resources that moto does not create.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-changesets.html
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import parse_qsl
from uuid import uuid4

import msgspec
from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from infra.template import Resolver, parse
from lab.http.server import Request, Response
from tests.infra.monolambda.resources import UNKNOWN_TO_MOTO
from tests.stand.clients import Clients
from tests.stand.moto_backend import ACCOUNT, forget_stack, set_stack_status
from tests.stand.stack_resources import StackResources

Fields = dict[str, Any]

_XML: Final = (("Content-Type", "text/xml"),)
_BUCKET: Final = "AWS::S3::Bucket"
_NO_CHANGES: Final = (
    "The submitted information didn't contain changes. Submit different information to create a change set."
)


class ChangeSet(msgspec.Struct, frozen=True, kw_only=True):
    """A template and the values of its parameters, to be applied to a stack; ``refusal`` says why it cannot be."""

    id: str
    stack: str
    kind: str
    template: Fields
    parameters: dict[str, str]
    refusal: str = ""


class CloudFormation:
    """Answers for change sets; the rest of CloudFormation is moto's."""

    def __init__(self, client: Clients) -> None:
        self._client = client
        self._resources = StackResources(client)
        self._change_sets: dict[str, ChangeSet] = {}
        # the buckets that each stack took over, which moto does not know it has
        self._imported: dict[str, set[str]] = {}
        # the last change set that was executed, by stack
        self._applied: dict[str, ChangeSet] = {}
        self._actions: dict[str, Callable[[Fields], Response | None]] = {
            "CreateChangeSet": self._create,
            "DescribeChangeSet": self._describe,
            "ExecuteChangeSet": self._execute,
            "DeleteStack": self._delete,
        }

    def answer(self, request: Request) -> Response | None:
        """Answer for change sets; return None for every other request."""
        if request.method != "POST" or not request.body.startswith(b"Action="):
            return None
        fields = dict(parse_qsl(request.body.decode(), keep_blank_values=True))
        action = self._actions.get(fields["Action"])
        return action(fields) if action else None

    def _create(self, fields: Fields) -> Response:
        stack, name = fields["StackName"], fields["ChangeSetName"]
        template, before = parse(fields["TemplateBody"]), self._parameters(stack)
        kind = fields.get("ChangeSetType", "UPDATE")
        members = _members(fields, "ResourcesToImport")
        change_set = ChangeSet(
            id=f"arn:aws:cloudformation:{ACCOUNT.region}:{ACCOUNT.number}:changeSet/{name}/{uuid4()}",
            stack=stack,
            kind=kind,
            template=template,
            parameters={
                each["ParameterKey"]: each.get("ParameterValue", before.get(each["ParameterKey"], ""))
                for each in _members(fields, "Parameters")
            },
            refusal=self._refusal(template, members) if kind == "IMPORT" else "",
        )
        if kind == "UPDATE" and self._changes_nothing(change_set):
            change_set = msgspec.structs.replace(change_set, refusal=_NO_CHANGES)
        self._change_sets[change_set.id] = self._change_sets[f"{stack}/{name}"] = change_set
        return _xml("CreateChangeSet", Id=change_set.id, StackId=stack)

    def _describe(self, fields: Fields) -> Response:
        change_set = self._find(fields)
        status = "FAILED" if change_set.refusal else "CREATE_COMPLETE"
        return _xml("DescribeChangeSet", ChangeSetId=change_set.id, Status=status, StatusReason=change_set.refusal)

    def _execute(self, fields: Fields) -> Response:
        change_set = self._find(fields)
        assert not change_set.refusal, change_set.refusal
        own = {"AWS::AccountId": ACCOUNT.number, "AWS::Region": ACCOUNT.region}
        resources = Resolver(change_set.template, {**own, **change_set.parameters}).resources()
        buckets = {each["Properties"]["BucketName"] for each in resources.values() if each["Type"] == _BUCKET}
        if change_set.kind == "IMPORT":
            self._imported.setdefault(change_set.stack, set()).update(buckets)
            self._apply(change_set, {**change_set.template, "Resources": {}})
        elif change_set.kind == "CREATE" and any(map(self._bucket_exists, buckets)):
            self._apply(change_set, {**change_set.template, "Resources": {}, "Outputs": {}})
            set_stack_status(change_set.stack, "ROLLBACK_COMPLETE")
        else:
            self._apply(change_set, self._adapted(change_set))
            self._resources.complete(change_set.stack, resources)
        self._applied[change_set.stack] = change_set
        return _xml("ExecuteChangeSet")

    def _changes_nothing(self, change_set: ChangeSet) -> bool:
        applied = self._applied.get(change_set.stack)
        return applied is not None and (applied.template, applied.parameters) == (
            change_set.template,
            change_set.parameters,
        )

    def _delete(self, fields: Fields) -> None:
        """Forget a stack that moto deletes, and delete what moto did not create."""
        stack = fields["StackName"]
        self._imported.pop(stack, None)
        self._applied.pop(stack, None)
        self._resources.delete_mappings(f"{stack.removesuffix('-base')}-inbox")

    def _refusal(self, template: Fields, imports: list[Fields]) -> str:
        """Return why resources cannot be imported.

        https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/import-resources-manually.html
        """
        if {each["LogicalResourceId"] for each in imports} != template["Resources"].keys():
            return "an import creates nothing: every resource of the template must be imported"
        if not all("DeletionPolicy" in each for each in template["Resources"].values()):
            return "a resource that is imported must have a DeletionPolicy"
        names = [each["ResourceIdentifier.entry.1.value"] for each in imports]
        return next((f"{name} does not exist" for name in names if not self._bucket_exists(name)), "")

    def _adapted(self, change_set: ChangeSet) -> Fields:
        """Return the template without what moto does not know, what the stack took over, and what is not to be made.

        An update creates what the template before did not have; moto overlooks a condition that is met from now on.
        """
        resolver = Resolver(change_set.template, change_set.parameters)
        template, made = resolver.pruned(), resolver.resources()
        imported = self._imported.get(change_set.stack, set())
        known = {
            name: _retained(each)
            for name, each in template["Resources"].items()
            if name in made and each["Type"] not in UNKNOWN_TO_MOTO and not (imported and each["Type"] == _BUCKET)
        }
        body = json.dumps({**template, "Resources": known})
        for bucket in imported:
            body = body.replace("${Images}", bucket)
        adapted: Fields = json.loads(body)
        return adapted

    def _apply(self, change_set: ChangeSet, template: Fields) -> None:
        stacks = self._client("cloudformation")
        before = self._described(change_set.stack).get("StackStatus")
        if before == "IMPORT_COMPLETE":
            forget_stack(change_set.stack)  # moto cannot add to an empty stack
        apply = stacks.create_stack if before in (None, "IMPORT_COMPLETE") else stacks.update_stack
        apply(
            StackName=change_set.stack,
            TemplateBody=json.dumps(template),
            Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in change_set.parameters.items()],
            Capabilities=["CAPABILITY_NAMED_IAM"],
        )
        set_stack_status(change_set.stack, f"{change_set.kind}_COMPLETE")

    def _find(self, fields: Fields) -> ChangeSet:
        name = fields["ChangeSetName"]
        return self._change_sets[name if name.startswith("arn:") else f"{fields['StackName']}/{name}"]

    def _parameters(self, stack: str) -> dict[str, str]:
        found = self._described(stack).get("Parameters", [])
        return {each["ParameterKey"]: each["ParameterValue"] for each in found}

    def _described(self, stack: str) -> Fields:
        try:
            found: Fields = self._client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]
        except ClientError:
            return {}
        return found

    def _bucket_exists(self, name: str) -> bool:
        return name in [each["Name"] for each in self._client("s3").list_buckets()["Buckets"]]


def _retained(resource: Fields) -> Fields:
    """Return the resource with the one policy moto knows: once created, RetainExceptOnCreate retains."""
    retained = resource.get("DeletionPolicy") == "RetainExceptOnCreate"
    return {**resource, "DeletionPolicy": "Retain"} if retained else resource


def _members(fields: Fields, name: str) -> list[Fields]:
    """Return the members of a list in AWS's query protocol: ``Name.member.1.Key=value``."""
    found: dict[int, Fields] = {}
    for key, value in fields.items():
        if key.startswith(f"{name}.member."):
            number, _, rest = key.removeprefix(f"{name}.member.").partition(".")
            found.setdefault(int(number), {})[rest] = value
    return [found[number] for number in sorted(found)]


def _xml(action: str, **fields: str) -> Response:
    inner = "".join(f"<{name}>{value}</{name}>" for name, value in fields.items())
    body = f"<{action}Response><{action}Result>{inner}</{action}Result></{action}Response>"
    return Response(status=200, headers=_XML, body=body.encode())
