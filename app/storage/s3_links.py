"""Links and forms that let a client reach S3 by itself, signed with this container's credentials.

Signing is arithmetic: nothing is sent. A link dies with temporary credentials, even before its own end.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from app.storage import Form

Target = Mapping[str, str]


def link(s3: Any, target: Target, *, expires_s: int, method: Literal["GET", "HEAD"], headers: Mapping[str, str]) -> str:
    """Return a link that answers the object with these response headers.

    A signature covers the method: a link for GET is refused for HEAD.
    https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
    """
    _stay_in_region(s3)
    overrides = {f"Response{name.replace('-', '')}": value for name, value in headers.items() if method == "GET"}
    operation = "get_object" if method == "GET" else "head_object"
    return str(s3.generate_presigned_url(operation, Params={**target, **overrides}, ExpiresIn=expires_s))


def form(s3: Any, target: Target, *, media_type: str, size: int, expires_s: int) -> Form:
    """Return a form that writes this key with this type and exactly ``size`` bytes.

    https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html
    """
    _stay_in_region(s3)
    made = s3.generate_presigned_post(
        target["Bucket"],
        target["Key"],
        Fields={"Content-Type": media_type},
        Conditions=[{"Content-Type": media_type}, ["content-length-range", size, size]],
        ExpiresIn=expires_s,
    )
    return Form(made["url"], made["fields"])


def _stay_in_region(s3: Any) -> None:
    """Make links name the region's host: botocore signs for the global one, which redirects while a bucket is new.

    A browser drops a form's body, or a signature, on such a redirect.
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html#VirtualHostingBackwardsCompatibility
    """
    s3.meta.events.register_first("before-endpoint-resolution.s3", _use_region, unique_id="monolambda-region")


def _use_region(context: dict[str, Any], **kwargs: Any) -> None:
    context["use_global_endpoint"] = False
