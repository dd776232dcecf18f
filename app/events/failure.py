"""What an event that cannot be answered raises; the first leaves the handler, the second never does."""

from __future__ import annotations


class InvocationFailed(Exception):
    """The event failed for a reason that may pass.

    Lambda retries an asynchronous event twice, then sends it to the function's dead-letter queue:
    https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
    """


class MalformedEvent(Exception):
    """The event only looks like one of its kind; sending it again cannot help."""
