"""The one exception that may leave the handler: it asks the platform to send the event again."""

from __future__ import annotations


class RetryMeant(Exception):
    """The event failed in a way that may pass.

    Lambda sends an asynchronous event twice more, and then to the function's dead-letter queue:
    https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
    """
