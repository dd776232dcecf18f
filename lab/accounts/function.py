"""One version of one function."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import msgspec

REGION = "eu-west-1"
ACCOUNT = "000000000000"
LATEST = "$LATEST"


class Function(msgspec.Struct, frozen=True, kw_only=True):
    """A deployed function: the unpacked package, the interpreter, and the directory of AWS's runtime client.

    ``code`` is the digest of the package, which tells two deployments of one version apart; ``flags`` go to
    the interpreter.
    """

    package: Path
    python: Path
    runtime_client: Path
    handler: str = "wsgi.handler"
    memory_mb: int = 1769
    environment: Mapping[str, str] = {}
    name: str = "local"
    version: str = LATEST
    timeout_s: float = 30.0
    flags: tuple[str, ...] = ()
    code: str = ""

    @property
    def key(self) -> tuple[str, str, str]:
        """Return the key that a container must share to serve this function."""
        return self.name, self.version, self.code

    @property
    def arn(self) -> str:
        """Return the ARN without a qualifier."""
        return f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{self.name}"
