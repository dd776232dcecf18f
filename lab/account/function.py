"""One version of one function."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import msgspec

from lab.traits import VCPU_MB

REGION = "eu-west-1"
ACCOUNT = "000000000000"
LATEST = "$LATEST"
# name, version and digest of the code
Key = tuple[str, str, str]


class Function(msgspec.Struct, frozen=True, kw_only=True):
    """A deployed function: the unpacked package, the interpreter, and the directory of AWS's runtime client.

    ``code`` is the digest of the package in hex, which tells two deployments of one version apart; ``flags`` go to
    the interpreter. ``max_concurrency`` is how many invocations a container takes at once on Managed Instances
    (PerExecutionEnvironmentMaxConcurrency); 0 is Lambda's default, containers that take one. ``file_systems`` are
    directories that all its containers may write, as those of EFS on Lambda:
    https://docs.aws.amazon.com/lambda/latest/dg/configuration-filesystem.html
    """

    package: Path
    python: Path
    runtime_client: Path
    handler: str = "wsgi.handler"
    memory_mb: int = VCPU_MB
    environment: Mapping[str, str] = {}
    name: str = "local"
    version: str = LATEST
    timeout_s: float = 30.0
    flags: tuple[str, ...] = ()
    code: str = ""
    max_concurrency: int = 0
    file_systems: tuple[Path, ...] = ()

    @property
    def key(self) -> Key:
        """Return the key that a container must share to serve this function."""
        return self.name, self.version, self.code

    @property
    def vcpus(self) -> float:
        """Return the vCPUs that Lambda gives for the memory."""
        return self.memory_mb / VCPU_MB

    @property
    def arn(self) -> str:
        """Return the ARN without a qualifier."""
        return f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{self.name}"
