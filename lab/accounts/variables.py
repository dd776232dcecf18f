"""The names that a function's own environment variables can have.

https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
"""

from __future__ import annotations

import re
from typing import Final

from lab.errors import SetupError

_NAME: Final = re.compile("[a-zA-Z][a-zA-Z0-9_]+")
# not the credentials, which are reserved too: on AWS they are those of the function's role, and the lab has none
_RESERVED: Final = frozenset(
    {
        *("_HANDLER", "_X_AMZN_TRACE_ID", "AWS_DEFAULT_REGION", "AWS_REGION", "AWS_EXECUTION_ENV"),
        *("AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_FUNCTION_VERSION"),
        *("AWS_LAMBDA_INITIALIZATION_TYPE", "AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME"),
        *("AWS_LAMBDA_MAX_CONCURRENCY", "AWS_LAMBDA_RUNTIME_API", "LAMBDA_TASK_ROOT", "LAMBDA_RUNTIME_DIR"),
    }
)


def expect_variable(name: str, option: str) -> None:
    """Raise SetupError, with the option that names it, for a variable that AWS would refuse."""
    if name in _RESERVED:
        raise SetupError(f"{option}: {name} is reserved: Lambda sets it itself")
    if not _NAME.fullmatch(name):
        raise SetupError(
            f"{option}: expected a name of two or more letters, digits and underscores, the first a letter, "
            f"received {name!r}"
        )
