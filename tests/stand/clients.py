"""The three access keys of the local AWS, and boto3 clients for each, so that every request shows who made it."""

from __future__ import annotations

from functools import cache
from typing import Any, Final

from lab.account.function import REGION
from tests.support.s3.server import new_session

OWNER: Final = "TESTKEY0TESTKEY0TEST"
DEPLOYER: Final = "TESTKEY0TESTDEPLOYER"
FUNCTION: Final = "TESTKEY0TESTFUNCTION"


class Clients:
    """Creates boto3 clients of the local AWS, one for each service and access key."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._create = cache(self._new)

    def __call__(self, service: str, access_key: str = OWNER) -> Any:
        """Return a client that signs with ``access_key``."""
        return self._create(service, access_key)

    def _new(self, service: str, access_key: str) -> Any:
        return new_session(self._url, access_key=access_key, region=REGION).client(service)
