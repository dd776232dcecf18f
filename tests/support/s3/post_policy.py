"""Form uploads to S3: parsing the form, and checking it against its signed policy.

https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html
"""

from __future__ import annotations

import base64
import io
import json
from calendar import timegm
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
from werkzeug.formparser import parse_form_data

from tests.support.s3.errors import S3Error
from tests.support.wsgi_server import Environ

NEED_NO_CONDITION = ("policy", "x-amz-signature", "file")


class PostForm(msgspec.Struct, frozen=True):
    """The fields, with lower-case names, and the size of the file in bytes."""

    fields: Mapping[str, str]
    size: int


def parse_form(environ: Environ) -> PostForm:
    """Parse a multipart form."""
    _, form, files = parse_form_data(environ, stream_factory=_in_memory)
    size = len(files["file"].read()) if "file" in files else len(form.get("file", "").encode())
    return PostForm({name.lower(): value for name, value in form.items()}, size)


def _in_memory(*_: Any, **__: Any) -> io.BytesIO:
    return io.BytesIO()


def check_policy(form: PostForm, *, bucket: str, now: float) -> None:
    """Raise S3Error when the policy has expired, a condition fails, or a field has no condition."""
    policy = json.loads(base64.b64decode(form.fields["policy"]))
    if timegm(datetime.fromisoformat(policy["expiration"]).utctimetuple()) < now:
        raise _denied("Policy expired")
    values = {**form.fields, "bucket": bucket}
    covered = {name for condition in policy["conditions"] if (name := _check(condition, values, form.size))}
    extra = {name for name in form.fields if not name.startswith("x-ignore-")} - covered - set(NEED_NO_CONDITION)
    if extra:
        raise _denied(f"Extra input fields: {', '.join(sorted(extra))}")


def _check(condition: Any, values: Mapping[str, str], size: int) -> str:
    """Raise S3Error unless the condition holds; return the name of its field, if it has one."""
    if isinstance(condition, dict):
        ((name, expected),) = condition.items()
        condition = ["eq", f"${name}", expected]
    kind, first, second = condition
    if kind == "content-length-range":
        _check_size(size, int(first), int(second))
        return ""
    field = str(first).removeprefix("$").lower()
    value = values.get(field, "")
    if not (value.startswith(second) if kind == "starts-with" else value == second):
        raise _denied(f"Policy Condition failed: {json.dumps(condition)}")
    return field


def _check_size(size: int, least: int, most: int) -> None:
    if size > most:
        raise S3Error(400, "EntityTooLarge", "Your proposed upload exceeds the maximum allowed size")
    if size < least:
        raise S3Error(400, "EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size")


def _denied(reason: str) -> S3Error:
    return S3Error(403, "AccessDenied", f"Invalid according to Policy: {reason}")
