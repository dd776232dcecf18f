"""Who signed a request, and for which service: the credential scope of Signature Version 4.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import unquote

import msgspec

from lab.http.server import Request

OWNER: Final = "TESTKEY0TESTKEY0TEST"
DEPLOYER: Final = "TESTKEY0TESTDEPLOYER"
FUNCTION: Final = "TESTKEY0TESTFUNCTION"

_SCOPE: Final = re.compile(r"Credential=(?P<key>\w+)/\d+/[\w-]+/(?P<service>[\w-]+)/aws4_request")


class Scope(msgspec.Struct, frozen=True):
    """The access key and the service's signing name; both empty when nobody signed."""

    key: str = ""
    service: str = ""


def scope(request: Request) -> Scope:
    """Return what the Authorization header says, or the query of a presigned link."""
    found = _SCOPE.search(f"{request.header('Authorization')} {unquote(request.query)}")
    return Scope(found["key"], found["service"]) if found else Scope()
