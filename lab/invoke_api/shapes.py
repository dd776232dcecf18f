"""The fields in which the API describes functions and their aliases."""

from __future__ import annotations

import base64
from typing import Any

from lab.account.function import ACCOUNT, LATEST, REGION, Function
from lab.account.updates import UpdateStatus
from lab.account.versions import Alias
from lab.containers.environment import runtime_name


def configuration(
    function: Function, *, qualified: bool = False, status: UpdateStatus = "Successful"
) -> dict[str, Any]:
    """Return the response of GetFunctionConfiguration for a version."""
    qualified = qualified or function.version != LATEST
    return {
        "FunctionName": function.name,
        "FunctionArn": f"{function.arn}:{function.version}" if qualified else function.arn,
        # what its containers run; missing, as AWS leaves it out for an image, where the version is not known
        **({"Runtime": runtime} if (runtime := runtime_name(function.python)) else {}),
        "Role": "arn:aws:iam::000000000000:role/lab",
        "Handler": function.handler,
        "CodeSize": 0,
        "CodeSha256": base64.b64encode(bytes.fromhex(function.code)).decode(),
        "Timeout": int(function.timeout_s),
        "MemorySize": function.memory_mb,
        "Version": function.version,
        "Environment": {"Variables": dict(function.environment)},
        "PackageType": "Zip",
        "Architectures": ["x86_64"],
        "State": "Active",
        "LastUpdateStatus": status,
        "LastModified": "2026-01-01T00:00:00.000+0000",
        **_capacity_provider(function.max_concurrency),
    }


def _capacity_provider(max_concurrency: int) -> dict[str, Any]:
    """Return what a function on Managed Instances has beside the rest."""
    if not max_concurrency:
        return {}
    provider = {
        "CapacityProviderArn": f"arn:aws:lambda:{REGION}:{ACCOUNT}:capacity-provider:lab",
        "PerExecutionEnvironmentMaxConcurrency": max_concurrency,
    }
    return {"CapacityProviderConfig": {"LambdaManagedInstancesCapacityProviderConfig": provider}}


def alias_fields(function: Function, alias: Alias) -> dict[str, Any]:
    """Return the response of GetAlias."""
    routing = {"RoutingConfig": {"AdditionalVersionWeights": dict(alias.weights)}} if alias.weights else {}
    return {
        "AliasArn": f"{function.arn}:{alias.name}",
        "Name": alias.name,
        "FunctionVersion": alias.version,
        "Description": alias.description,
        **routing,
    }
