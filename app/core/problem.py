"""An error as a problem (RFC 9457), which callers, programs and the record of a job read."""

from __future__ import annotations

from typing import Any

import msgspec

from app.core.errors import InvalidParameter, ServiceError


def problem_members(error: ServiceError, **members: str) -> dict[str, Any]:
    """Return the members of a problem (RFC 9457, 3.1) but for ``type``, which depends on where we are called."""
    listed = {"errors": msgspec.to_builtins(error.errors)} if isinstance(error, InvalidParameter) else {}
    known = {"title": error.title, "status": error.status, "detail": error.detail, "code": error.code}
    return {**known, **members, **listed}


def bare_problem(error: ServiceError, **members: str) -> bytes:
    """Return a problem in JSON for where no link can lead to its description."""
    return msgspec.json.encode({"type": "about:blank", **problem_members(error, **members)})
