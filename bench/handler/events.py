"""Events as AWS sends them: of API Gateway, with the headers of a browser's request, and of S3."""

from __future__ import annotations

import base64
from typing import Any

Event = dict[str, Any]
HOST = "abc123.execute-api.eu-west-1.amazonaws.com"
HEADERS = {
    "Accept": "image/*,*/*;q=0.8",
    "Accept-Encoding": "gzip, deflate, br",
    "Accept-Language": "en-GB,en;q=0.5",
    "Host": HOST,
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
    "X-Amzn-Trace-Id": "Root=1-67891233-abcdef012345678912345678",
    "X-Forwarded-For": "203.0.113.9",
    "X-Forwarded-Port": "443",
    "X-Forwarded-Proto": "https",
}


def rest_event(
    method: str, path: str, *, query: dict[str, str] | None = None, body: bytes = b"", content_type: str = ""
) -> Event:
    """Return the event of a REST API, payload format 1.0.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
    """
    headers = _headers(content_type)
    return {
        "resource": "/{proxy+}",
        "path": path,
        "httpMethod": method,
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "queryStringParameters": query,
        "multiValueQueryStringParameters": {name: [value] for name, value in query.items()} if query else None,
        "pathParameters": {"proxy": path.lstrip("/")},
        "stageVariables": None,
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "abc123",
            "httpMethod": method,
            "identity": {"sourceIp": "203.0.113.9", "userAgent": HEADERS["User-Agent"]},
            "path": "/dev" + path,
            "protocol": "HTTP/1.1",
            "resourcePath": "/{proxy+}",
            "stage": "dev",
        },
        **_body(body),
    }


def http_event(
    method: str, path: str, *, query: dict[str, str] | None = None, body: bytes = b"", content_type: str = ""
) -> Event:
    """Return the event of an HTTP API or a Function URL, payload format 2.0.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
    """
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": "&".join(f"{name}={value}" for name, value in (query or {}).items()),
        "headers": {name.lower(): value for name, value in _headers(content_type).items()},
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "abc123",
            "domainName": HOST,
            "http": {
                "method": method,
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": "203.0.113.9",
                "userAgent": HEADERS["User-Agent"],
            },
            "requestId": "id",
            "routeKey": "$default",
            "stage": "$default",
            "timeEpoch": 1_583_348_638_390,
        },
        **_body(body),
    }


def s3_event(bucket: str, key: str, *, size: int) -> Event:
    """Return the event of a new object, whose ``key`` needs no escapes.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
    """
    record = {
        "eventVersion": "2.1",
        "eventSource": "aws:s3",
        "awsRegion": "eu-west-1",
        "eventTime": "2026-11-21T00:00:00.000Z",
        "eventName": "ObjectCreated:Put",
        "s3": {
            "s3SchemaVersion": "1.0",
            "bucket": {"name": bucket, "arn": f"arn:aws:s3:::{bucket}"},
            "object": {"key": key, "size": size, "sequencer": "0055AED6DCD90281E5"},
        },
    }
    return {"Records": [record]}


def _headers(content_type: str) -> dict[str, str]:
    return {**HEADERS, **({"Content-Type": content_type} if content_type else {})}


def _body(body: bytes) -> Event:
    return {"body": base64.b64encode(body).decode() if body else None, "isBase64Encoded": bool(body)}
