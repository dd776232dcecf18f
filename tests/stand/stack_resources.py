"""What moto's CloudFormation leaves out of our stack: attached policies, queue policies, notifications, mappings."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from tests.stand.clients import Clients
from tests.stand.moto_backend import ACCOUNT

Fields = dict[str, Any]
Resources = Mapping[str, Fields]


class StackResources:
    """Creates the resources of a resolved template that moto does not; what exists already stays as it is."""

    def __init__(self, client: Clients) -> None:
        self._client = client

    def complete(self, stack: str, resources: Resources) -> None:
        """Create what a stack is missing, and delete the mapping of a template that has none any more."""
        self._attach_policies(resources)
        self._let_api_gateway_log(stack, resources)
        self._set_queue_policies(resources)
        self._set_notifications(resources)
        mapped = _of_type(resources, "AWS::Lambda::EventSourceMapping")
        for mapping in mapped:
            source = _queue_arn(resources, mapping["EventSourceArn"])
            concurrency = int(mapping["ScalingConfig"]["MaximumConcurrency"])  # parameters are text
            changed = {"EventSourceArn": source, "ScalingConfig": {"MaximumConcurrency": concurrency}}
            if not self._mappings(source):
                self._client("lambda").create_event_source_mapping(**{**mapping, **changed})
        if not mapped and "Inbox" in resources:
            self.delete_mappings(resources["Inbox"]["Properties"]["QueueName"])

    def delete_mappings(self, queue: str) -> None:
        """Delete every event source mapping that reads this queue."""
        for mapping in self._mappings(ACCOUNT.arn("sqs", queue)):
            self._client("lambda").delete_event_source_mapping(UUID=mapping["UUID"])

    def _mappings(self, arn: str) -> list[Fields]:
        found: list[Fields] = self._client("lambda").list_event_source_mappings(EventSourceArn=arn)[
            "EventSourceMappings"
        ]
        return found

    def _attach_policies(self, resources: Resources) -> None:
        iam = self._client("iam")
        arns = {each["PolicyName"]: each["Arn"] for each in iam.list_policies(Scope="Local")["Policies"]}
        for role in _of_type(resources, "AWS::IAM::Role"):
            for reference in role["ManagedPolicyArns"]:
                if reference.startswith("arn:"):
                    continue  # AWS's own, which moto does not have
                policy = resources[reference.strip("${}")]["Properties"]["ManagedPolicyName"]
                iam.attach_role_policy(RoleName=role["RoleName"], PolicyArn=arns[policy])

    def _let_api_gateway_log(self, stack: str, resources: Resources) -> None:
        """Name the role of the account, as AWS::ApiGateway::Account does."""
        for account in _of_type(resources, "AWS::ApiGateway::Account"):
            role = self._client("cloudformation").describe_stack_resource(
                StackName=stack, LogicalResourceId=_reference(account["CloudWatchRoleArn"])
            )["StackResourceDetail"]["PhysicalResourceId"]
            arn = self._client("iam").get_role(RoleName=role)["Role"]["Arn"]
            change = {"op": "replace", "path": "/cloudwatchRoleArn", "value": arn}
            self._client("apigateway").update_account(patchOperations=[change])

    def _set_queue_policies(self, resources: Resources) -> None:
        sqs = self._client("sqs")
        for properties in _of_type(resources, "AWS::SQS::QueuePolicy"):
            policy = json.dumps(properties["PolicyDocument"])
            for reference in properties["Queues"]:
                queue = resources[reference.strip("${}")]["Properties"]["QueueName"]
                url = sqs.get_queue_url(QueueName=queue)["QueueUrl"]
                sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})

    def _set_notifications(self, resources: Resources) -> None:
        s3 = self._client("s3")
        for bucket in _of_type(resources, "AWS::S3::Bucket"):
            queues = [
                _notification(resources, each) for each in bucket["NotificationConfiguration"]["QueueConfigurations"]
            ]
            name = bucket["BucketName"]
            present = s3.get_bucket_notification_configuration(Bucket=name).get("QueueConfigurations", [])
            # CloudFormation sends no property that did not change, so S3 sends no second test event
            if [{**each, "Id": None} for each in present] != [{**each, "Id": None} for each in queues]:
                s3.put_bucket_notification_configuration(
                    Bucket=name, NotificationConfiguration={"QueueConfigurations": queues}
                )


def _notification(resources: Resources, configured: Fields) -> Fields:
    """Return one of CloudFormation's notifications in the words of S3's API."""
    rules = configured["Filter"]["S3Key"]["Rules"]
    return {
        "QueueArn": _queue_arn(resources, configured["Queue"]),
        "Events": [configured["Event"]],
        "Filter": {"Key": {"FilterRules": rules}},
    }


def _queue_arn(resources: Resources, reference: str) -> str:
    """Return the ARN that ``${Name.Arn}`` stands for."""
    return ACCOUNT.arn("sqs", resources[_reference(reference)]["Properties"]["QueueName"])


def _reference(attribute: str) -> str:
    """Return the logical id in ``${Name.Arn}``."""
    return attribute.removeprefix("${").removesuffix(".Arn}")


def _of_type(resources: Resources, kind: str) -> list[Fields]:
    """Return the properties of every resource of one type."""
    return [each["Properties"] for each in resources.values() if each["Type"] == kind]
