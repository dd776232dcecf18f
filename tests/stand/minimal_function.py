"""A function of a few lines, for tests of the local AWS itself."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

from infra.package import lambda_runtime
from tests.stand.local_aws import LocalAws

_SOURCE = """
def handler(event, context):
    print("seen", event)
    if event.get("fail"):
        raise ValueError("asked to")
    refused = [{"itemIdentifier": each["messageId"]} for each in event.get("Records", []) if each.get("body") == "no"]
    return {"edition": EDITION, "version": context.function_version, "batchItemFailures": refused}
"""


def package(edition: int) -> bytes:
    """Return a zip with one edition of the function."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as opened:
        # ZipInfo's fixed date: the same edition must always have the same bytes
        opened.writestr(zipfile.ZipInfo("minimal.py"), _SOURCE.replace("EDITION", str(edition)))
    return out.getvalue()


def create(local_aws: LocalAws, name: str, **parameters: Any) -> str:
    """Create the function in its first edition, with a role of its own, and return its ARN."""
    trust = json.dumps({"Version": "2012-10-17", "Statement": []})
    role = local_aws.client("iam").create_role(RoleName=f"{name}-{local_aws.suffix}", AssumeRolePolicyDocument=trust)[
        "Role"
    ]["Arn"]
    created = local_aws.client("lambda").create_function(
        FunctionName=name,
        Code={"ZipFile": package(1)},
        **{"Runtime": lambda_runtime.NAME, "Handler": "minimal.handler", "Role": role, **parameters},
    )
    arn: str = created["FunctionArn"].split(f":{name}")[0] + f":{name}"
    return arn
