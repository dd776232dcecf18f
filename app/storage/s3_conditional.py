"""Conditional writes to S3 that still know their outcome when the response was lost on the way.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final
from uuid import uuid4

from app.core.errors import StorageUnavailable
from app.storage.s3_client import NOT_FOUND, error_code, incomplete

_ATTEMPTS: Final = 5
_PRECONDITION_FAILED: Final = "PreconditionFailed"


def put_new(s3: Any, params: Mapping[str, str], data: bytes, media_type: str) -> bool:
    """Write the object unless the key exists; return whether this call wrote it."""
    writer = uuid4().hex
    write = partial(s3.put_object, **params, Body=data, ContentType=media_type)
    try:
        _retry_conflicts(partial(write, IfNoneMatch="*", Metadata={"writer": writer}))
    except s3.exceptions.ClientError as exc:
        if error_code(exc) != _PRECONDITION_FAILED:
            raise
        return _was_retried(exc) and _metadata(s3, params).get("writer") == writer
    return True


def compare_and_swap(s3: Any, params: Mapping[str, str], old: bytes, new: bytes, media_type: str) -> bool:
    """Replace the object if it still equals ``old``; return whether this call wrote ``new``."""
    found, etag = _get(s3, params)
    if found != old:
        return False
    try:
        _retry_conflicts(partial(s3.put_object, **params, Body=new, ContentType=media_type, IfMatch=etag))
    except s3.exceptions.ClientError as exc:
        if error_code(exc) not in (_PRECONDITION_FAILED, *NOT_FOUND):
            raise
        return _was_retried(exc) and _get(s3, params)[0] == new
    return True


def _get(s3: Any, params: Mapping[str, str]) -> tuple[bytes | None, str]:
    try:
        response = s3.get_object(**params)
    except s3.exceptions.ClientError as exc:
        if error_code(exc) not in NOT_FOUND:
            raise
        return None, ""
    with response["Body"] as body:
        found = bytes(body.read())
    try:
        return found, str(response["ETag"])
    except KeyError as exc:
        raise incomplete(exc) from exc


def _metadata(s3: Any, params: Mapping[str, str]) -> dict[str, str]:
    try:
        return dict(s3.head_object(**params).get("Metadata", {}))
    except s3.exceptions.ClientError as exc:
        if error_code(exc) not in NOT_FOUND:
            raise
        return {}


def _was_retried(exc: Any) -> bool:
    """Return whether botocore retried: then our own first attempt may be what failed the condition."""
    return bool(exc.response["ResponseMetadata"].get("RetryAttempts"))


def _retry_conflicts(write: Callable[[], Any]) -> None:
    """Write again while S3 answers that another write or delete of the key came in between."""
    for _ in range(_ATTEMPTS):
        try:
            write()
        except Exception as exc:
            if error_code(exc) != "ConditionalRequestConflict":
                raise
        else:
            return
    raise StorageUnavailable("other writes of this object keep conflicting with this one")
