"""Says in one line what to do when AWS cannot be asked: no credentials, no region, no right, no network."""

from __future__ import annotations

from typing import Any, Final

from botocore.exceptions import (  # type: ignore[import-untyped]
    BotoCoreError,
    ClientError,
    NoCredentialsError,
    NoRegionError,
    PartialCredentialsError,
    ProfileNotFound,
)

_CURE: Final = "set AWS_PROFILE and AWS_DEFAULT_REGION, or run aws configure (docs/deploy.md#before-the-first-time)"
_UNCONFIGURED: Final = (NoCredentialsError, NoRegionError, PartialCredentialsError, ProfileNotFound)
# https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html
_REFUSED: Final = ("UnrecognizedClientException", "InvalidClientTokenId", "ExpiredTokenException", "ExpiredToken")


def advice(error: BotoCoreError | ClientError) -> str:
    """Return the error, and the cure if it is about how this shell reaches AWS."""
    response: dict[str, Any] = getattr(error, "response", {})
    is_ours = isinstance(error, _UNCONFIGURED) or response.get("Error", {}).get("Code") in _REFUSED
    text = " ".join(str(error).split()).rstrip(".")
    return f"{text}: {_CURE}" if is_ours else text
