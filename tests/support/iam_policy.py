"""Evaluates IAM policies as far as ours go: actions, resources, wildcards, and Deny over Allow; conditions are ignored.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

Policy = dict[str, Any]
Statement = dict[str, Any]


class Permission(msgspec.Struct, frozen=True, order=True):
    """One action on one ARN, such as ``s3:GetObject`` on an object."""

    action: str
    resource: str


def allows(policy: Policy, permission: Permission) -> bool:
    """Return whether the policy grants the permission; every condition counts as met."""
    effects = {
        statement["Effect"]
        for statement in policy["Statement"]
        if any(_matches(granted, permission) for granted in permissions(statement))
    }
    return effects == {"Allow"}


def unused_grants(policy: Policy, used: set[Permission]) -> set[Permission]:
    """Return every pair of action and resource that the policy grants and that nothing in ``used`` matches."""
    granted = {each for statement in policy["Statement"] for each in permissions(statement)}
    return {grant for grant in granted if not any(_matches(grant, each) for each in used)}


def permissions(statement: Statement) -> list[Permission]:
    """Return each action of a statement with each of its resources; both may contain wildcards."""
    return [
        Permission(action, resource)
        for action in as_list(statement["Action"])
        for resource in as_list(statement["Resource"])
    ]


def as_list(value: Any) -> list[str]:
    """Return a list, whether the policy has one string here or several."""
    return [value] if isinstance(value, str) else list(value)


def _matches(grant: Permission, needed: Permission) -> bool:
    """Actions are case-insensitive, resources are not."""
    action = _matches_pattern(grant.action.lower(), needed.action.lower())
    return action and _matches_pattern(grant.resource, needed.resource)


def _matches_pattern(pattern: str, text: str) -> bool:
    """``*`` stands for any text, colons and slashes included, and ``?`` for one character."""
    parts = (".*" if part == "*" else "." if part == "?" else re.escape(part) for part in re.split(r"([*?])", pattern))
    return re.fullmatch("".join(parts), text, re.DOTALL) is not None
