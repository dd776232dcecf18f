"""Error responses of S3.

https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from xml.sax.saxutils import escape


class S3Error(Exception):
    """An error as S3 reports it: status, code, message, and further XML elements."""

    def __init__(self, status: int, code: str, message: str, details: Mapping[str, str] | None = None) -> None:
        super().__init__(f"{code}: {message}")
        self.status = status
        self.elements = {"Code": code, "Message": message, **(details or {})}

    def respond(self, start_response: Any) -> Iterable[bytes]:
        """Send the error as a WSGI response."""
        inner = "".join(f"<{name}>{escape(text)}</{name}>" for name, text in self.elements.items())
        region = [("x-amz-bucket-region", self.elements["Region"])] if "Region" in self.elements else []
        start_response(f"{self.status} Error", [("Content-Type", "application/xml"), *region])
        return [f'<?xml version="1.0" encoding="UTF-8"?>\n<Error>{inner}</Error>'.encode()]
