"""The environment a container sees: what Lambda sets, and nothing of this machine's own."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

from lab.accounts.function import REGION, Function


def environment(function: Function, address: str, temporary: Path, *, log_stream: str, clean: bool) -> dict[str, str]:
    """Return the variables of one container; with ``clean`` off, this machine's shine through.

    https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
    """
    return {
        **({} if clean else os.environ),
        "AWS_LAMBDA_RUNTIME_API": address,
        "_HANDLER": function.handler,
        "LAMBDA_TASK_ROOT": str(function.package),
        "LAMBDA_RUNTIME_DIR": str(function.runtime_client),
        "PYTHONPATH": f"{function.package}:{function.runtime_client}",
        "AWS_LAMBDA_FUNCTION_NAME": function.name,
        "AWS_LAMBDA_FUNCTION_VERSION": function.version,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory_mb),
        "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{function.name}",
        "AWS_LAMBDA_LOG_STREAM_NAME": log_stream,
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        **_runtime(function.python),
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "LANG": "en_US.UTF-8",
        "TZ": ":UTC",
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "TMPDIR": str(temporary),
        # a package that is read-only, as /var/task is, gets no bytecode written beside it
        "PYTHONDONTWRITEBYTECODE": "1",
        **function.environment,
    }


def _runtime(python: Path) -> dict[str, str]:
    """Return the variable that names the runtime: with it AWS's client writes JSON as on Lambda, and waits as there.

    From 3.12 on it does not escape what is not ASCII, and asks for events from a thread of its own. An
    interpreter whose file does not tell its version is left without.
    """
    name = python.resolve().name
    if python == Path(sys.executable):
        name = f"python{sys.version_info.major}.{sys.version_info.minor}"
    return {"AWS_EXECUTION_ENV": f"AWS_Lambda_{name}"} if re.fullmatch(r"python3\.\d+", name) else {}
