"""Decides what a policy allows, as far as our policies go: actions, resources, wildcards, and deny before allow.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from __future__ import annotations

import re
from typing import Any

import msgspec


class Need(msgspec.Struct, frozen=True, order=True):
    """One thing that somebody does: ``s3:GetObject`` on an ARN."""

    action: str
    resource: str


def allows(policy: dict[str, Any], need: Need) -> bool:
    """Say whether the policy lets it happen; a condition is not looked at, so it counts as met."""
    effects = {statement["Effect"] for statement in policy["Statement"] if _covers(statement, need)}
    return effects == {"Allow"}


def unused(policy: dict[str, Any], needs: set[Need]) -> set[Need]:
    """Return every pair of action and resource that the policy grants and nothing needs."""
    granted = {Need(action, resource) for statement in policy["Statement"] for action, resource in pairs(statement)}
    return {grant for grant in granted if not any(_matches(grant, need) for need in needs)}


def pairs(statement: dict[str, Any]) -> list[tuple[str, str]]:
    """Return each action of a statement with each resource."""
    return [
        (action, resource) for action in as_list(statement["Action"]) for resource in as_list(statement["Resource"])
    ]


def as_list(value: Any) -> list[str]:
    """Return a list, whether one string stands there or several."""
    return [value] if isinstance(value, str) else list(value)


def _covers(statement: dict[str, Any], need: Need) -> bool:
    return any(_matches(Need(*pair), need) for pair in pairs(statement))


def _matches(grant: Need, need: Need) -> bool:
    # actions know no case, resources do
    return _like(grant.action.lower(), need.action.lower()) and _like(grant.resource, need.resource)


def _like(pattern: str, text: str) -> bool:
    """``*`` stands for anything, colons and slashes too, and ``?`` for one character."""
    words = (".*" if part == "*" else "." if part == "?" else re.escape(part) for part in re.split(r"([*?])", pattern))
    return re.fullmatch("".join(words), text, re.DOTALL) is not None
