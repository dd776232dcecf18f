"""One container: a process that runs AWS's runtime client on an unpacked function."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

import msgspec

from lab.runtime_api import Reply, RuntimeApi


class Function(msgspec.Struct, frozen=True, kw_only=True):
    """What is deployed: the unpacked package, the interpreter, and where AWS's runtime client is installed.

    ``memory_mb`` only tells the function its size; nothing here limits it.
    """

    package: Path
    python: Path
    runtime_client: Path
    handler: str = "wsgi.handler"
    memory_mb: int = 1769
    environment: Mapping[str, str] = {}


class ContainerProcess:
    """A running container; a context manager, so that no process is left behind."""

    def __init__(self, function: Function) -> None:
        self._api = RuntimeApi()
        self._temporary = tempfile.TemporaryDirectory(prefix="container-")
        self._log = Path(self._temporary.name, "log.txt").open("w+b")  # noqa: SIM115  # closed in close()
        self._process = subprocess.Popen(  # noqa: S603
            [str(function.python), "-m", "awslambdaric", function.handler],
            cwd=function.package,
            env=_environment(function, self._api.address, self._temporary.name),
            stdout=self._log,
            stderr=subprocess.STDOUT,
        )

    @property
    def pid(self) -> int:
        """Return the process id."""
        return self._process.pid

    def invoke(self, event: object, *, timeout_s: float = 30.0) -> Reply:
        """Return the function's answer to ``event``, any JSON value; raise InitError or Timeout."""
        return self._api.invoke(msgspec.json.encode(event), timeout_s=timeout_s)

    def log(self) -> str:
        """Return what the process wrote so far."""
        return Path(self._log.name).read_text(errors="replace")

    def close(self) -> None:
        """End the process and remove its temp directory."""
        self._process.kill()
        self._process.wait()
        self._api.close()
        self._log.close()
        self._temporary.cleanup()

    def __enter__(self) -> ContainerProcess:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _environment(function: Function, address: str, temporary: str) -> dict[str, str]:
    """Return the variables Lambda sets, and nothing of this machine's own.

    https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
    """
    return {
        "AWS_LAMBDA_RUNTIME_API": address,
        "_HANDLER": function.handler,
        "LAMBDA_TASK_ROOT": str(function.package),
        "LAMBDA_RUNTIME_DIR": str(function.runtime_client),
        "PYTHONPATH": f"{function.package}:{function.runtime_client}",
        "AWS_LAMBDA_FUNCTION_NAME": "local",
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory_mb),
        "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/local",
        "AWS_LAMBDA_LOG_STREAM_NAME": "local",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_REGION": "eu-west-1",
        "LANG": "en_US.UTF-8",
        "TZ": ":UTC",
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "TMPDIR": temporary,
        # a package that is read-only, as /var/task is, gets no bytecode written beside it
        "PYTHONDONTWRITEBYTECODE": "1",
        **function.environment,
    }
