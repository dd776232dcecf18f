"""Maps requests to the API's actions, and errors to the API's error responses.

Paths: https://docs.aws.amazon.com/lambda/latest/api/API_Operations.html
"""

from __future__ import annotations

import re
from collections.abc import Callable
from http import HTTPStatus
from typing import Final
from urllib.parse import parse_qs, unquote
from uuid import uuid4

import msgspec

from lab.account.versions import ResourceConflict, ResourceNotFound
from lab.containers.trace import HEADER as TRACE
from lab.errors import LabError, Throttled, TooLarge
from lab.http.server import NOT_LOCAL, Request, Response, json_response
from lab.invoke_api.actions import Actions, InvalidChoice, InvalidEvent
from lab.invoke_api.bodies import (
    AliasUpdate,
    InvalidParameterValue,
    NewAlias,
    PublishVersion,
    Reservation,
    UpdateFunctionCode,
    decoded,
)
from lab.invoke_api.names import split_name

_REQUEST_ID: Final = "x-amzn-RequestId"
_PATH: Final = re.compile(r"/(?P<date>\d{4}-\d\d-\d\d)/functions(?:/(?P<name>[^/]+)(?P<rest>/.*)?)?/?")
_ERRORS: Final[tuple[tuple[type[LabError], int, str], ...]] = (
    (ResourceNotFound, 404, "ResourceNotFoundException"),
    (ResourceConflict, 409, "ResourceConflictException"),
    (Throttled, 429, "TooManyRequestsException"),
    (TooLarge, 413, "RequestEntityTooLargeException"),
    (InvalidEvent, 400, "InvalidRequestContentException"),
    (InvalidParameterValue, 400, "InvalidParameterValueException"),
    (InvalidChoice, 400, "ValidationException"),
    (LabError, 500, "ServiceException"),
)


class Routes:
    """Responds to the API's requests by its actions."""

    def __init__(self, actions: Actions) -> None:
        self._actions = actions

    def respond(self, request: Request) -> Response:
        """Return the response to one request, errors included, with its request id: the invocation's, or a new one."""
        return _with_id(self._respond(request))

    def refuse(self, status: int) -> Response:
        """Return the response to a body that is too large to be read (413), or to what is no request."""
        if status == 413:
            return _with_id(_error_response(status, "RequestEntityTooLargeException", "Request Entity Too Large"))
        error_type = "InvalidRequestContentException" if status < 500 else "ServiceException"
        return _with_id(_error_response(status, error_type, HTTPStatus(status).phrase))

    def _respond(self, request: Request) -> Response:
        if not request.is_local:
            return _error_response(403, "AccessDeniedException", NOT_LOCAL)
        match = _PATH.fullmatch(request.path)
        if match is None:
            return _unknown_operation(request)
        try:
            name, qualifier = split_name(unquote(match["name"] or ""))
            qualifier = parse_qs(request.query).get("Qualifier", [qualifier])[0]
            operation = f"{request.method} {(match['rest'] or '').strip('/')}"
            if operation == "POST invocations":
                return self._invoke(name, qualifier, request)
            return self._manage(name, qualifier, operation, request)
        except LabError as exc:
            status, error_type = next((status, name) for error, status, name in _ERRORS if isinstance(exc, error))
            reason = {"Reason": exc.reason} if isinstance(exc, Throttled) else {}
            return _error_response(status, error_type, str(exc), **reason)

    def _invoke(self, name: str, qualifier: str, request: Request) -> Response:
        return self._actions.invoke(
            name,
            qualifier,
            event=request.body,
            kind=request.header("X-Amz-Invocation-Type") or "RequestResponse",
            tail=request.header("X-Amz-Log-Type") == "Tail",
            context=request.header("X-Amz-Client-Context"),
            trace=request.header(TRACE),
        )

    def _manage(self, name: str, qualifier: str, operation: str, request: Request) -> Response:
        action = self._action(name, qualifier, operation, request.body)
        if action is None:
            return _unknown_operation(request)
        value = action()
        return Response(status=204) if value is None else json_response(201 if request.method == "POST" else 200, value)

    def _action(self, name: str, qualifier: str, operation: str, body: bytes) -> Callable[[], object] | None:
        do = self._actions
        if not name:
            return do.list_functions if operation == "GET " else None
        method, _, alias = operation.partition(" aliases/")
        if alias:
            return {
                "GET": lambda: do.get_alias(name, alias),
                "PUT": lambda: do.update_alias(name, alias, decoded(body, AliasUpdate)),
                "DELETE": lambda: do.delete_alias(name, alias),
            }.get(method)
        actions: dict[str, Callable[[], object]] = {
            "GET ": lambda: do.get_function(name, qualifier),
            "GET configuration": lambda: do.get_configuration(name, qualifier),
            "PUT code": lambda: do.update_code(name, decoded(body, UpdateFunctionCode)),
            "GET versions": lambda: do.list_versions(name),
            "POST versions": lambda: do.publish(name, decoded(body, PublishVersion)),
            "GET aliases": lambda: do.list_aliases(name),
            "POST aliases": lambda: do.create_alias(name, decoded(body, NewAlias)),
            "GET concurrency": lambda: do.get_concurrency(name),
            "PUT concurrency": lambda: do.put_concurrency(name, decoded(body, Reservation)),
            "DELETE concurrency": lambda: do.delete_concurrency(name),
        }
        return actions.get(operation)


def _with_id(response: Response) -> Response:
    """Return the response with a new request id, unless it has that of an invocation."""
    if any(name == _REQUEST_ID for name, _ in response.headers):
        return response
    return msgspec.structs.replace(response, headers=(*response.headers, (_REQUEST_ID, str(uuid4()))))


def _unknown_operation(request: Request) -> Response:
    message = f"{request.method} {request.path} is not supported"
    return _error_response(404, "UnknownOperationException", message)


def _error_response(status: int, error_type: str, message: str, **more: str) -> Response:
    body = {"Type": "User" if status < 500 else "Service", "message": message, **more}
    return json_response(status, body, (("x-amzn-ErrorType", error_type),))
