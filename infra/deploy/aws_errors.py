"""Says in one line why AWS could not be asked, and what to do when it is for want of credentials or a region.

A missing right or no network is only named: AWS's own line says which.
"""

from __future__ import annotations

from typing import Any, Final

from botocore.exceptions import (  # type: ignore[import-untyped]
    BotoCoreError,
    ClientError,
    CredentialRetrievalError,
    NoCredentialsError,
    NoRegionError,
    PartialCredentialsError,
    ProfileNotFound,
    SSOError,
    TokenRetrievalError,
)

_CURE: Final = "set AWS_PROFILE and AWS_DEFAULT_REGION, or run aws configure (docs/deploy.md#before-the-first-time)"
_LOG_IN: Final = "run aws sso login"
_UNCONFIGURED: Final = (
    NoCredentialsError,
    NoRegionError,
    PartialCredentialsError,
    ProfileNotFound,
    CredentialRetrievalError,
)
_LOGGED_OUT: Final = (SSOError, TokenRetrievalError)
# https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html
_REFUSED: Final = (
    "UnrecognizedClientException",
    "InvalidClientTokenId",
    "ExpiredTokenException",
    "ExpiredToken",
    "SignatureDoesNotMatch",
    "InvalidSignatureException",
)


def advice(error: BotoCoreError | ClientError) -> str:
    """Return the error, and the cure if it is about this shell's credentials or region."""
    text = " ".join(str(error).split()).rstrip(".")
    if isinstance(error, _LOGGED_OUT):
        return f"{text}: {_LOG_IN}"
    response: dict[str, Any] = getattr(error, "response", {})
    is_ours = isinstance(error, _UNCONFIGURED) or response.get("Error", {}).get("Code") in _REFUSED
    return f"{text}: {_CURE}" if is_ours else text
