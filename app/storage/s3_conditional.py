"""Conditional writes to S3 that still know their outcome when the response was lost on the way.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Final
from uuid import uuid4

from app.core.errors import StorageUnavailable
from app.storage.s3_client import NOT_FOUND, error_code, incomplete

_ATTEMPTS: Final = 5
_PRECONDITION_FAILED: Final = "PreconditionFailed"
_CONFLICT: Final = "ConditionalRequestConflict"


def put_new(s3: Any, params: Mapping[str, str], data: bytes, media_type: str) -> bool:
    """Write the object unless the key exists; return whether this call wrote it."""
    writer = uuid4().hex
    write = partial(s3.put_object, **params, Body=data, ContentType=media_type)
    is_written = _try(partial(write, IfNoneMatch="*", Metadata={"writer": writer}), (_PRECONDITION_FAILED,))
    return _metadata(s3, params).get("writer") == writer if is_written is None else is_written


def compare_and_swap(s3: Any, params: Mapping[str, str], old: bytes, new: bytes, media_type: str) -> bool:
    """Replace the object if it still equals ``old``; return whether this call wrote ``new``."""
    found, etag = _get(s3, params)
    if found != old:
        return False
    write = partial(s3.put_object, **params, Body=new, ContentType=media_type, IfMatch=etag)
    is_written = _try(write, (_PRECONDITION_FAILED, *NOT_FOUND))
    return _get(s3, params)[0] == new if is_written is None else is_written


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


def _try(write: Callable[[], Any], refusals: Sequence[str]) -> bool | None:
    """Write, again while S3 answers that another write or delete of the key came in between.

    Returns False when S3 refused with one of these codes, None when an attempt before that may have written: its
    response was lost, so that our own object may be what failed the condition.
    """
    for attempt in range(_ATTEMPTS):
        try:
            write()
        except Exception as exc:
            if error_code(exc) in refusals:
                return None if attempt or _was_retried(exc) else False
            if error_code(exc) != _CONFLICT:
                raise
        else:
            return True
    raise StorageUnavailable("other writes of this object keep conflicting with this one")


def _was_retried(exc: Any) -> bool:
    """Return whether botocore sent the request more than once."""
    return bool(exc.response["ResponseMetadata"].get("RetryAttempts"))
