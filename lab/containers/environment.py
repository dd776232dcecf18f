"""The environment variables of a container: those Lambda sets, and none of this machine's."""

from __future__ import annotations

import os
import re
import sys
from datetime import datetime
from pathlib import Path
from typing import Final

from lab.account.function import REGION, Function

MANAGED: Final = "lambda-managed-instances"


def environment(function: Function, address: str, temporary: Path, *, log_stream: str, clean: bool) -> dict[str, str]:
    """Return the variables of one container; with ``clean`` off, this machine's are among them.

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
        "AWS_LAMBDA_INITIALIZATION_TYPE": MANAGED if function.max_concurrency else "on-demand",
        **_workers(function.max_concurrency),
        **_runtime(function.python),
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "LANG": "en_US.UTF-8",
        "TZ": ":UTC",
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "TMPDIR": str(temporary),
        # /var/task is read-only, so Lambda writes no bytecode into the package
        "PYTHONDONTWRITEBYTECODE": "1",
        **function.environment,
    }


def _workers(max_concurrency: int) -> dict[str, str]:
    """Return the variables of Managed Instances: how many workers the runtime client forks, and how it logs."""
    if not max_concurrency:
        return {}
    return {"AWS_LAMBDA_MAX_CONCURRENCY": str(max_concurrency), "AWS_LAMBDA_LOG_FORMAT": "JSON"}


def log_stream(version: str, container: str, created: datetime) -> str:
    """Return the name of a container's log stream: its day, the function's version, and 32 hexadecimal digits."""
    return f"{created:%Y/%m/%d}/[{version}]{container}"


def runtime_name(python: Path) -> str:
    """Return ``python3.13`` for an interpreter of that version, empty when its file name does not show it."""
    name = python.resolve().name
    if python == Path(sys.executable):
        name = f"python{sys.version_info.major}.{sys.version_info.minor}"
    return name if re.fullmatch(r"python3\.\d+", name) else ""


def _runtime(python: Path) -> dict[str, str]:
    """Return the variable that names the runtime, if it is known: the behavior of AWS's client depends on it.

    From 3.12 on it writes JSON without escaping non-ASCII characters and polls for events in a thread.
    """
    name = runtime_name(python)
    return {"AWS_EXECUTION_ENV": f"AWS_Lambda_{name}"} if name else {}
