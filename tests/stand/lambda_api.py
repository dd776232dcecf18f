"""The routes of the Lambda API that Zappa needs and moto lacks or gets wrong; ``docs/stand.md`` lists them."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import parse_qs, unquote

import msgspec

from lab.http.server import Request, Response, json_response
from tests.stand.dead_letters import DeadLetters
from tests.stand.functions import Functions
from tests.stand.moto_backend import deployed_version, moto

Route = Callable[["LambdaApi", Request, str, str], Response]

_ACCOUNT_SETTINGS: Final = "/2016-08-19/account-settings"
_NAME: Final = r"(?:arn:aws:lambda:[\w-]+:\d+:)?(?:function:)?(?P<name>[\w-]+)(?::(?P<qualifier>[\w$-]+))?"


class LambdaApi:
    """Answers for functions; ``provisioned`` has the provisioned concurrency by function name and qualifier.

    ``concurrency_limit`` is the account's, of which nothing is reserved.
    """

    def __init__(self, url: str, functions: Functions, dead_letters: DeadLetters) -> None:
        self.provisioned: dict[tuple[str, str], int] = {}
        self.concurrency_limit = 1000
        self._url = url
        self._functions = functions
        self._dead_letters = dead_letters

    def answer(self, request: Request) -> Response | None:
        """Return the answer of the first route that matches, or None."""
        path = unquote(request.path)
        if path.rstrip("/") == _ACCOUNT_SETTINGS:
            names = ("ConcurrentExecutions", "UnreservedConcurrentExecutions")
            return json_response(200, {"AccountLimit": dict.fromkeys(names, self.concurrency_limit)})
        for method, pattern, route in _ROUTES:
            found = pattern.fullmatch(path)
            if found and request.method == method:
                query = parse_qs(request.query).get("Qualifier", [""])[0]
                return route(self, request, found["name"], found["qualifier"] or query)
        return None

    def _get_function(self, request: Request, name: str, qualifier: str) -> Response:
        """Return moto's answer for the plain name, with a ``Code.Location`` that works."""
        query = f"?Qualifier={qualifier}" if qualifier else ""
        response = moto(msgspec.structs.replace(request, target=f"/2015-03-31/functions/{name}{query}"))
        if response.status != 200:
            return response
        function = msgspec.json.decode(response.body)
        function["Code"]["Location"] = f"{self._url}/stand/code/{name}:{qualifier or '$LATEST'}"
        return json_response(200, function)

    def _download(self, request: Request, name: str, qualifier: str) -> Response:
        deployed = deployed_version(name, qualifier)
        if deployed is None:
            return _not_found(name)
        return Response(status=200, headers=(("Content-Type", "application/zip"),), body=deployed.archive)

    def _configure(self, request: Request, name: str, qualifier: str) -> Response:
        """Remember the dead-letter queue, which moto ignores. An update that names none changes nothing."""
        fields = msgspec.json.decode(request.body)
        if target := fields.get("DeadLetterConfig", {}).get("TargetArn"):
            self._dead_letters.configure(fields.get("FunctionName", name), target)
        return moto(request)

    def _list_function_urls(self, request: Request, name: str, qualifier: str) -> Response:
        one = moto(msgspec.structs.replace(request, target=f"/2021-10-31/functions/{name}/url"))
        return json_response(200, {"FunctionUrlConfigs": [msgspec.json.decode(one.body)] if one.status == 200 else []})

    def _put_provisioned(self, request: Request, name: str, qualifier: str) -> Response:
        amount = msgspec.json.decode(request.body)["ProvisionedConcurrentExecutions"]
        self.provisioned[name, qualifier] = amount
        return json_response(202, _provisioned_fields(amount))

    def _get_provisioned(self, request: Request, name: str, qualifier: str) -> Response:
        amount = self.provisioned.get((name, qualifier))
        return _not_found(name) if amount is None else json_response(200, _provisioned_fields(amount))

    def _delete_provisioned(self, request: Request, name: str, qualifier: str) -> Response:
        return Response(status=204) if self.provisioned.pop((name, qualifier), 0) else _not_found(name)

    def _invoke(self, request: Request, name: str, qualifier: str) -> Response:
        """Run the uploaded zip. https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html"""
        deployed = deployed_version(name, qualifier)
        if deployed is None:
            return _not_found(name)
        invocation_type = request.header("X-Amz-Invocation-Type")
        if invocation_type == "DryRun":
            return Response(status=204)
        if invocation_type == "Event":
            self._functions.invoke_async(name, qualifier, request.body)
            return Response(status=202)
        outcome = self._functions.invoke(deployed, request.body)
        headers = [("Content-Type", "application/json"), ("X-Amz-Executed-Version", outcome.version)]
        if request.header("X-Amz-Log-Type") == "Tail":
            headers.append(("X-Amz-Log-Result", base64.b64encode(outcome.log_tail).decode()))
        if outcome.error_type:
            headers.append(("X-Amz-Function-Error", "Unhandled"))
        return Response(status=200, headers=tuple(headers), body=outcome.payload)


def _provisioned_fields(amount: int) -> dict[str, Any]:
    names = ("Requested", "Available", "Allocated")
    return {**{f"{name}ProvisionedConcurrentExecutions": amount for name in names}, "Status": "READY"}


def _not_found(name: str) -> Response:
    error = (("x-amzn-ErrorType", "ResourceNotFoundException"),)
    return json_response(404, {"Type": "User", "Message": f"Function not found: {name}"}, error)


def _row(method: str, path: str, route: Route) -> tuple[str, re.Pattern[str], Route]:
    return method, re.compile(path.replace("NAME", _NAME)), route


_ROUTES: Final = (
    _row("GET", "/2015-03-31/functions/NAME", LambdaApi._get_function),
    _row("GET", "/stand/code/NAME", LambdaApi._download),
    _row("POST", "/2015-03-31/functions(?P<name>)(?P<qualifier>)", LambdaApi._configure),
    _row("PUT", "/2015-03-31/functions/NAME/configuration", LambdaApi._configure),
    _row("POST", "/2015-03-31/functions/NAME/invocations", LambdaApi._invoke),
    _row("GET", "/2021-10-31/functions/NAME/urls", LambdaApi._list_function_urls),
    _row("PUT", "/2019-09-30/functions/NAME/provisioned-concurrency", LambdaApi._put_provisioned),
    _row("GET", "/2019-09-30/functions/NAME/provisioned-concurrency", LambdaApi._get_provisioned),
    _row("DELETE", "/2019-09-30/functions/NAME/provisioned-concurrency", LambdaApi._delete_provisioned),
)
