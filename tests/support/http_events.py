"""HTTP events in the shapes AWS documents; each builder names its page."""

from __future__ import annotations

import base64
from typing import Any
from urllib.parse import parse_qsl

Event = dict[str, Any]
HOST = "abc123.execute-api.eu-west-1.amazonaws.com"
SOURCE_IP = "203.0.113.9"
SPOOFED = "127.0.0.1, 203.0.113.9"


def rest(
    method: str,
    path: str,
    *,
    query: str = "",
    headers: dict[str, str] | None = None,
    body: bytes = b"",
    prefix: str = "/dev",
    path_has_prefix: bool = False,
    host: str = HOST,
) -> Event:
    """A REST API (v1) proxy event.

    ``prefix`` is what the caller's url has before our path. Under a stage it is not part of ``path``;
    under a base path mapping of a custom domain it is.
    https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
    """
    given = {"Host": host, "X-Forwarded-For": SPOOFED, "X-Forwarded-Proto": "https", **(headers or {})}
    pairs = parse_qsl(query, keep_blank_values=True)
    several: dict[str, list[str]] = {}
    for name, value in pairs:
        several.setdefault(name, []).append(value)
    return {
        "resource": "/" if path == "/" else "/{proxy+}",
        "path": (prefix if path_has_prefix else "") + path,
        "httpMethod": method,
        "headers": given,
        "multiValueHeaders": {name: [value] for name, value in given.items()},
        "queryStringParameters": dict(pairs) or None,
        "multiValueQueryStringParameters": several or None,
        "pathParameters": None if path == "/" else {"proxy": path.lstrip("/")},
        "stageVariables": None,
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "abc123",
            "httpMethod": method,
            "identity": {"sourceIp": SOURCE_IP, "userAgent": "curl/8"},
            "path": prefix + path,
            "protocol": "HTTP/1.1",
            "resourcePath": "/{proxy+}",
            "stage": "dev",
        },
        **_body(body),
    }


def http_api(
    method: str,
    path: str,
    *,
    query: str = "",
    headers: dict[str, str] | None = None,
    cookies: list[str] | None = None,
    body: bytes = b"",
    stage: str = "$default",
    host: str = HOST,
) -> Event:
    """An HTTP API (v2) event, the shape of Function URLs too (their stage is always ``$default``).

    https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
    https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html
    """
    raw_path = path if stage == "$default" else f"/{stage}{path}"
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": raw_path,
        "rawQueryString": query,
        **({"cookies": cookies} if cookies else {}),
        "headers": {"host": host, "x-forwarded-for": SPOOFED, "x-forwarded-proto": "https"}
        | {name.lower(): value for name, value in (headers or {}).items()},
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "abc123",
            "domainName": host,
            "http": {
                "method": method,
                "path": raw_path,
                "protocol": "HTTP/1.1",
                "sourceIp": SOURCE_IP,
                "userAgent": "curl/8",
            },
            "requestId": "id",
            "routeKey": "$default",
            "stage": stage,
            "timeEpoch": 1583348638390,
        },
        **_body(body),
    }


def http_api_1(
    method: str,
    path: str,
    *,
    query: str = "",
    headers: dict[str, str] | None = None,
    body: bytes = b"",
    stage: str = "dev",
) -> Event:
    """An HTTP API's event in payload format 1.0, from its ``$default`` route; the path has the stage, and is decoded.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
    https://github.com/dougmoscrop/serverless-http/pull/143
    https://github.com/middleapi/standard-server/pull/93
    """
    prefix = "" if stage == "$default" else f"/{stage}"
    event = rest(method, path, query=query, headers=headers, body=body, prefix=prefix, path_has_prefix=True)
    context = {**event["requestContext"], "domainName": HOST, "resourcePath": "$default", "stage": stage}
    return {**event, "version": "1.0", "resource": "$default", "pathParameters": None, "requestContext": context}


def alb(
    method: str,
    path: str,
    *,
    query: str = "",
    headers: dict[str, str] | None = None,
    body: bytes = b"",
    multi: bool = False,
) -> Event:
    """A load balancer event; ``multi`` when the target group has multi-value headers on.

    Query values arrive as they were sent, still percent-encoded.
    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html
    """
    # a load balancer adds whom it saw
    given = {"host": "lb.example", "x-forwarded-for": f"{SPOOFED}, {SOURCE_IP}", "x-forwarded-proto": "https"}
    given |= {name.lower(): value for name, value in (headers or {}).items()}
    pairs = [part.partition("=")[::2] for part in query.split("&") if part]
    event: Event = {
        "requestContext": {
            "elb": {"targetGroupArn": "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/x/6d0e"}
        },
        "httpMethod": method,
        "path": path,
        **_body(body),
    }
    if not multi:
        return {**event, "queryStringParameters": dict(pairs), "headers": given}
    several: dict[str, list[str]] = {}
    for name, value in pairs:
        several.setdefault(name, []).append(value)
    many = {name: [value] for name, value in given.items()}
    return {**event, "multiValueQueryStringParameters": several, "multiValueHeaders": many}


def _body(body: bytes) -> Event:
    encoded = base64.b64encode(body).decode() if body else None
    return {"body": encoded, "isBase64Encoded": bool(body)}


def function_url(method: str, path: str, **given: Any) -> Event:
    """A Function URL's event: that of an HTTP API at another domain, its path as it was sent.

    https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html
    """
    return http_api(method, path, host="url-id.lambda-url.eu-west-1.on.aws", **given)


def authorizers(method: str, path: str) -> list[Event]:
    """What API Gateway asks an authorizer about one request, in each of the formats.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-input.html
    https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html
    """
    arn = f"arn:aws:execute-api:eu-west-1:123456789012:abc123/dev/{method}{path}"
    first = {**rest(method, path), "type": "REQUEST", "methodArn": arn}
    second = {**http_api(method, path), "type": "REQUEST", "routeArn": arn, "identitySource": ["user1"]}
    token = {"type": "TOKEN", "authorizationToken": "allow", "methodArn": arn}
    return [first, {**first, "version": "1.0"}, second, token]
