"""Form uploads to S3: reading the form, and holding it to its signed policy.

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

from tests.support.s3.http_server import Environ
from tests.support.s3.signed_body import Refused

FREE = ("policy", "x-amz-signature", "file")


class Form(msgspec.Struct, frozen=True):
    """The fields, names in lower case, and the size of the file in bytes."""

    fields: Mapping[str, str]
    size: int


def read_form(environ: Environ) -> Form:
    """Read a multipart form."""
    _, form, files = parse_form_data(environ, stream_factory=lambda **_: io.BytesIO())
    size = len(files["file"].read()) if "file" in files else len(form.get("file", "").encode())
    return Form({name.lower(): value for name, value in form.items()}, size)


def require_policy(form: Form, *, bucket: str, now: float) -> None:
    """Raise Refused when the policy has expired, a condition fails, or a field has none."""
    policy = json.loads(base64.b64decode(form.fields["policy"]))
    if timegm(datetime.fromisoformat(policy["expiration"]).utctimetuple()) < now:
        raise _refused("Policy expired")
    values = {**form.fields, "bucket": bucket}
    covered = {name for condition in policy["conditions"] if (name := _require(condition, values, form.size))}
    extra = {name for name in form.fields if not name.startswith("x-ignore-")} - covered - set(FREE)
    if extra:
        raise _refused(f"Extra input fields: {', '.join(sorted(extra))}")


def _require(condition: Any, values: Mapping[str, str], size: int) -> str:
    """Raise Refused unless the condition holds; return the field it is about, if any."""
    if isinstance(condition, dict):
        ((name, wanted),) = condition.items()
        condition = ["eq", f"${name}", wanted]
    kind, first, second = condition
    if kind == "content-length-range":
        _require_size(size, int(first), int(second))
        return ""
    name = first.removeprefix("$").lower()
    value = values.get(name, "")
    if not (value.startswith(second) if kind == "starts-with" else value == second):
        raise _refused(f"Policy Condition failed: {json.dumps(condition)}")
    return name


def _require_size(size: int, least: int, most: int) -> None:
    if size > most:
        raise Refused(400, "EntityTooLarge", "Your proposed upload exceeds the maximum allowed size")
    if size < least:
        raise Refused(400, "EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size")


def _refused(why: str) -> Refused:
    return Refused(403, "AccessDenied", f"Invalid according to Policy: {why}")
