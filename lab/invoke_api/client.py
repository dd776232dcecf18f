"""Connects to a Lambda API: AWS's own for the ARN of a function, or any other by its URL."""

from __future__ import annotations

import re
from typing import Any, Final
from urllib.parse import urlsplit

from lab.account.function import ACCOUNT, REGION
from lab.errors import SetupError

_ARN: Final = re.compile(r"arn:aws[\w-]*:lambda:(?P<region>[a-z0-9-]+):(?P<account>\d{12}):function:[\w-]+")
_LOOPBACK: Final = ("127.0.0.1", "localhost", "::1")
_READ_TIMEOUT_S: Final = 120


def lambda_client(function: str, endpoint_url: str | None) -> Any:
    """Return boto3's client of the API that has the function; raise SetupError.

    Only the whole ARN of a function makes it AWS's API, so that nothing leaves this machine by mistake.
    """
    # half a second, which few commands need
    import boto3  # type: ignore[import-untyped] # noqa: PLC0415
    from botocore.config import Config  # type: ignore[import-untyped] # noqa: PLC0415
    from botocore.exceptions import BotoCoreError  # type: ignore[import-untyped] # noqa: PLC0415

    arn = _ARN.fullmatch(function)
    if not endpoint_url and (not arn or arn["account"] == ACCOUNT):
        raise SetupError(
            "--function: expected the ARN of a function on AWS, without a qualifier, or its name and --endpoint-url, "
            f"received {function!r}"
        )
    try:
        local = urlsplit(endpoint_url or "").hostname in _LOOPBACK
        # the lab checks no signature, but boto3 makes none without keys
        keys = {"aws_access_key_id": "none", "aws_secret_access_key": "none"} if local else {}
        return boto3.client(
            "lambda",
            region_name=arn["region"] if arn else REGION,
            endpoint_url=endpoint_url,
            config=Config(retries={"total_max_attempts": 1}, read_timeout=_READ_TIMEOUT_S),
            **keys,
        )
    except ValueError as exc:
        # without the option, of boto3's own variables for it
        raise SetupError(f"--endpoint-url: {exc}" if endpoint_url else str(exc)) from exc
    except BotoCoreError as exc:
        raise SetupError(str(exc)) from exc


def host(client: Any) -> str:
    """Return the host of a client's API, which names a run."""
    return urlsplit(client.meta.endpoint_url).hostname or ""
