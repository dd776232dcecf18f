"""Which call a request means, and how the API reports what went wrong.

Paths: https://docs.aws.amazon.com/lambda/latest/api/API_Operations.html
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import parse_qs, unquote

import msgspec

from lab.accounts.versions import ResourceConflict, ResourceNotFound
from lab.errors import LabError, Throttled, TooLarge
from lab.http.server import Request, Response, json_response
from lab.invoke_api.actions import Actions, InvalidEvent, InvalidParameter, answered
from lab.invoke_api.names import split_name

_PATH: Final = re.compile(r"/(?P<date>\d{4}-\d\d-\d\d)/functions(?:/(?P<name>[^/]+)(?P<rest>/.*)?)?/?")
_ERRORS: Final[tuple[tuple[type[LabError], int, str], ...]] = (
    (ResourceNotFound, 404, "ResourceNotFoundException"),
    (ResourceConflict, 409, "ResourceConflictException"),
    (Throttled, 429, "TooManyRequestsException"),
    (TooLarge, 413, "RequestEntityTooLargeException"),
    (InvalidEvent, 400, "InvalidRequestContentException"),
    (InvalidParameter, 400, "InvalidParameterValueException"),
    (LabError, 500, "ServiceException"),
)


class Routes:
    """Answers the API's requests from the actions."""

    def __init__(self, actions: Actions) -> None:
        self._actions = actions

    def answer(self, request: Request) -> Response:
        """Return the answer to one request."""
        match = _PATH.fullmatch(request.path)
        if match is None:
            return _problem(404, "UnknownOperationException", f"{request.method} {request.path} is not supported")
        try:
            name, rest = unquote(match["name"] or ""), match["rest"] or ""
            if rest.rstrip("/") == "/invocations" and request.method == "POST":
                return self._invoke(name, request)
            return self._manage(name, rest.strip("/"), request)
        except (KeyError, ValueError) as exc:
            return _problem(400, "InvalidParameterValueException", str(exc))
        except LabError as exc:
            status, kind = next((status, kind) for error, status, kind in _ERRORS if isinstance(exc, error))
            reason = {"Reason": exc.reason} if isinstance(exc, Throttled) else {}
            return _problem(status, kind, str(exc), **reason)

    def _invoke(self, full: str, request: Request) -> Response:
        name, qualifier = split_name(full)
        asked = parse_qs(request.query).get("Qualifier", [""])[0]
        return self._actions.invoke(
            name,
            asked or qualifier,
            event=request.body,
            kind=request.header("X-Amz-Invocation-Type") or "RequestResponse",
            tail=request.header("X-Amz-Log-Type") == "Tail",
            context=request.header("X-Amz-Client-Context"),
        )

    def _manage(self, full: str, rest: str, request: Request) -> Response:
        name, qualifier = split_name(full)
        qualifier = parse_qs(request.query).get("Qualifier", [qualifier])[0]
        body = msgspec.json.decode(request.body) if request.body else {}
        call = self._call(name, qualifier, f"{request.method} {rest}", body)
        if call is None:
            return _problem(404, "UnknownOperationException", f"{request.method} {request.path} is not supported")
        return answered(201 if request.method == "POST" else 200, call())

    def _call(self, name: str, qualifier: str, what: str, body: dict[str, Any]) -> Callable[[], object] | None:
        do = self._actions
        if not name:
            return do.list_functions if what == "GET " else None
        method, _, alias = what.partition(" aliases/")
        if alias:
            return {
                "GET": lambda: do.get_alias(name, alias),
                "PUT": lambda: do.update_alias(name, alias, body),
                "DELETE": lambda: do.delete_alias(name, alias),
            }.get(method)
        calls: dict[str, Callable[[], object]] = {
            "GET ": lambda: do.get_function(name, qualifier),
            "GET configuration": lambda: do.get_configuration(name, qualifier),
            "PUT code": lambda: do.update_code(name, body),
            "GET versions": lambda: do.list_versions(name),
            "POST versions": lambda: do.publish(name, body),
            "GET aliases": lambda: do.list_aliases(name),
            "POST aliases": lambda: do.create_alias(name, body),
            "GET concurrency": lambda: do.get_concurrency(name),
            "PUT concurrency": lambda: do.put_concurrency(name, body),
            "DELETE concurrency": lambda: do.delete_concurrency(name),
        }
        return calls.get(what)


def _problem(status: int, kind: str, message: str, **more: str) -> Response:
    body = {"Type": "User" if status < 500 else "Service", "message": message, **more}
    return json_response(status, body, (("x-amzn-ErrorType", kind),))
