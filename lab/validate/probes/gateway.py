"""What a gateway makes of requests, answers and failures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from lab.traits import MIB
from lab.validate.probe import GATEWAY_GUIDE, GUIDE, Probe
from lab.validate.probed_url import ApiName, ProbedUrl

_BYTES: Final = bytes(range(256))

_SOURCES: Final[Mapping[ApiName, str]] = {
    "REST API": f"{GATEWAY_GUIDE}/set-up-lambda-proxy-integrations.html",
    "HTTP API": f"{GATEWAY_GUIDE}/http-api-develop-integrations-lambda.html",
    "Function URL": f"{GUIDE}/urls-invocation.html",
}
_FIELDS: Final[Mapping[ApiName, frozenset[str]]] = {
    "REST API": frozenset(
        {
            *("resource", "path", "httpMethod", "headers", "multiValueHeaders", "queryStringParameters"),
            *("multiValueQueryStringParameters", "pathParameters", "stageVariables", "requestContext"),
            *("body", "isBase64Encoded"),
        }
    ),
    # what depends on the request or on the API's settings is left out: cookies, body, path parameters, stage variables
    "HTTP API": frozenset(
        {
            *("version", "routeKey", "rawPath", "rawQueryString", "headers", "queryStringParameters"),
            *("requestContext", "isBase64Encoded"),
        }
    ),
}
_MALFORMED: Final = "502 Internal server error"
_FAILED: Final[Mapping[ApiName, str]] = {
    "REST API": "502 Internal server error",
    "HTTP API": "500 Internal Server Error",
    "Function URL": "502 Internal Server Error",
}


def _fields(url: ProbedUrl) -> str:
    expected = _FIELDS.get(url.api, _FIELDS["HTTP API"])
    missing = sorted(expected - set(url.event))
    return f"all but {', '.join(missing)}" if missing else "all"


def _header(url: ProbedUrl, name: str) -> str:
    return next((value for key, value in url.event["headers"].items() if key.lower() == name), "none")


def _forwarded(url: ProbedUrl) -> str:
    return f"{_header(url, 'x-forwarded-proto')}, {_header(url, 'x-forwarded-port')}"


def _trace(url: ProbedUrl) -> str:
    return "Root=1-…" if _header(url, "x-amzn-trace-id").startswith("Root=1-") else "none"


def _failure(url: ProbedUrl) -> str:
    return _summary(url.request("GET", "raise"))


def _plain(url: ProbedUrl) -> str:
    response = url.request("GET", "plain")
    return "200, as the body" if response.status_code == 200 and "plain" in response.text else _summary(response)


def _binary(url: ProbedUrl) -> str:
    response = url.request("POST", "echo", _BYTES)
    return "unchanged" if response.content == _BYTES else f"changed, {response.status_code}"


def _large(url: ProbedUrl) -> str:
    return str(url.request("POST", "echo", bytes(10 * MIB + 1)).status_code)


def _cookies(url: ProbedUrl) -> str:
    return ", ".join(url.request("GET", "headers").raw.headers.getlist("Set-Cookie")) or "none"


def _renamed(url: ProbedUrl) -> str:
    prefix = "x-amzn-remapped-"
    names = (name.lower() for name in url.request("GET", "headers").headers)
    return ", ".join(sorted(name.removeprefix(prefix) for name in names if name.startswith(prefix))) or "none"


def _summary(response: Any) -> str:
    """Return the status with the message, which is JSON or text."""
    try:
        message = response.json()["message"]
    except (ValueError, KeyError, TypeError):
        message = response.text[:60]
    return f"{response.status_code} {message}"


def probes(api: ApiName) -> tuple[Probe[ProbedUrl], ...]:
    """Return the probes of one kind of gateway, with what is documented for it."""
    source = _SOURCES[api]
    renames = f"{GATEWAY_GUIDE}/api-gateway-known-issues.html"
    plain = _MALFORMED if api == "REST API" else "200, as the body"
    return (
        Probe(trait=f"{api}: fields of the event", documented="all", source=source, look=_fields),
        Probe(trait=f"{api}: X-Forwarded-Proto, -Port", documented="https, 443", source=source, look=_forwarded),
        Probe(trait=f"{api}: X-Amzn-Trace-Id", documented="Root=1-…", source=source, look=_trace),
        Probe(trait=f"{api}: a function that fails", documented=_FAILED[api], source=source, look=_failure),
        Probe(trait=f"{api}: JSON without a statusCode", documented=plain, source=source, look=_plain),
        Probe(trait=f"{api}: a binary body", documented="unchanged", source=source, look=_binary),
        Probe(trait=f"{api}: a body of 10 MB and a byte", documented="413", source=source, look=_large),
        Probe(trait=f"{api}: two cookies", documented="a=1, b=2", source=source, look=_cookies),
        # AWS lists what may be renamed, not what is
        Probe(trait=f"{api}: renamed headers of an answer", documented="", source=renames, look=_renamed),
    )
