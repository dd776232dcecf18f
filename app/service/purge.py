"""What is kept for a time only, and goes when that is over."""

from __future__ import annotations

from typing import Final

from app.service.models import Tools
from app.storage import keys

DAY_S: Final = 24 * 3600
INCOMING_DAYS: Final = 1
JOB_DAYS: Final = 7


def purge_derived(tools: Tools) -> int:
    """Remove the results that were last written ``derived_days`` ago; return how many."""
    return _purge(tools, keys.DERIVED, days=tools.settings.derived_days)


def purge_leftovers(tools: Tools) -> int:
    """Remove from a directory what lifecycle rules remove from a bucket; return how many objects."""
    if tools.storage.kind != "local":
        return 0
    jobs = _purge(tools, keys.JOBS, days=JOB_DAYS)
    return jobs + _purge(tools, keys.INCOMING, days=INCOMING_DAYS)


def _purge(tools: Tools, prefix: str, *, days: float) -> int:
    before = tools.now() - days * DAY_S
    old = [key for key, about in tools.storage.entries(prefix) if about.modified < before]
    return sum(tools.storage.delete(key) for key in old)
