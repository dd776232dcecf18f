"""The names that a function's own environment variables can have, and the room there is for all of them.

https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Final

from lab.errors import SetupError

_NAME: Final = re.compile("[a-zA-Z][a-zA-Z0-9_]+")
# reserved too, but the lab takes them: on AWS they are those of the function's role, and the lab has none
_CREDENTIALS: Final = frozenset({"AWS_ACCESS_KEY", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"})
_RESERVED: Final = frozenset(
    {
        *("_HANDLER", "_X_AMZN_TRACE_ID", "AWS_DEFAULT_REGION", "AWS_REGION", "AWS_EXECUTION_ENV"),
        *("AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_FUNCTION_VERSION"),
        *("AWS_LAMBDA_INITIALIZATION_TYPE", "AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME"),
        *("AWS_LAMBDA_MAX_CONCURRENCY", "AWS_LAMBDA_RUNTIME_API", "LAMBDA_TASK_ROOT", "LAMBDA_RUNTIME_DIR"),
        *("AWS_LAMBDA_METADATA_API", "AWS_LAMBDA_METADATA_TOKEN"),
    }
)
# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
_MOST_BYTES: Final = 4096


def expect_variable(name: str, option: str) -> None:
    """Raise SetupError, with the option that names it, for a variable that AWS would refuse."""
    if name in _RESERVED:
        raise SetupError(f"{option}: {name} is reserved: Lambda sets it itself")
    if not _NAME.fullmatch(name):
        raise SetupError(
            f"{option}: expected a name of two or more letters, digits and underscores, the first a letter, "
            f"received {name!r}"
        )


def expect_room(variables: Mapping[str, str], option: str) -> None:
    """Raise SetupError, with the option that gives them, for more variables than a function's configuration holds.

    AWS counts the bytes of the JSON object without white space: names, values, quotes, commas and brackets.
    https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-deployment.html
    """
    sizes = {name: _json_bytes(value) for name, value in variables.items() if name not in _CREDENTIALS}
    size = _json_bytes({name: variables[name] for name in sizes})
    if size > _MOST_BYTES:
        largest = max(sizes, key=lambda name: sizes[name])
        raise SetupError(
            f"{option}: the variables take {size:,} bytes as JSON, {size - _MOST_BYTES:,} more than Lambda's "
            f"{_MOST_BYTES:,}: shorten them, above all {largest}, or keep what is large in the package, SSM or S3"
        )


def _json_bytes(value: object) -> int:
    # a value of this machine's may be no UTF-8
    return len(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode(errors="surrogateescape"))
