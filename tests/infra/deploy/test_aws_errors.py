"""Which of AWS's errors get a cure; ``test_secrets.py`` meets some of them on the command line."""

from __future__ import annotations

import pytest
from botocore.exceptions import (  # type: ignore[import-untyped]
    BotoCoreError,
    ClientError,
    CredentialRetrievalError,
    EndpointConnectionError,
    TokenRetrievalError,
)

from infra.deploy.aws_errors import advice


def refusal(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "No."}}, "PutParameter")


@pytest.mark.parametrize(
    ("error", "cure"),
    [
        (refusal("SignatureDoesNotMatch"), ": set AWS_PROFILE and AWS_DEFAULT_REGION"),
        (refusal("InvalidSignatureException"), ": set AWS_PROFILE and AWS_DEFAULT_REGION"),
        (refusal("ExpiredTokenException"), ": set AWS_PROFILE and AWS_DEFAULT_REGION"),
        (CredentialRetrievalError(provider="custom-process", error_msg="no"), ": set AWS_PROFILE"),
        (TokenRetrievalError(provider="sso", error_msg="no"), ": run aws sso login"),
        # a right or a network is not for this shell to set
        (refusal("AccessDeniedException"), ""),
        (EndpointConnectionError(endpoint_url="https://ssm.eu-west-1.amazonaws.com/"), ""),
    ],
)
def test_what_the_shell_can_cure_is_said(error: BotoCoreError | ClientError, cure: str) -> None:
    text = " ".join(str(error).split()).rstrip(".")
    assert advice(error).startswith(text + cure)
    assert cure or advice(error) == text
