"""Presigned URLs and forms, which let a client talk to S3 directly, signed with this container's credentials.

Signing sends nothing. What temporary credentials signed ends with them, even before its own expiry.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from app.storage import PresignedPost

Params = Mapping[str, str]  # Bucket and Key, as boto3 takes them


def presigned_url(
    s3: Any, params: Params, *, expires_s: int, method: Literal["GET", "HEAD"], headers: Mapping[str, str]
) -> str:
    """Return a URL that serves the object with these response headers.

    The signature covers the method: a URL for GET is refused for HEAD.
    https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
    """
    _use_regional_endpoint(s3)
    overrides = {f"Response{name.replace('-', '')}": value for name, value in headers.items() if method == "GET"}
    operation = "get_object" if method == "GET" else "head_object"
    return str(s3.generate_presigned_url(operation, Params={**params, **overrides}, ExpiresIn=expires_s))


def presigned_post(s3: Any, params: Params, *, media_type: str, size: int, expires_s: int) -> PresignedPost:
    """Return a form that writes this key with this type and exactly ``size`` bytes.

    https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html
    """
    _use_regional_endpoint(s3)
    post = s3.generate_presigned_post(
        params["Bucket"],
        params["Key"],
        Fields={"Content-Type": media_type},
        Conditions=[{"Content-Type": media_type}, ["content-length-range", size, size]],
        ExpiresIn=expires_s,
    )
    return PresignedPost(post["url"], post["fields"])


def _use_regional_endpoint(s3: Any) -> None:
    """Sign for the region's host: botocore signs for the global one, which redirects while a bucket is new.

    On such a redirect a browser drops the body of a form, or the signature.
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html#VirtualHostingBackwardsCompatibility
    """
    s3.meta.events.register_first(
        "before-endpoint-resolution.s3", _disable_global_endpoint, unique_id="monolambda-region"
    )


def _disable_global_endpoint(context: dict[str, Any], **kwargs: Any) -> None:
    context["use_global_endpoint"] = False
