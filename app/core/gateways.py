"""What stands between an HTTP client and the function, and what each of these gateways lets through.

The one table: deadlines, uploads and answers that go by link, the settings and docs/events.md follow it.
"""

# No ``from __future__ import annotations``: a cold start would have to evaluate the text of each annotation.
from collections.abc import Mapping
from typing import Final

import msgspec

# what the status, the headers and JSON may take of an answer
_ENVELOPE_BYTES: Final = 64 * 1024
# 6 MB each: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html; to the byte only Lambda's own
# error messages say it, and they allow an answer 100 bytes more
_EVENT_BYTES: Final = 6_291_456
_ANSWER_BYTES: Final = 6_291_556
# https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html says 1 MB
_ALB_BYTES: Final = 1_000_000


class GatewayLimits(msgspec.Struct, frozen=True, kw_only=True):
    """The limits of one kind of gateway: bytes of the whole event and of the whole answer, seconds for both.

    ``seconds`` is less than what the gateway waits, so that our answer arrives before its own; None where it waits
    as long as the function may run.
    """

    label: str
    event_bytes: int
    answer_bytes: int
    seconds: float | None = None

    @property
    def request_body_bytes(self) -> int:
        """Return how long the body of a request may be: base64 makes it a third longer."""
        return _decoded(self.event_bytes)

    @property
    def response_body_bytes(self) -> int:
        """Return how long the body of a response may be."""
        return _decoded(self.answer_bytes)


def _decoded(encoded_bytes: int) -> int:
    return (encoded_bytes - _ENVELOPE_BYTES) * 3 // 4


# by the kind of their events
GATEWAYS: Final[Mapping[str, GatewayLimits]] = {
    # 29 s: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html
    "rest": GatewayLimits(label="REST API", event_bytes=_EVENT_BYTES, answer_bytes=_ANSWER_BYTES, seconds=28.0),
    # 30 s: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html
    "http_api": GatewayLimits(label="HTTP API", event_bytes=_EVENT_BYTES, answer_bytes=_ANSWER_BYTES, seconds=29.0),
    "function_url": GatewayLimits(label="Function URL", event_bytes=_EVENT_BYTES, answer_bytes=_ANSWER_BYTES),
    "alb": GatewayLimits(label="load balancer", event_bytes=_ALB_BYTES, answer_bytes=_ALB_BYTES),
}
