"""What moto's Lambda lacks and Zappa needs: one row a route, see ``docs/stand.md``."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qs, unquote

import msgspec

from lab.http.server import Request, Response, json_response
from tests.stand.backend import code_of, moto

if TYPE_CHECKING:
    from tests.stand.aws import Stand

_NAME: Final = r"(?:arn:aws:lambda:[\w-]+:\d+:)?(?:function:)?(?P<name>[\w-]+)(?::(?P<part>[\w$-]+))?"


def answer(stand: Stand, request: Request) -> Response | None:
    """Return the shim's answer, or None when the request is moto's."""
    path = unquote(request.path)
    for method, pattern, route in _ROUTES:
        found = pattern.fullmatch(path)
        if found and request.method == method:
            query = parse_qs(request.query).get("Qualifier", [""])[0]
            return route(stand, request, found["name"], found["part"] or query)
    return None


def _get_function(stand: Stand, request: Request, name: str, qualifier: str) -> Response:
    """Let moto answer under the plain name, and say where the zip really is."""
    query = f"?Qualifier={qualifier}" if qualifier else ""
    answered = moto(msgspec.structs.replace(request, target=f"/2015-03-31/functions/{name}{query}"))
    if answered.status != 200:
        return answered
    told = msgspec.json.decode(answered.body)
    told["Code"]["Location"] = f"{stand.url}/stand/code/{name}:{qualifier or '$LATEST'}"
    return json_response(200, told)


def _download(stand: Stand, request: Request, name: str, qualifier: str) -> Response:
    code = code_of(name, qualifier)
    if code is None:
        return _missing(name)
    return Response(status=200, headers=(("Content-Type", "application/zip"),), body=code.archive)


def _configure(stand: Stand, request: Request, name: str, qualifier: str) -> Response:
    """Remember the dead-letter queue, which moto forgets. An update that names none leaves it."""
    asked = msgspec.json.decode(request.body)
    if target := asked.get("DeadLetterConfig", {}).get("TargetArn"):
        stand.dead_letters[asked.get("FunctionName", name)] = target
    return moto(request)


def _function_urls(stand: Stand, request: Request, name: str, qualifier: str) -> Response:
    one = moto(msgspec.structs.replace(request, target=f"/2021-10-31/functions/{name}/url"))
    return json_response(200, {"FunctionUrlConfigs": [msgspec.json.decode(one.body)] if one.status == 200 else []})


def _provision(stand: Stand, request: Request, name: str, qualifier: str) -> Response:
    asked = msgspec.json.decode(request.body)["ProvisionedConcurrentExecutions"]
    stand.provisioned[name, qualifier] = asked
    return json_response(202, _provisioned_fields(asked))


def _provisioned(stand: Stand, request: Request, name: str, qualifier: str) -> Response:
    asked = stand.provisioned.get((name, qualifier))
    return _missing(name) if asked is None else json_response(200, _provisioned_fields(asked))


def _unprovision(stand: Stand, request: Request, name: str, qualifier: str) -> Response:
    return Response(status=204) if stand.provisioned.pop((name, qualifier), 0) else _missing(name)


def _invoke(stand: Stand, request: Request, name: str, qualifier: str) -> Response:
    """Run the uploaded zip. https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html"""
    code = code_of(name, qualifier)
    if code is None:
        return _missing(name)
    kind = request.header("X-Amz-Invocation-Type")
    if kind == "DryRun":
        return Response(status=204)
    if kind == "Event":
        stand.containers.later(name, qualifier, request.body)
        return Response(status=202)
    outcome = stand.containers.run(code, request.body)
    headers = [("Content-Type", "application/json"), ("X-Amz-Executed-Version", outcome.version)]
    if request.header("X-Amz-Log-Type") == "Tail":
        headers.append(("X-Amz-Log-Result", base64.b64encode(outcome.log_tail).decode()))
    if outcome.error_type:
        headers.append(("X-Amz-Function-Error", "Unhandled"))
    return Response(status=200, headers=tuple(headers), body=outcome.payload)


def _provisioned_fields(asked: int) -> dict[str, Any]:
    amounts = ("Requested", "Available", "Allocated")
    return {**{f"{name}ProvisionedConcurrentExecutions": asked for name in amounts}, "Status": "READY"}


def _missing(name: str) -> Response:
    kind = (("x-amzn-ErrorType", "ResourceNotFoundException"),)
    return json_response(404, {"Type": "User", "Message": f"Function not found: {name}"}, kind)


Route = Callable[["Stand", Request, str, str], Response]


def _row(method: str, path: str, route: Route) -> tuple[str, re.Pattern[str], Route]:
    return method, re.compile(path.replace("NAME", _NAME)), route


_ROUTES: Final = (
    _row("GET", "/2015-03-31/functions/NAME", _get_function),
    _row("GET", "/stand/code/NAME", _download),
    _row("POST", "/2015-03-31/functions(?P<name>)(?P<part>)", _configure),
    _row("PUT", "/2015-03-31/functions/NAME/configuration", _configure),
    _row("POST", "/2015-03-31/functions/NAME/invocations", _invoke),
    _row("GET", "/2021-10-31/functions/NAME/urls", _function_urls),
    _row("PUT", "/2019-09-30/functions/NAME/provisioned-concurrency", _provision),
    _row("GET", "/2019-09-30/functions/NAME/provisioned-concurrency", _provisioned),
    _row("DELETE", "/2019-09-30/functions/NAME/provisioned-concurrency", _unprovision),
)
