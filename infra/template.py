"""Resolves the CloudFormation template for given parameters, as CloudFormation would.

Supports only the intrinsic functions that our template uses. Attributes that exist only after creation are written
``${Name.Attribute}``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import yaml  # type: ignore[import-untyped]

PATH: Final = Path(__file__).parent / "monolambda.yaml"
# wildcards, so that an ARN means any region and any account
ANYWHERE: Final = {"AWS::Partition": "aws", "AWS::Region": "*", "AWS::AccountId": "*"}

_ABSENT: Final = {"Ref": "AWS::NoValue"}


class _Loader(yaml.SafeLoader):  # type: ignore[misc]
    """Reads the short form ``!Sub x`` as its long form ``{"Fn::Sub": "x"}``."""


def _long_form(loader: _Loader, name: str, node: yaml.Node) -> dict[str, Any]:
    value: Any
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
        value = value.split(".", 1) if name == "GetAtt" else value
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)
    return {name if name == "Ref" else f"Fn::{name}": value}


_Loader.add_multi_constructor("!", _long_form)


def load(path: Path = PATH) -> dict[str, Any]:
    """Return the template with every intrinsic function in its long form."""
    return parse(path.read_text())


def parse(text: str) -> dict[str, Any]:
    """Return the template, as YAML or JSON, with every intrinsic function in its long form."""
    template: dict[str, Any] = yaml.load(text, _Loader)  # noqa: S506 - a subclass of SafeLoader
    return template


class Resolver:
    """Resolves the functions in ``template`` for ``parameters``, and for the defaults of those not given."""

    def __init__(self, template: Mapping[str, Any], parameters: Mapping[str, Any]) -> None:
        defaults = {name: about.get("Default") for name, about in template["Parameters"].items()}
        self._values = {**ANYWHERE, **defaults, **parameters}
        self._template = template
        self._functions: dict[str, Callable[[Any], Any]] = {
            "Ref": self._ref,
            "Fn::Sub": lambda text: re.sub(r"\$\{([\w:.]+)\}", lambda match: str(self._ref(match[1])), text),
            "Fn::GetAtt": lambda parts: f"${{{'.'.join(parts)}}}",
            "Fn::If": lambda parts: self.resolve(parts[1 if self.is_met(parts[0]) else 2]),
            "Fn::Join": lambda parts: parts[0].join(map(str, self._list(self.resolve(parts[1])))),
            "Fn::Equals": lambda parts: str(self.resolve(parts[0])) == str(self.resolve(parts[1])),
            "Fn::Or": lambda parts: any(self.resolve(part) for part in parts),
            "Fn::Not": lambda parts: not self.resolve(parts[0]),
        }

    def resources(self) -> dict[str, dict[str, Any]]:
        """Return the resources that CloudFormation would create, resolved."""
        created = {
            name: resource
            for name, resource in self._template["Resources"].items()
            if "Condition" not in resource or self.is_met(resource["Condition"])
        }
        return {name: self.resolve({**resource, "Condition": None}) for name, resource in created.items()}

    def pruned(self, value: Any = None) -> Any:
        """Return the template without list members that resolve to AWS::NoValue, which moto would keep as null."""
        value = self._template if value is None else value
        if isinstance(value, list):
            return [self.pruned(each) for each in value if not self._is_absent(each)]
        if isinstance(value, dict) and list(value) not in (["Fn::If"], []):
            return {name: self.pruned(each) for name, each in value.items()}
        return value

    def is_met(self, condition: str) -> bool:
        """Return whether a condition of the template is met."""
        return bool(self.resolve(self._template["Conditions"][condition]))

    def resolve(self, value: Any) -> Any:
        """Return the value with every function resolved, and without members that resolve to AWS::NoValue."""
        if isinstance(value, dict):
            if len(value) == 1 and (function := self._functions.get(next(iter(value)))):
                return function(next(iter(value.values())))
            return {name: self.resolve(each) for name, each in value.items() if not self._is_absent(each)}
        if isinstance(value, list):
            return [self.resolve(each) for each in value if not self._is_absent(each)]
        return value

    def _ref(self, name: str) -> Any:
        value = self._values.get(name, f"${{{name}}}")
        is_list = self._template["Parameters"].get(name, {}).get("Type") == "CommaDelimitedList"
        return self._list(value) if is_list else value

    def _list(self, value: Any) -> list[Any]:
        return value.split(",") if isinstance(value, str) else value

    def _is_absent(self, value: Any) -> bool:
        if isinstance(value, dict) and list(value) == ["Fn::If"]:
            condition, then, otherwise = value["Fn::If"]
            return self._is_absent(then if self.is_met(condition) else otherwise)
        return bool(value == _ABSENT)
