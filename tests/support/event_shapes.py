"""Events in the shapes AWS documents; each builder names its page."""

from __future__ import annotations

import base64
import json
from typing import Any
from urllib.parse import parse_qsl, quote_plus

Event = dict[str, Any]
HOST = "abc123.execute-api.eu-west-1.amazonaws.com"
SOURCE_IP = "203.0.113.9"
SPOOFED = "127.0.0.1, 203.0.113.9"


class Context:
    """What the runtime passes beside the event: https://docs.aws.amazon.com/lambda/latest/dg/python-context.html"""

    def __init__(self, remaining_ms: int = 29_000) -> None:
        self.aws_request_id = "11111111-2222-4333-8444-555555555555"
        self.function_name = "monolambda-dev"
        self._remaining_ms = remaining_ms

    def get_remaining_time_in_millis(self) -> int:
        return self._remaining_ms


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
    given = {"host": "lb.example", "x-forwarded-for": SPOOFED, "x-forwarded-proto": "https"}
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


def keep_warm() -> Event:
    """What the rule sends that Zappa makes for ``keep_warm`` (Zappa 0.63, schedule_events)."""
    return {
        "time": "2026-11-21T00:00:00Z",
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": "123456789012",
        "region": "eu-west-1",
        "detail": {},
        "version": "0",
        "resources": [
            "arn:aws:events:eu-west-1:123456789012:rule/monolambda-dev-zappa-keep-warm-handler.keep_warm_callback"
        ],
        "id": "53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa",
        "kwargs": {},
    }


def s3_record(key: str = "inbox/photo.jpg", *, bucket: str = "photos", name: str = "ObjectCreated:Put") -> Event:
    """One S3 notification, its key encoded as a form's field.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
    """
    return {
        "eventVersion": "2.1",
        "eventSource": "aws:s3",
        "awsRegion": "eu-west-1",
        "eventTime": "2026-11-21T00:00:00.000Z",
        "eventName": name,
        "userIdentity": {"principalId": "AWS:AIDAJDPLRKLG7UEXAMPLE"},
        "requestParameters": {"sourceIPAddress": SOURCE_IP},
        "responseElements": {"x-amz-request-id": "C3D13FE58DE4C810", "x-amz-id-2": "FMyUVURIY8/IgAtTv8xRjskZQpcIZ9"},
        "s3": {
            "s3SchemaVersion": "1.0",
            "configurationId": "monolambda-dev:wsgi.handler",
            "bucket": {
                "name": bucket,
                "ownerIdentity": {"principalId": "A3NL1KOZZKExample"},
                "arn": f"arn:aws:s3:::{bucket}",
            },
            "object": {
                "key": quote_plus(key, safe="/"),
                "size": 1024,
                "eTag": "d41d8cd98f00b204e9800998ecf8427e",
                "sequencer": "0055AED6DCD90281E5",
            },
        },
    }


def s3_test(bucket: str = "photos") -> Event:
    """What S3 sends once, when a notification is set up.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/how-to-enable-disable-notification-intro.html
    """
    return {
        "Service": "Amazon S3",
        "Event": "s3:TestEvent",
        "Time": "2026-11-21T00:00:00.000Z",
        "Bucket": bucket,
        "RequestId": "5582815E1AEA5ADF",
        "HostId": "8cLeGAmw098X5cv4Zkwcmo8vvZa3eH3eKxsPzbB9wrR+YstdA6Knx4Ip8EXAMPLE",
    }


def notification(*records: Event) -> Event:
    """What S3 sends to a function, and as text to SQS and SNS."""
    return {"Records": list(records) or [s3_record()]}


def in_sns(event: Event) -> Event:
    """An event that SNS sends to a function: https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html"""
    topic = "arn:aws:sns:eu-west-1:123456789012:photos"
    return {
        "Records": [
            {
                "EventSource": "aws:sns",
                "EventVersion": "1.0",
                "EventSubscriptionArn": f"{topic}:2bcfbf39",
                "Sns": {
                    "Type": "Notification",
                    "MessageId": "95df01b4-ee98-5cb9-9903-4c221d41eb5e",
                    "TopicArn": topic,
                    "Subject": "Amazon S3 Notification",
                    "Message": json.dumps(event),
                    "Timestamp": "2026-11-21T00:00:00.000Z",
                    "SignatureVersion": "1",
                    "Signature": "tcc6faL2yUC6dgZdmrwh1Y4cGa/ebXEkAi6RibDsvpi+tE/1+82j...65r==",
                    "SigningCertUrl": "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-ac565b8b1a6c5d.pem",
                    "UnsubscribeUrl": "https://sns.eu-west-1.amazonaws.com/?Action=Unsubscribe",
                    "MessageAttributes": {},
                },
            }
        ]
    }


def sns_body(event: Event) -> Event:
    """What SNS writes into a queue: https://docs.aws.amazon.com/sns/latest/dg/sns-sqs-as-subscriber.html"""
    return {
        "Type": "Notification",
        "MessageId": "dc1e94d9-56c5-5e96-808d-cc7f68faa162",
        "TopicArn": "arn:aws:sns:eu-west-1:123456789012:photos",
        "Subject": "Amazon S3 Notification",
        "Message": json.dumps(event),
        "Timestamp": "2026-11-21T00:00:00.000Z",
        "SignatureVersion": "1",
        "Signature": "FMG5tlZhJNHLHUXvZgtZzlk24FzVa7oX0T4P03neeXw8ZEXZx6z35j2FOTuNYShn2h0bKNC",
        "UnsubscribeURL": "https://sns.eu-west-1.amazonaws.com/?Action=Unsubscribe",
    }


def in_sqs(*bodies: Event | str) -> Event:
    """A batch that SQS sends to a function, its messages ``m0``, ``m1``, …

    https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
    """
    return {
        "Records": [
            {
                "messageId": f"m{number}",
                "receiptHandle": "AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a...",
                "body": body if isinstance(body, str) else json.dumps(body),
                "attributes": {
                    "ApproximateReceiveCount": "1",
                    "SentTimestamp": "1545082649183",
                    "SenderId": "AIDAIENQZJOLO23YVJ4VO",
                    "ApproximateFirstReceiveTimestamp": "1545082649185",
                },
                "messageAttributes": {},
                "md5OfBody": "e4e68fb7bd0e697a0ae8f1bb342846b3",
                "eventSource": "aws:sqs",
                "eventSourceARN": "arn:aws:sqs:eu-west-1:123456789012:photos",
                "awsRegion": "eu-west-1",
            }
            for number, body in enumerate(bodies)
        ]
    }


def eventbridge(key: str = "inbox/photo.jpg", *, bucket: str = "photos", kind: str = "Object Created") -> Event:
    """What S3 sends through EventBridge; the key is not encoded.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
    """
    return {
        "version": "0",
        "id": "17793124-05d4-b198-2fde-7ededc63b103",
        "detail-type": kind,
        "source": "aws.s3",
        "account": "111122223333",
        "time": "2026-11-21T00:00:00Z",
        "region": "ca-central-1",
        "resources": [f"arn:aws:s3:::{bucket}"],
        "detail": {
            "version": "0",
            "bucket": {"name": bucket},
            "object": {"key": key, "size": 5, "etag": "b1946ac92492d2347c6235b4d2611184"},
            "request-id": "N4N7GDK58NMKJ12R",
            "requester": "123456789012",
            "source-ip-address": "1.2.3.4",
            "reason": "PutObject",
        },
    }
