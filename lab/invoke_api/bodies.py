"""The bodies of the API's requests; a field that is null counts as missing, and unknown ones are ignored.

https://docs.aws.amazon.com/lambda/latest/api/API_CreateAlias.html and its neighbors
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, TypeVar

import msgspec

from lab.errors import LabError
from measurement import json_value

_Type = TypeVar("_Type")
Weight = Annotated[float, msgspec.Meta(ge=0, le=1)]
Version = Annotated[str, msgspec.Meta(pattern=r"\A(\$LATEST|[0-9]+)\Z")]
PublishedVersion = Annotated[str, msgspec.Meta(pattern=r"\A[0-9]+\Z")]
Description = Annotated[str, msgspec.Meta(max_length=256)]
# a name of digits would be a version
AliasName = Annotated[str, msgspec.Meta(pattern=r"\A(?![0-9]+\Z)[a-zA-Z0-9_-]+\Z", max_length=128)]


class InvalidParameterValue(LabError):
    """A parameter is missing or not what the API expects."""


class _Body(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    pass


class UpdateFunctionCode(_Body, frozen=True, kw_only=True):
    """A zip in base64, and whether to publish a version of it."""

    zip_file: str | None = None
    publish: bool | None = None


class PublishVersion(_Body, frozen=True, kw_only=True):
    """None of its fields is used, but what is no object is refused."""


class Routing(_Body, frozen=True, kw_only=True):
    """Where an alias sends the share of its invocations that its own version does not get."""

    additional_version_weights: Annotated[Mapping[PublishedVersion, Weight], msgspec.Meta(max_length=1)] | None = None


class NewAlias(_Body, frozen=True, kw_only=True):
    """Of CreateAlias."""

    name: AliasName
    function_version: Version
    description: Description | None = None
    routing_config: Routing | None = None


class AliasUpdate(_Body, frozen=True, kw_only=True):
    """Of UpdateAlias: what is missing stays as it is."""

    function_version: Version | None = None
    description: Description | None = None
    routing_config: Routing | None = None


class Reservation(_Body, frozen=True, kw_only=True):
    """Of PutFunctionConcurrency."""

    reserved_concurrent_executions: int


def decoded(body: bytes, type_: type[_Type]) -> _Type:
    """Return the body as a value of this type; raise InvalidParameterValue when it is something else."""
    try:
        return json_value.decoded(body or b"{}", type_)
    except json_value.UnexpectedJson as exc:
        raise InvalidParameterValue(f"expected {type_.__name__}: {exc}") from exc
