"""The context of an invocation, for those who call a handler themselves."""

from __future__ import annotations


class LambdaContext:
    """What the runtime passes beside the event: https://docs.aws.amazon.com/lambda/latest/dg/python-context.html"""

    def __init__(self, remaining_ms: int = 29_000) -> None:
        self.aws_request_id = "11111111-2222-4333-8444-555555555555"
        self.function_name = "monolambda-dev"
        self._remaining_ms = remaining_ms

    def get_remaining_time_in_millis(self) -> int:
        """Return the milliseconds left."""
        return self._remaining_ms
