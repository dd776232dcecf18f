"""The permissions that requests to the local AWS needed, and the deployer's permissions that no test needs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from lab.http.server import Request
from tests.stand.moto_backend import ACCOUNT
from tests.support.aws_permissions import required_permissions
from tests.support.credential_scope import credential_scope
from tests.support.iam_policy import Permission

# needed only for what the settings of the stage "production" add; test_production.py needs them
ONLY_IN_PRODUCTION: Final = {
    "lambda:CreateAlias",
    "lambda:GetAccountSettings",
    "lambda:GetProvisionedConcurrencyConfig",
    "lambda:PublishVersion",
    "lambda:PutFunctionConcurrency",
    "lambda:PutProvisionedConcurrencyConfig",
}
# by action: who needs it outside these tests
NOT_NEEDED_HERE: Final = {
    "apigateway:DELETE": "CloudFormation, with the deployer's permissions, when zappa undeploy deletes the API",
    "apigateway:PUT": "CloudFormation, with the deployer's permissions, for the methods of the API",
    "cloudformation:ListStackResources": "zappa deploy, for its progress bar while the stack is not ready",
    "lambda:DeleteProvisionedConcurrencyConfig": "zappa update, which removes the old version's",
    "lambda:TagResource": "zappa update, if the settings have tags",
    "lambda:UpdateAlias": "zappa update, which moves the alias that a deploy with the same setting created",
    "logs:DescribeLogStreams": "zappa tail, which fails on a log without streams, and moto's stays empty",
    "logs:FilterLogEvents": "zappa tail",
    "s3:CreateBucket": "zappa deploy, if s3_bucket does not exist",
}


def permissions_used(requests: Iterable[Request], access_key: str) -> set[Permission]:
    """Return the permissions needed by the requests that one access key signed."""
    found: set[Permission] = set()
    for request in requests:
        if credential_scope(request).access_key == access_key:
            found |= required_permissions(request, ACCOUNT)
    return found
