"""The record of one request, event or job: its log line, where it is counted, and who is at fault."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import msgspec
from msgspec import UNSET, UnsetType

from app.core.errors import SourceError, leaves
from app.runtime import metrics

Fault = Literal["ours", "source"] | None


class RequestRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One request, event or job that has ended; ``seconds`` per stage and ``total``.

    Fields that are UNSET do not appear in the log line. ``fault`` never does: it decides which error is counted.
    """

    event: Literal["request", "invocation", "job"]
    kind: str | UnsetType = UNSET
    request_id: str | UnsetType = UNSET
    container: str
    cold: bool | UnsetType = UNSET
    route: str | UnsetType = UNSET
    status: int | UnsetType = UNSET
    state: str | UnsetType | None = UNSET
    code: str | UnsetType | None = UNSET
    cache: str | UnsetType | None = UNSET
    bytes_in: int | UnsetType = UNSET
    bytes_out: int | UnsetType = UNSET
    seconds: Mapping[str, float]
    error: str | UnsetType = UNSET
    fault: Fault = None

    @property
    def counted_route(self) -> str | None:
        """Return the route to count this under; None for a job, whose request or event was counted already."""
        if self.kind is not UNSET:
            return metrics.EVENT + self.kind
        return None if self.route is UNSET else self.route

    def line(self) -> dict[str, Any]:
        """Return the fields of the log line; durations in milliseconds."""
        fields: dict[str, Any] = msgspec.to_builtins(self)
        del fields["fault"]
        seconds = fields.pop("seconds")
        return {**fields, "ms": {name: round(1000 * spent, 1) for name, spent in seconds.items()}}


def fault_of(code: object, *, failed: bool) -> Fault:
    """Return which side is at fault, by the error code in the answer; None when nothing failed."""
    if isinstance(code, str) and code in {leaf.code for leaf in leaves(SourceError)}:
        return "source"
    return "ours" if failed else None
