"""Writes to S3 that depend on what is there, and know their own answer when it was lost on the way.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final
from uuid import uuid4

from app.errors import StorageUnavailable
from app.storage.s3_client import error_code

_CONFLICTS: Final = 5
_TAKEN: Final = "PreconditionFailed"
_MISSING: Final = ("404", "NoSuchKey")


def put_new(s3: Any, target: Mapping[str, str], data: bytes, media_type: str) -> bool:
    """Write the object unless the key is taken; say whether this call wrote it."""
    writer = uuid4().hex
    write = partial(s3.put_object, **target, Body=data, ContentType=media_type)
    try:
        _insist(partial(write, IfNoneMatch="*", Metadata={"writer": writer}))
    except s3.exceptions.ClientError as exc:
        if error_code(exc) != _TAKEN:
            raise
        return _was_sent_again(exc) and _metadata(s3, target).get("writer") == writer
    return True


def swap(s3: Any, target: Mapping[str, str], old: bytes, new: bytes, media_type: str) -> bool:
    """Replace the object if it is still ``old``; say whether this call did."""
    found, tag = _read(s3, target)
    if found != old:
        return False
    try:
        _insist(partial(s3.put_object, **target, Body=new, ContentType=media_type, IfMatch=tag))
    except s3.exceptions.ClientError as exc:
        if error_code(exc) not in (_TAKEN, *_MISSING):
            raise
        return _was_sent_again(exc) and _read(s3, target)[0] == new
    return True


def _read(s3: Any, target: Mapping[str, str]) -> tuple[bytes | None, str]:
    try:
        answer = s3.get_object(**target)
    except s3.exceptions.ClientError as exc:
        if error_code(exc) not in _MISSING:
            raise
        return None, ""
    with answer["Body"] as body:
        return bytes(body.read()), str(answer["ETag"])


def _metadata(s3: Any, target: Mapping[str, str]) -> dict[str, str]:
    try:
        return dict(s3.head_object(**target)["Metadata"])
    except s3.exceptions.ClientError as exc:
        if error_code(exc) not in _MISSING:
            raise
        return {}


def _was_sent_again(exc: Any) -> bool:
    """Say whether botocore retried, so that the refusal may be about our own first try."""
    return bool(exc.response["ResponseMetadata"].get("RetryAttempts"))


def _insist(write: Callable[[], Any]) -> None:
    """Write again while S3 answers that another write or delete of the key was in its way."""
    for _ in range(_CONFLICTS):
        try:
            write()
        except Exception as exc:
            if error_code(exc) != "ConditionalRequestConflict":
                raise
        else:
            return
    raise StorageUnavailable("S3 could not settle who writes this object")
