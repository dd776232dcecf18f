"""A function that exceeds its memory while it is loaded."""

from typing import Any

BLOCK = b"x" * (300 * 1024 * 1024)


def handler(event: Any, context: Any) -> Any:
    return len(BLOCK)
