"""X-Ray's trace header, which every request and every invocation has, sampled or not.

https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader
"""

from __future__ import annotations

import re
import secrets
import time
from typing import Final

HEADER: Final = "X-Amzn-Trace-Id"
_ROOT: Final = re.compile(r"Root=[^;\s]+")


def trace_root(given: str = "") -> str:
    """Return the root that a trace header names, or a new one."""
    found = _ROOT.search(given)
    return found[0] if found else f"Root=1-{int(time.time()):08x}-{secrets.token_hex(12)}"


def invocation_trace(given: str = "") -> str:
    """Return the header of an invocation, ``_X_AMZN_TRACE_ID``: the caller's root, a parent of its own, not sampled."""
    lineage = f"1:{secrets.token_hex(4)}:0"
    return f"{trace_root(given)};Parent={secrets.token_hex(8)};Sampled=0;Lineage={lineage}"
