"""How the API names functions: https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html"""

from __future__ import annotations

import re
from typing import Final

_NAME: Final = re.compile(
    r"(?:arn:aws[\w-]*:lambda:[a-z0-9-]+:)?(?:\d{12}:)?(?:function:)?(?P<name>[\w.-]+)(?::(?P<qualifier>\$LATEST|[\w-]+))?"
)


def split_name(text: str) -> tuple[str, str]:
    """Return the name and the qualifier, or an empty one, of a name or an ARN; other text comes back as it is."""
    match = _NAME.fullmatch(text)
    return (match["name"], match["qualifier"] or "") if match else (text, "")
