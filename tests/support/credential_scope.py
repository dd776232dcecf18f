"""Reads who signed a request and for which service: the credential scope of Signature Version 4.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import unquote

import msgspec

from lab.http.server import Request

_SCOPE: Final = re.compile(r"Credential=(?P<key>\w+)/\d+/[\w-]+/(?P<service>[\w-]+)/aws4_request")


class CredentialScope(msgspec.Struct, frozen=True):
    """The access key and the service's signing name; both are empty for an unsigned request."""

    access_key: str = ""
    service: str = ""


def credential_scope(request: Request) -> CredentialScope:
    """Return what the Authorization header says, or the query of a presigned URL."""
    found = _SCOPE.search(f"{request.header('Authorization')} {unquote(request.query)}")
    return CredentialScope(found["key"], found["service"]) if found else CredentialScope()
