"""The headers that a REST API drops or renames on their way to a function and back.

The table is in https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html
("important notes for REST APIs"); of its three columns this is the one for Lambda.
"""

from __future__ import annotations

from typing import Final

from lab.gateway.headers import HOP_BY_HOP
from lab.http.server import Headers

# what never reaches the function
DROPPED: Final = HOP_BY_HOP | {
    *("content-md5", "expect", "max-forwards", "proxy-authenticate", "server", "www-authenticate"),
}
_DROPPED_BACK: Final = frozenset(
    {"expect", "host", "proxy-authenticate", "te", "trailer", "transfer-encoding", "upgrade", "via"}
)
# Content-Length is not in the table, but renamed too: the gateway counts what it sends itself
_REMAPPED: Final = frozenset(
    {
        *("authorization", "connection", "content-length", "content-md5", "date", "max-forwards"),
        *("server", "user-agent", "www-authenticate"),
    }
)
_SIGNATURE: Final = "AWS4-HMAC-SHA256"


def without_signature(headers: Headers) -> Headers:
    """Return the headers without an Authorization that signs the request for AWS itself."""
    return tuple(
        (name, value)
        for name, value in headers
        if not (name.lower() == "authorization" and value.startswith(_SIGNATURE))
    )


def remapped(headers: Headers) -> Headers:
    """Return a function's headers as the client gets them: some under another name, some not at all."""
    return tuple(
        (f"x-amzn-Remapped-{name}" if name.lower() in _REMAPPED else name, value)
        for name, value in headers
        if name.lower() not in _DROPPED_BACK
    )
