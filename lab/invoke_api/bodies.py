"""The bodies of the API's requests; a field that is null counts as missing, and unknown ones are ignored.

https://docs.aws.amazon.com/lambda/latest/api/API_CreateAlias.html and its neighbors
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, TypeVar

import msgspec

from lab.errors import LabError

_Type = TypeVar("_Type")
Weight = Annotated[float, msgspec.Meta(ge=0, le=1)]


class InvalidParameterValue(LabError):
    """A parameter is missing or not what the API expects."""


class _Body(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    pass


class CodeUpdate(_Body, frozen=True, kw_only=True):
    """Of UpdateFunctionCode: a zip in base64, and whether to publish a version of it."""

    zip_file: str | None = None
    publish: bool | None = None


class Routing(_Body, frozen=True, kw_only=True):
    """Where an alias sends the share of its invocations that its own version does not get."""

    additional_version_weights: Annotated[Mapping[str, Weight], msgspec.Meta(max_length=1)] | None = None


class NewAlias(_Body, frozen=True, kw_only=True):
    """Of CreateAlias."""

    name: str
    function_version: str
    description: str | None = None
    routing_config: Routing | None = None


class AliasUpdate(_Body, frozen=True, kw_only=True):
    """Of UpdateAlias: what is missing stays as it is."""

    function_version: str | None = None
    description: str | None = None
    routing_config: Routing | None = None


class Reservation(_Body, frozen=True, kw_only=True):
    """Of PutFunctionConcurrency."""

    reserved_concurrent_executions: int


def decoded(body: bytes, type_: type[_Type]) -> _Type:
    """Return the body as a value of this type; raise InvalidParameterValue when it is something else."""
    try:
        return msgspec.json.decode(body or b"{}", type=type_)
    # the second for a body of very many brackets
    except (msgspec.DecodeError, RecursionError) as exc:
        raise InvalidParameterValue(f"expected {type_.__name__}: {exc}") from exc
