"""X-Ray's trace header, which every request and every invocation has, sampled or not.

https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader
"""

from __future__ import annotations

import re
import secrets
import time
from typing import Final

HEADER: Final = "X-Amzn-Trace-Id"
# root, parent and decision; what is not of this form would end in a header of the Runtime API
_FIELDS: Final = tuple(
    re.compile(form, re.IGNORECASE)
    for form in ("Root=1-[0-9a-f]{8}-[0-9a-f]{24}", "Parent=[0-9a-f]{16}", "Sampled=[01]")
)


def trace_header(given: str = "") -> str:
    """Return what a trace header says in its documented form, or a new root when it names none."""
    parts = [part.strip() for part in given.split(";")]
    found = [next(filter(form.fullmatch, parts), "") for form in _FIELDS]
    return ";".join(filter(None, found)) if found[0] else f"Root=1-{int(time.time()):08x}-{secrets.token_hex(12)}"


def invocation_trace(given: str = "") -> str:
    """Return the header of an invocation, ``_X_AMZN_TRACE_ID``: the caller's root, a parent of its own, not sampled."""
    root = trace_header(given).partition(";")[0]
    return f"{root};Parent={secrets.token_hex(8)};Sampled=0;Lineage=1:{secrets.token_hex(4)}:0"
