"""What the page /docs shows, in words for people, from the rows that the OpenAPI document is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, get_args

import msgspec

from app import options
from app.core import formats
from app.openapi.document import described_operations
from app.openapi.operations import EVERYBODY, KEY
from app.openapi.problems import REMEDIES, all_errors, by_status
from app.options import ResizeOptions
from app.options.fields import Fit

if TYPE_CHECKING:
    from app.openapi.service import Service

_ACCESS: Final = {
    EVERYBODY: "Open to everybody.",
    KEY: "For holders of a key, and whoever has signed in.",
}
_LINKS: Final = "For holders of a key, and with a signed link."


class RouteDescription(msgspec.Struct, frozen=True):
    """One operation as the page shows it; ``with_options`` says that it takes the options too."""

    operation_id: str
    method: str
    path: str
    summary: str
    access: str
    parameters: Sequence[Mapping[str, Any]]
    with_options: bool
    bodies: Sequence[str]
    answers: Sequence[tuple[str, str]]


def reference(service: Service) -> dict[str, Any]:
    """Return what the template of the page needs."""
    defaults = zip(ResizeOptions.__struct_fields__, ResizeOptions.__struct_defaults__, strict=True)
    return {
        "routes": _routes(service),
        "options": [options.describe(name) for name in options.TYPES],
        "defaults": {name: _words(value) for name, value in defaults},
        "errors": all_errors(),
        "remedies": REMEDIES,
        "formats": formats.WRITABLE,
        "fits": get_args(Fit),
    }


def _routes(service: Service) -> list[RouteDescription]:
    found = []
    for operation, described in described_operations(service):
        own = [each for each in operation.parameters if "name" in each]
        answers = {status: answer["description"] for status, answer in operation.answers.items()}
        codes = {
            status: ", ".join(error.code for error in errors)
            for status, errors in by_status(operation.all_raised).items()
        }
        found.append(
            RouteDescription(
                operation_id=described["operationId"],
                method=operation.method.upper(),
                path=operation.path,
                summary=operation.summary,
                access=_ACCESS.get(operation.access, _LINKS) if {} not in described["security"] else "Open here.",
                parameters=own,
                with_options=len(own) < len(operation.parameters),
                bodies=list(operation.body["content"]) if operation.body else [],
                answers=sorted({**codes, **answers}.items()),
            )
        )
    return found


def _words(value: object) -> str:
    if value is None:
        return "none"
    return str(value).lower() if isinstance(value, bool) else str(value)
