"""A function of a few lines, for what is about the stand and not about the project."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

from tests.stand.aws import Stand

TRUST = {"Version": "2012-10-17", "Statement": []}
_SOURCE = """
def handler(event, context):
    print("seen", event)
    if event.get("fail"):
        raise ValueError("asked to")
    refused = [{"itemIdentifier": each["messageId"]} for each in event.get("Records", []) if each.get("body") == "no"]
    return {"edition": EDITION, "version": context.function_version, "batchItemFailures": refused}
"""


def package(edition: int) -> bytes:
    """Return a zip with the function."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as opened:
        # dated, or the same edition would have other bytes a moment later
        opened.writestr(zipfile.ZipInfo("tiny.py"), _SOURCE.replace("EDITION", str(edition)))
    return out.getvalue()


def create(stand: Stand, name: str, **more: Any) -> str:
    """Create the function in its first edition, with a role of its own, and return its ARN."""
    role = stand.client("iam").create_role(
        RoleName=f"{name}-{stand.suffix}", AssumeRolePolicyDocument=json.dumps(TRUST)
    )
    made = {"Runtime": "python3.13", "Handler": "tiny.handler", "Role": role["Role"]["Arn"], **more}
    created = stand.client("lambda").create_function(FunctionName=name, Code={"ZipFile": package(1)}, **made)
    arn: str = created["FunctionArn"].split(f":{name}")[0] + f":{name}"
    return arn
