"""The OpenAPI document (3.1.1) of the service as it is configured: https://spec.openapis.org/oas/v3.1.1."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from app.access.sessions import COOKIE
from app.core.config import VERSION
from app.openapi.answers import ANSWERS
from app.openapi.operations import EVERYBODY, LINK, Operation, operations
from app.openapi.parameters import component_parameters, component_schemas
from app.openapi.problems import Problem
from app.openapi.responses import component_headers, component_responses, problems
from app.openapi.service import Service

_SCHEMAS: Final = "#/components/schemas/{name}"
_SECURITY: Final = {
    "key": {"type": "http", "scheme": "bearer", "description": "A key whose SHA-256 is in MONOLAMBDA_API_KEYS."},
    "header_key": {
        "type": "apiKey", "in": "header", "name": "X-Monolambda-Key",
        "description": "The same key where something on the way needs Authorization for itself.",
    },
    "session": {
        "type": "apiKey", "in": "cookie", "name": COOKIE,
        "description": "What /login gives a browser; a write needs the header Origin too.",
    },
    "signature": {
        "type": "apiKey", "in": "query", "name": "s",
        "description": "The signature of path and query, for GET and HEAD; expires may limit it.",
    },
}  # fmt: skip
_TEXT: Final = (
    "Uploads, resizes and transforms images. HEAD and OPTIONS work wherever GET does. Exactly one of `id`, `url` "
    "and an image in the body says which image. Options keep the order of the steps, whatever their own, and some "
    "contradict each other: the answer is 400, and says which."
)


def document(service: Service) -> dict[str, Any]:
    """Return the document, ready to be encoded as JSON."""
    _, components = msgspec.json.schema_components((*ANSWERS, Problem), ref_template=_SCHEMAS)
    listed = described_operations(service)
    paths: dict[str, dict[str, Any]] = {}
    for operation, described in listed:
        paths.setdefault(operation.path, {})[operation.method] = described
    return {
        "openapi": "3.1.1",
        "info": {"title": "Monolambda", "version": VERSION, "description": _TEXT, "license": {"name": "MIT"}},
        "servers": [{"url": service.url}],
        "paths": paths,
        "components": {
            "schemas": {**components, **component_schemas()},
            "parameters": component_parameters(service.presets),
            "responses": component_responses(operation.all_raised for operation, _ in listed),
            "headers": component_headers(),
            "securitySchemes": _SECURITY,
        },
    }


def described_operations(service: Service) -> list[tuple[Operation, dict[str, Any]]]:
    """Return every operation with its description in the document."""
    return [(operation, _described(service, operation)) for operation in operations(service)]


def _described(service: Service, operation: Operation) -> dict[str, Any]:
    name = operation.path.strip("/").replace("/", "_").replace("{", "").replace("}", "").replace(".", "_")
    found: dict[str, Any] = {
        "operationId": f"{operation.method}_{name or 'index'}",
        "summary": operation.summary,
        "parameters": list(operation.parameters),
        "responses": {**problems(operation.all_raised), **operation.answers},
        "security": _security(service, operation),
    }
    return found | ({"requestBody": operation.body} if operation.body else {})


def _security(service: Service, operation: Operation) -> list[dict[str, list[str]]]:
    """Return who may call it; the empty requirement is everybody."""
    if operation.access == EVERYBODY:
        return []
    needed: list[dict[str, list[str]]] = [{"key": []}, {"header_key": []}, {"session": []}]
    if operation.access == LINK:
        needed.append({"signature": []})
    return [*needed, {}] if service.is_open or _is_public(service, operation) else needed


def _is_public(service: Service, operation: Operation) -> bool:
    if operation.path == "/info":
        return service.unsigned == "all"
    if operation.path == "/resize":
        return service.unsigned != "none" and operation.method == "get"
    if operation.path.endswith("/original"):
        return service.originals_are_public
    return operation.access == LINK
