"""The only exception that leaves the handler: it fails the invocation, so that the event is sent again."""

from __future__ import annotations


class InvocationFailed(Exception):
    """The event failed for a reason that may pass.

    Lambda retries an asynchronous event twice, then sends it to the function's dead-letter queue:
    https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
    """
